import Directory

/// An attribute's description of an answer, understood: name, options, the part of its values.
struct AttributeDescription: Hashable, Sendable {
  /// The attribute's name without options.
  var name: AttributeName
  /// The name under which its values are kept: with options other than `binary` and the range.
  var keptName: AttributeName
  /// Which of the values came; nil if all did.
  var range: ValueRange?

  /// The description that `bytes` are (RFC 4512 §2.5); nil if they are none.
  init?(_ bytes: some Collection<UInt8>) {
    guard bytes.count <= 512 else { return nil }
    let parts = String(decoding: bytes, as: UTF8.self).split(
      separator: ";", omittingEmptySubsequences: false)
    guard let type = parts.first, !type.isEmpty, type.utf8.allSatisfy(Self.isNameByte) else {
      return nil
    }
    name = AttributeName(String(type))
    var kept: [String] = []
    for part in parts.dropFirst() {
      let option = part.lowercased()
      if option.hasPrefix("range=") {
        guard let range = ValueRange(option.dropFirst("range=".count)) else { return nil }
        self.range = range.isWhole ? nil : range
      } else if option.isEmpty || !option.utf8.allSatisfy(Self.isNameByte) {
        return nil
      } else if option != "binary" {
        kept.append(option)
      }
    }
    keptName =
      kept.isEmpty ? name : AttributeName(([name.text] + kept.sorted()).joined(separator: ";"))
  }

  // The underscore is in no RFC, but in some directories.
  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
    default: false
    }
  }
}

/// A part of an attribute's values, by their places from 0 ([MS-ADTS] §3.1.1.3.1.3.3).
struct ValueRange: Hashable, Sendable {
  /// The place of the first.
  var first: Int
  /// The place of the last; nil if there are no more behind them.
  var last: Int?

  /// A part of these bounds.
  init(first: Int, last: Int?) {
    self.first = first
    self.last = last
  }

  /// The part that `text` names, such as `0-1499` or `1500-*`; nil if it is none.
  init?(_ text: some StringProtocol) {
    let bounds = text.split(separator: "-", omittingEmptySubsequences: false)
    guard bounds.count == 2, bounds[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
      let first = Int(bounds[0]), first < Self.most
    else { return nil }
    self.first = first
    if bounds[1] == "*" { return }
    guard bounds[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let last = Int(bounds[1]),
      last >= first, last < Self.most
    else { return nil }
    self.last = last
  }

  /// No attribute has so many values, and sums with places below it can't overflow.
  private static let most = Int(Int32.max)

  /// Whether it is all of them.
  var isWhole: Bool { first == 0 && last == nil }

  /// The option that asks for it: `range=0-1499`.
  var option: String { "range=\(first)-\(last.map(String.init) ?? "*")" }
}

/// Descriptions met so far, so that each is parsed and interned once.
struct DescriptionCache: Sendable {
  private struct Known: Sendable {
    var bytes: [UInt8]
    var description: AttributeDescription?
    var treatment: ValueReader.Treatment
  }

  // By the lowest bits of the description's digest; a newcomer takes the place of the one before,
  // so that a server with endless new names can't fill the memory.
  private var known = [Known?](repeating: nil, count: 1024)
  private let values: ValueReader

  init(_ values: ValueReader) { self.values = values }

  /// What `bytes` describe and how its values are taken; nil if they are no description.
  mutating func look(
    _ bytes: UnsafeBufferPointer<UInt8>
  ) -> (description: AttributeDescription, treatment: ValueReader.Treatment)? {
    var digest = FNV1a()
    digest.add(bytes)
    let place = Int(digest.value & 1023)
    if let found = known[place], Self.isEqual(found.bytes, bytes) {
      return found.description.map { ($0, found.treatment) }
    }
    let description = AttributeDescription(bytes)
    let treatment = description.map { values.treatment(of: $0.name) } ?? .ignored
    known[place] = Known(bytes: Array(bytes), description: description, treatment: treatment)
    return description.map { ($0, treatment) }
  }

  private static func isEqual(_ a: [UInt8], _ b: UnsafeBufferPointer<UInt8>) -> Bool {
    guard a.count == b.count else { return false }
    for index in 0..<a.count where a[index] != b[index] { return false }
    return true
  }
}
