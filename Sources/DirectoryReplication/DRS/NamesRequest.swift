/// Asks what names stand for ([MS-DRSR] §4.1.4, `IDL_DRSCrackNames` in its first version).
struct NamesRequest: Sendable {
  static let operation: UInt16 = 12

  /// Kinds of names ([MS-DRSR] §4.1.4.1, `DS_NAME_FORMAT`).
  enum Format: UInt32, Sendable {
    case distinguishedName = 1
    /// `DOMAIN\name`.
    case accountName = 2
    case guid = 6
    /// `contoso.com/Users/Somebody`, or `contoso.com/` for the domain.
    case canonicalName = 7
    case userPrincipalName = 8
    case sid = 11
  }

  var names: [String]
  var offered: Format
  var desired = Format.distinguishedName

  /// The parameters of `IDL_DRSCrackNames` in the session `handle`.
  func stub(_ handle: [UInt8]) -> [UInt8] {
    var writer = NDRWriter()
    writer.add(handle)
    writer.add(UInt32(1))
    writer.add(UInt32(1))
    // Code page, locale and flags matter to no name here.
    for number in [0, 0, 0, offered.rawValue, desired.rawValue, UInt32(names.count)] {
      writer.add(number)
    }
    writer.pointer()
    writer.add(UInt32(names.count))
    for _ in names { writer.pointer() }
    for name in names {
      let count = UInt32(name.utf16.count + 1)
      writer.add(count)
      writer.add(UInt32(0))
      writer.add(count)
      writer.terminated(name)
    }
    return writer.bytes
  }
}

/// The answer to ``NamesRequest``.
enum NamesReply {
  /// What one name stands for.
  struct Item: Hashable, Sendable {
    /// Why not, if not 0 ([MS-DRSR] §4.1.4.1, `DS_NAME_ERROR`).
    let status: UInt32
    /// The DNS name of the domain that knows it.
    let domain: String?
    /// The name in the form that was desired.
    let name: String?
  }

  /// What an answer of `IDL_DRSCrackNames` says.
  static func read(_ answer: [UInt8]) throws -> [Item] {
    let status = answer.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    guard status == 0 else { throw RefusedChanges.status(status) }
    var reader = NDRReader(answer)
    guard try reader.uint32() == 1, try reader.uint32() == 1 else {
      throw reader.malformed("version 1 of an answer")
    }
    guard try reader.pointer() else { return [] }
    let count = try reader.count("names", size: 12)
    guard try reader.pointer() else { return [] }
    try reader.conformance("names", is: count)
    var heads: [(status: UInt32, hasDomain: Bool, hasName: Bool)] = []
    for _ in 0..<count {
      heads.append((try reader.uint32(), try reader.pointer(), try reader.pointer()))
    }
    var items: [Item] = []
    for head in heads {
      let domain = head.hasDomain ? try text(&reader) : nil
      items.append(
        Item(status: head.status, domain: domain, name: head.hasName ? try text(&reader) : nil))
    }
    return items
  }

  // A string with its maximum and actual count, and a zero at its end (C706 §14.3.4).
  private static func text(_ reader: inout NDRReader) throws(MalformedMessage) -> String {
    _ = try reader.uint32()
    _ = try reader.uint32()
    let count = try reader.count("characters", size: 2)
    return String(try reader.text(units: count).prefix { $0 != "\0" })
  }
}
