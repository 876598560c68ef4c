/// What RFC 4533 adds to a search: the request, each entry's state, messages in between, the end.
enum SyncControls {
  static let state = "1.3.6.1.4.1.4203.1.9.1.2"
  static let done = "1.3.6.1.4.1.4203.1.9.1.3"
  static let info = "1.3.6.1.4.1.4203.1.9.1.4"

  /// Asks for what changed since `cookie` (RFC 4533 §2.2); nil asks for all.
  ///
  /// - Parameter persists: Whether the search goes on with what changes later.
  static func request(cookie: [UInt8]?, persists: Bool = false) -> ServerControl {
    let mode = BERWriter.integer(persists ? 3 : 1, BERTag.enumerated)
    let value = mode + (cookie.map { BERWriter.piece(BERTag.octets, $0) } ?? [])
    return ServerControl(
      ControlOID.syncRequest, isCritical: true, value: BERWriter.piece(BERTag.sequence, value))
  }

  /// The text form of an entry's UUID (RFC 4530 §2.1).
  static func text(ofUUID bytes: ArraySlice<UInt8>) throws(BERReader.Fault) -> String {
    guard bytes.count == 16 else { throw BERReader.Fault() }
    var text = ""
    let digits = Array("0123456789abcdef".unicodeScalars)
    for (place, byte) in bytes.enumerated() {
      if [4, 6, 8, 10].contains(place) { text += "-" }
      text.unicodeScalars.append(digits[Int(byte >> 4)])
      text.unicodeScalars.append(digits[Int(byte & 15)])
    }
    return text
  }
}

/// What a server says of an entry that it sends (RFC 4533 §2.3).
struct SyncState: Hashable, Sendable {
  /// What happened to the entry.
  enum Kind: Int64, Sendable { case present, add, modify, delete }

  /// What happened to the entry.
  var kind: Kind
  /// The entry's UUID as text.
  var uuid: String

  /// The state that a control's value tells.
  init(_ value: [UInt8]) throws(BERReader.Fault) {
    var outer = BERReader(value[...])
    var reader = BERReader(try outer.content(BERTag.sequence))
    guard let kind = Kind(rawValue: try reader.integer(BERTag.enumerated)) else {
      throw BERReader.Fault()
    }
    self.kind = kind
    uuid = try SyncControls.text(ofUUID: try reader.content(BERTag.octets))
  }
}

/// How a search of RFC 4533 ended (§2.4).
struct SyncDone: Hashable, Sendable {
  /// Where the next one goes on; nil if that has not moved.
  var cookie: [UInt8]?
  /// Whether it told deletes; else what was not told is gone.
  var toldDeletes: Bool

  /// What a control's value tells.
  init(_ value: [UInt8]) throws(BERReader.Fault) {
    var outer = BERReader(value[...])
    var reader = BERReader(try outer.content(BERTag.sequence))
    cookie = try reader.optional(BERTag.octets).map { Array($0) }
    toldDeletes = try reader.boolean(default: false)
  }
}

/// A message between the entries of a search of RFC 4533 (§2.5).
enum SyncInfo: Hashable, Sendable {
  /// The cookie has moved.
  case newCookie
  /// The deletes have been told; with `isRefreshed`, so has everything.
  case refreshDelete(isRefreshed: Bool)
  /// Everything that is there has been told; with `isRefreshed`, nothing more comes of it.
  case refreshPresent(isRefreshed: Bool)
  /// These entries are gone if `areGone`, else they are as they were.
  case idSet(uuids: [String], areGone: Bool)

  /// What a message's value tells.
  init(_ value: [UInt8]) throws(BERReader.Fault) {
    var outer = BERReader(value[...])
    let (tag, content) = try outer.piece()
    var reader = BERReader(content)
    switch tag {
    case 0x80: self = .newCookie
    case 0xA1, 0xA2:
      _ = try reader.optional(BERTag.octets)
      let isRefreshed = try reader.boolean(default: true)
      self =
        tag == 0xA1
        ? .refreshDelete(isRefreshed: isRefreshed) : .refreshPresent(isRefreshed: isRefreshed)
    case 0xA3:
      _ = try reader.optional(BERTag.octets)
      let areGone = try reader.boolean(default: false)
      var set = BERReader(try reader.content(BERTag.set))
      var uuids: [String] = []
      while set.nextTag != nil {
        uuids.append(try SyncControls.text(ofUUID: try set.content(BERTag.octets)))
      }
      self = .idSet(uuids: uuids, areGone: areGone)
    default: throw BERReader.Fault()
    }
  }
}
