import Directory
import TestSupport
import Testing

@testable import DirectoryReplication

/// One value on the wire.
private enum Item: Equatable {
  case byte(UInt8)
  case short(UInt16)
  case long(UInt32)
  case hyper(UInt64)
  case guid(GUID)
  case bytes([UInt8])
  case text(String)
  case pointer(Bool)

  static func random(_ random: inout SeededRandom) -> Item {
    switch Int.random(in: 0..<8, using: &random) {
    case 0: .byte(random.choose([0, 1, 0x7F, 0x80, 0xFF]))
    case 1: .short(random.choose([0, 1, 0x7FFF, 0x8000, .max]))
    case 2: .long(random.choose([0, 1, 0x7FFF_FFFF, 0x8000_0000, .max]))
    case 3: .hyper(random.choose([0, 1, 1 << 63, .max, 0x0102_0304_0506_0708]))
    case 4:
      .guid(GUID(UInt32.random(in: 0 ... .max, using: &random), 0x0102, 0x0304, random.next()))
    case 5: .bytes(random.bytes(0...9))
    case 6: .text(random.text(count: 0...5))
    default: .pointer(random.chance(50))
    }
  }

  /// The size to whose multiple it is moved (C706 §14.2.2).
  var alignment: Int {
    switch self {
    case .byte, .bytes, .text: 1
    case .short: 2
    case .long, .guid, .pointer: 4
    case .hyper: 8
    }
  }

  /// Its bytes without any padding; of a pointer only whether it is zero counts.
  var plain: [UInt8] {
    func low(_ number: UInt64, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    switch self {
    case .byte(let number): return [number]
    case .short(let number): return low(UInt64(number), 2)
    case .long(let number): return low(UInt64(number), 4)
    case .hyper(let number): return low(number, 8)
    case .guid(let guid): return guid.bytes
    case .bytes(let bytes): return bytes
    case .text(let text): return text.utf16.flatMap { low(UInt64($0), 2) }
    case .pointer: return []
    }
  }

  func write(to writer: inout NDRWriter) {
    switch self {
    case .byte(let number): writer.add(number)
    case .short(let number): writer.add(number)
    case .long(let number): writer.add(number)
    case .hyper(let number): writer.add(number)
    case .guid(let guid): writer.add(guid)
    case .bytes(let bytes): writer.add(bytes)
    case .text(let text): writer.add(text.utf16LE)
    case .pointer(let isThere): writer.pointer(isThere)
    }
  }

  /// The value of the same kind and length that comes next.
  func read(_ reader: inout NDRReader) throws(MalformedMessage) -> Item {
    switch self {
    case .byte: .byte(try reader.byte())
    case .short: .short(try reader.uint16())
    case .long: .long(try reader.uint32())
    case .hyper: .hyper(try reader.uint64())
    case .guid: .guid(try reader.guid())
    case .bytes(let bytes): .bytes(Array(try reader.bytes(bytes.count)))
    case .text(let text): .text(try reader.text(units: text.utf16.count))
    case .pointer: .pointer(try reader.pointer())
    }
  }
}

@Suite("Any values in the network's representation")
struct NDRModelTests {
  private static func items(_ random: inout SeededRandom) -> [Item] {
    (0..<Int.random(in: 1...12, using: &random)).map { _ in Item.random(&random) }
  }

  /// What is written by nothing but the rule: padding before, the bytes, the next one; and where each
  /// value ends.
  private static func plain(_ items: [Item]) -> (bytes: [UInt8?], ends: [Int]) {
    var (bytes, ends) = ([UInt8?](), [Int]())
    for item in items {
      while bytes.count % item.alignment != 0 { bytes.append(0) }
      if case .pointer(let isThere) = item {
        // Which id a pointer has is the writer's affair.
        bytes += [UInt8?](repeating: isThere ? nil : 0, count: 4)
      } else {
        bytes += item.plain.map { $0 }
      }
      ends.append(bytes.count)
    }
    return (bytes, ends)
  }

  private static func written(_ items: [Item]) -> [UInt8] {
    var writer = NDRWriter()
    for item in items { item.write(to: &writer) }
    return writer.bytes
  }

