import Directory

/// A change in few bytes: tens of thousands wait for the next import, and as values they would take
/// a third of the memory that is measured.
struct PackedChange {
  private let bytes: [UInt8]

  init(_ change: ImportedChange) {
    var packer = Packer()
    switch change {
    case .entry(let entry):
      packer.add(number: 0)
      packer.add(entry.anchor.text)
      packer.add(entry.dn.text)
      packer.add(entry.objectType)
      packer.add(entry.attributes.attributes) { packer, attribute in
        packer.add(attribute.name.text)
        packer.add(attribute.values)
      }
    case .modify(let address, let changes):
      packer.add(number: 1)
      packer.add(address.anchor?.text ?? "")
      packer.add(changes) { packer, change in
        packer.add(change.name.text)
        switch change.operation {
        case .replace(let values):
          packer.add(number: 0)
          packer.add(values)
        case .update(let added, let removed):
          packer.add(number: 1)
          packer.add(added)
          packer.add(removed)
        }
      }
    case .delete(let address):
      packer.add(number: 2)
      packer.add(address.anchor?.text ?? "")
    case .present, .rename, .leave, .letGo, .outside:
      preconditionFailure("the benchmark's target tells no such change")
    }
    bytes = packer.bytes
  }

  /// The change.
  ///
  /// - Throws: What a name throws that can't be read back.
  func unpacked() throws -> ImportedChange {
    var unpacker = Unpacker(bytes: bytes)
    switch unpacker.number() {
    case 0:
      return .entry(
        DirectoryEntry(
          anchor: Anchor(unpacker.text()), dn: try DistinguishedName(unpacker.text()),
          objectType: unpacker.text(),
          attributes: AttributeSet(
            unpacker.list { Attribute(AttributeName($0.text()), $0.values()) })))
    case 1:
      let address = ObjectAddress(anchor: Anchor(unpacker.text()))
      let changes = unpacker.list { unpacker in
        let name = AttributeName(unpacker.text())
        return AttributeChange(
          name,
          unpacker.number() == 0
            ? .replace(unpacker.values())
            : .update(added: unpacker.values(), removed: unpacker.values()))
      }
      return .modify(address, changes)
    default: return .delete(ObjectAddress(anchor: Anchor(unpacker.text())))
    }
  }
}

/// Appends numbers and texts to bytes.
private struct Packer {
  private(set) var bytes: [UInt8] = []

  mutating func add(number: Int) {
    withUnsafeBytes(of: UInt32(number).littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func add(_ text: String) { add(bytes: Array(text.utf8)) }

  mutating func add(bytes more: [UInt8]) {
    add(number: more.count)
    bytes.append(contentsOf: more)
  }

  mutating func add<T>(_ items: [T], _ body: (inout Packer, T) -> Void) {
    add(number: items.count)
    for item in items { body(&self, item) }
  }

  mutating func add(_ values: [AttributeValue]) {
    add(values) { packer, value in
      switch value {
      case .string(let text):
        packer.add(number: 0)
        packer.add(text)
      case .binary(let bytes):
        packer.add(number: 1)
        packer.add(bytes: bytes)
      case .integer(let number):
        packer.add(number: 2)
        packer.add(String(number))
      case .boolean(let flag): packer.add(number: flag ? 4 : 3)
      case .reference(let address):
        packer.add(number: 5)
        packer.add(address)
      }
    }
  }
}

/// Reads what was packed, in its order.
private struct Unpacker {
  let bytes: [UInt8]
  private var position = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  mutating func number() -> Int {
    defer { position += 4 }
    return bytes[position..<position + 4].reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  mutating func raw() -> ArraySlice<UInt8> {
    let count = number()
    defer { position += count }
    return bytes[position..<position + count]
  }

  mutating func text() -> String { String(decoding: raw(), as: UTF8.self) }

  mutating func list<T>(_ body: (inout Unpacker) -> T) -> [T] {
    (0..<number()).map { _ in body(&self) }
  }

  mutating func values() -> [AttributeValue] {
    list { unpacker in
      switch unpacker.number() {
      case 0: .string(unpacker.text())
      case 1: .binary(Array(unpacker.raw()))
      case 2: .integer(Int64(unpacker.text()) ?? 0)
      case 3: .boolean(false)
      case 4: .boolean(true)
      default: .reference(unpacker.text())
      }
    }
  }
}
