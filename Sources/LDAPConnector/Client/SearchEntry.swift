import Secrets

/// One entry as a server sent it: bytes, not looked at.
///
/// All of it lies in one piece of memory, with a table of where each part ends: entries come by
/// the hundred thousand.
struct SearchEntry: Sendable {
  /// The DN, then each attribute's description followed by its values.
  fileprivate(set) var bytes: [UInt8]
  /// The end of the DN; then for each attribute the end of its description, the number of its
  /// values, and the end of each.
  fileprivate(set) var table: [UInt32]
  /// The entry's controls, if the search wanted them.
  var controls: [ServerControl] = []
  /// The values of the attribute that the search wanted as a secret; they are in none of the rest.
  var secrets: [SecretBytes] = []

  /// The name's bytes.
  var dnBytes: ArraySlice<UInt8> { bytes[..<Int(table[0])] }

  /// The name as text; bytes that are no UTF-8 are replaced.
  var dn: String { String(decoding: dnBytes, as: UTF8.self) }

  /// The attributes in the order of the server's answer.
  var attributes: [SearchAttribute] {
    var found: [SearchAttribute] = []
    forEachAttribute { description, values in
      found.append(
        SearchAttribute(
          description: String(decoding: bytes[description], as: UTF8.self),
          values: values.map { Array(bytes[$0]) }))
    }
    return found
  }

  /// The values of the attribute with just this description, in any case; empty if it has none.
  subscript(description: String) -> [[UInt8]] {
    let wanted = description.lowercased()
    return attributes.first { $0.description.lowercased() == wanted }?.values ?? []
  }

  /// The first value of an attribute as text; nil if there is none, or it is no UTF-8.
  func text(_ description: String) -> String? {
    self[description].first.flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// The values of an attribute as text, without those that are no UTF-8.
  func texts(_ description: String) -> [String] {
    self[description].compactMap { String(validating: $0, as: UTF8.self) }
  }

  /// How many attributes there are.
  var attributeCount: Int {
    var count = 0
    forEachAttribute { _, _ in count += 1 }
    return count
  }

  /// Calls `body` with the place of each attribute's description and of its values in ``bytes``.
  func forEachAttribute<E: Error>(
    _ body: (Range<Int>, ValueRanges) throws(E) -> Void
  ) throws(E) {
    var place = 1
    var start = Int(table[0])
    while place < table.count {
      let end = Int(table[place])
      let count = Int(table[place + 1])
      let values = ValueRanges(
        start: end, ends: table[(place + 2)..<(place + 2 + count)])
      try body(start..<end, values)
      place += 2 + count
      start = count == 0 ? end : Int(table[place - 1])
    }
  }

  /// Where the values of one attribute lie.
  struct ValueRanges: RandomAccessCollection {
    let start: Int
    let ends: ArraySlice<UInt32>
    var startIndex: Int { 0 }
    var endIndex: Int { ends.count }
    subscript(position: Int) -> Range<Int> {
      let first = ends.startIndex
      let begin = position == 0 ? start : Int(ends[first + position - 1])
      return begin..<Int(ends[first + position])
    }
  }
}

/// One attribute of a ``SearchEntry``.
struct SearchAttribute: Hashable, Sendable {
  /// Its name with options: `member;range=0-1499`.
  var description: String
  /// Its values.
  var values: [[UInt8]]
}

extension SearchEntry {
  /// Puts an entry together.
  struct Builder {
    private var entry: SearchEntry
    // Where in the table the number of the open attribute's values stands.
    private var countPlace = 0

    /// An entry with this name.
    init(dn: UnsafeBufferPointer<UInt8>, capacity: Int = 512) {
      entry = SearchEntry(bytes: [], table: [])
      entry.bytes.reserveCapacity(capacity)
      entry.table.reserveCapacity(48)
      append(dn)
    }

    /// Begins an attribute.
    mutating func attribute(_ description: UnsafeBufferPointer<UInt8>) {
      append(description)
      countPlace = entry.table.count
      entry.table.append(0)
    }

    /// Adds a value to the attribute that was begun last.
    mutating func value(_ value: UnsafeBufferPointer<UInt8>) {
      append(value)
      entry.table[countPlace] += 1
    }

    /// Adds a value to the secrets.
    mutating func secret(_ value: UnsafeBufferPointer<UInt8>) {
      entry.secrets.append(SecretBytes(value))
    }

    /// The entry.
    func finish(controls: [ServerControl] = []) -> SearchEntry {
      var entry = entry
      entry.controls = controls
      return entry
    }

    private mutating func append(_ part: UnsafeBufferPointer<UInt8>) {
      entry.bytes.append(contentsOf: part)
      entry.table.append(UInt32(truncatingIfNeeded: entry.bytes.count))
    }
  }

  /// An entry made of text and bytes, as tests want it.
  init(dn: String, attributes: [SearchAttribute], controls: [ServerControl] = []) {
    var dn = dn
    var builder = dn.withUTF8 { Builder(dn: $0) }
    for attribute in attributes {
      var description = attribute.description
      description.withUTF8 { builder.attribute($0) }
      for value in attribute.values { value.withUnsafeBufferPointer { builder.value($0) } }
    }
    self = builder.finish(controls: controls)
  }
}