  @Test("Values are written at multiples of their size, low byte first", arguments: 1...80)
  func writing(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let items = Self.items(&random)
    let (wanted, bytes) = (Self.plain(items).bytes, Self.written(items))
    #expect(bytes.count == wanted.count)
    for (byte, expected) in zip(bytes, wanted) {
      if let expected { #expect(byte == expected) }
    }
  }

  @Test("Pointers to different things have different ids, and none is zero")
  func pointers() throws {
    var writer = NDRWriter()
    for _ in 0..<1000 { writer.pointer() }
    var reader = NDRReader(writer.bytes)
    var ids: Set<UInt32> = []
    for _ in 0..<1000 { ids.insert(try reader.uint32()) }
    #expect(ids.count == 1000 && !ids.contains(0))
  }

  @Test("What was written is read as it was", arguments: 1...80)
  func reading(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    let items = Self.items(&random)
    var reader = NDRReader(Self.written(items))
    for item in items { #expect(try item.read(&reader) == item) }
    #expect(reader.rest == 0)
  }

  @Test(
    "A message that ends anywhere gives what is whole, and says where it ends", arguments: 1...40)
  func truncated(seed: Int) {
    var random = SeededRandom(scattering: 100 + seed)
    let items = Self.items(&random)
    let (bytes, ends) = (Self.written(items), Self.plain(items).ends)
    for end in bytes.indices {
      var reader = NDRReader(Array(bytes[..<end]))
      let whole = ends.prefix { $0 <= end }.count
      do throws(MalformedMessage) {
        for (index, item) in items.enumerated() {
          let found = try item.read(&reader)
          #expect(index < whole && found == item)
        }
        Issue.record("\(end) of \(bytes.count) bytes were enough")
      } catch {
        #expect((0...end).contains(error.offset) && !error.expected.isEmpty)
        #expect(reader.offset <= end && reader.rest == end - reader.offset)
      }
    }
  }

  @Test("A count is believed up to what the rest can hold, to the last element", arguments: 0...20)
  func counts(rest: Int) throws {
    for size in [0, 1, 2, 7, 20] {
      for count in [0, 1, rest, rest / max(size, 1), rest / max(size, 1) + 1, rest + 1] {
        let bytes = Sample.littleEndian(UInt32(count)) + [UInt8](repeating: 1, count: rest)
        var reader = NDRReader(bytes)
        let found = try? reader.count("things", size: size)
        #expect((found != nil) == (count * max(size, 1) <= rest), "\(count) of \(size) in \(rest)")
        if let found { #expect(found == count) }
      }
    }
  }

  @Test("Any bytes are a text, and a text is the same on its way back", arguments: 1...30)
  func texts(seed: Int) {
    var random = SeededRandom(scattering: 200 + seed)
    for _ in 0..<40 {
      let text = random.text()
      #expect(String(utf16LE: text.utf16LE).utf8.elementsEqual(text.utf8))
      let bytes = random.bytes(0...9)
      let units = stride(from: 0, to: bytes.count / 2 * 2, by: 2).map {
        UInt16(bytes[$0]) | UInt16(bytes[$0 + 1]) << 8
      }
      #expect(
        String(utf16LE: bytes).utf8.elementsEqual(String(decoding: units, as: UTF16.self).utf8))
    }
  }
}

@Suite("Any identifiers in the table of prefixes")
struct PrefixTableModelTests {
  /// The BER encoding of an object identifier of these parts (X.690 §8.19).
  private static func encoded(_ parts: [UInt64]) -> [UInt8] {
    let numbers = [parts[0] * 40 + parts[1]] + parts.dropFirst(2)
    return numbers.flatMap { number -> [UInt8] in
      var (rest, bytes) = (number >> 7, [UInt8(number & 0x7F)])
      while rest > 0 {
        bytes.insert(UInt8(rest & 0x7F) | 0x80, at: 0)
        rest >>= 7
      }
      return bytes
    }
  }

  /// What stands for an identifier ([MS-DRSR] §5.16.4, MakeAttid): the prefix without the last one or
  /// two bytes, and a number made of the last part.
  private static func model(_ oid: [UInt8], last: UInt64) -> (prefix: [UInt8], lower: UInt32) {
    guard last >= 128 else { return (Array(oid.dropLast()), UInt32(last)) }
    let lower = UInt32(last % 16_384) + (last >= 16_384 ? 32_768 : 0)
    return (Array(oid.dropLast(2)), lower)
  }

  @Test("The last part makes the number, and the rest the prefix", arguments: 1...40)
  func numbers(seed: Int) {
    var random = SeededRandom(scattering: seed)
    for _ in 0..<25 {
      let middle = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        random.choose([0, 1, 113_556, 127, 128, 16_383, 16_384, 840] as [UInt64])
      }
      let last = random.choose(
        [0, 1, 127, 128, 129, 255, 2001, 16_383, 16_384, 16_500, 2_000_000] as [UInt64])
      let oid = Self.encoded([1, 2] + middle + [last])
      let wanted = Self.model(oid, last: last)
      let upper = UInt32.random(in: 1...0xFFFF, using: &random)
      let table = PrefixTable([upper: wanted.prefix, upper ^ 0x8000 | 1 << 20: [1]])
      #expect(table.number(for: oid) == upper << 16 | wanted.lower, "\(middle) \(last)")
      #expect(table.oid(for: upper << 16 | wanted.lower) == oid, "\(middle) \(last)")
      #expect(PrefixTable([upper: wanted.prefix + [9]]).number(for: oid) == nil)
    }
  }

  @Test("A table of any prefixes is read as it was written, or ends too soon", arguments: 1...30)
  func tables(seed: Int) throws {
    var random = SeededRandom(scattering: 300 + seed)
    var prefixes: [UInt32: [UInt8]] = [:]
    for _ in 0..<Int.random(in: 0...6, using: &random) {
      prefixes[UInt32.random(in: 1...99, using: &random)] =
        [UInt8.random(in: 0...0xFE, using: &random)] + random.bytes(0...9)
    }
    let (table, withSchema) = (PrefixTable(prefixes), random.chance(50))
    var writer = NDRWriter()
    table.writeEntries(to: &writer, withSchema: withSchema)
    let count = prefixes.count + (withSchema ? 1 : 0)
    var reader = NDRReader(writer.bytes)
    #expect(try PrefixTable.read(&reader, count: count) == table)
    for other in [count + 1, max(0, count - 1), 1 << 20] where other != count {
      var again = NDRReader(writer.bytes)
      #expect(throws: MalformedMessage.self) { try PrefixTable.read(&again, count: other) }
    }
    for end in writer.bytes.indices {
      var short = NDRReader(Array(writer.bytes[..<end]))
      // Padding behind the last one may be missing.
      if let read = try? PrefixTable.read(&short, count: count) { #expect(read == table) }
    }
  }
}
