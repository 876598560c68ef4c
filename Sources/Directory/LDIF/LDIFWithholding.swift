#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Attributes of LDIF files whose values go no further than the memory into which a file is read,
/// which is overwritten.
///
/// In the place of a value, a record holds a word that says so, or what the function of
/// ``init(_:taking:substitute:)`` says.
public final class LDIFWithholding: Sendable {
  /// What stands for a value.
  ///
  /// It is given the value's bytes, which are overwritten when it returns; nil if they are more than
  /// ``largest``. Broken Base64 stays a fault of the record. A value that is in a file of its own is
  /// withheld like any other: no function gets it, and nobody reads that file.
  public typealias Substitute = @Sendable (UnsafeRawBufferPointer?) -> [UInt8]

  /// The longest value in bytes that is given to the function, in the form of the file.
  public static let largest = 4096

  private static let word = Array("withheld".utf8)
  /// What stands for a value that is in a file of its own.
  fileprivate static let elsewhere = [0x20] + word

  // In lower case, as bytes; for each byte those with which a line can begin with it. Most lines are
  // of others.
  private let names: [[[UInt8]]]
  private let taken: [UInt8]
  private let substitute: Substitute

  /// Keeps the values of `names` back.
  public init(_ names: some Sequence<AttributeName>) {
    self.names = Self.beginnings(of: names.map { Self.key($0) })
    taken = []
    substitute = { _ in Self.word }
  }

  /// Keeps the values of `names` back, and gives those of `taken` to a function.
  ///
  /// - Parameters:
  ///   - names: The attributes; `taken` is one of them.
  ///   - taken: The attribute whose values are given away.
  ///   - substitute: What stands in their place; it must hold no line break.
  public init(
    _ names: some Sequence<AttributeName>, taking taken: AttributeName,
    substitute: @escaping Substitute
  ) {
    self.names = Self.beginnings(of: names.map { Self.key($0) })
    self.taken = Self.key(taken)
    self.substitute = substitute
  }

  private static func key(_ name: AttributeName) -> [UInt8] { Array(name.text.lowercased().utf8) }

  private static func beginnings(of names: [[UInt8]]) -> [[[UInt8]]] {
    var table = [[[UInt8]]](repeating: [], count: 256)
    for name in names {
      guard let first = name.first else { continue }
      table[Int(first)].append(name)
      if (0x61...0x7A).contains(first) { table[Int(first) - 32].append(name) }
    }
    return table
  }

  /// What stands for `value` of the attribute with the description `description`.
  fileprivate func stand(
    for value: UnsafeRawBufferPointer?, of description: UnsafeRawBufferPointer
  ) -> [UInt8] {
    let name = description.prefix { $0 != 0x3B }
    let isTaken =
      name.count == taken.count
      && zip(name, taken).allSatisfy { ((0x41...0x5A).contains($0) ? $0 | 0x20 : $0) == $1 }
    return isTaken ? substitute(value) : Self.word
  }

  /// Whether `line` is one of a withheld attribute, or may become one by what continues it.
  fileprivate func concerns(_ line: UnsafeBufferPointer<UInt8>) -> Bool {
    guard let first = line.first else { return false }
    for name in names[Int(first)] {
      let count = min(name.count, line.count)
      guard Self.isEqual(line, name, count) else { continue }
      guard line.count > name.count else { return true }
      // An option or the colon; else it is a longer name.
      if line[name.count] == 0x3A || line[name.count] == 0x3B { return true }
    }
    return false
  }

  private static func isEqual(
    _ line: UnsafeBufferPointer<UInt8>, _ name: [UInt8], _ count: Int
  ) -> Bool {
    for index in 0..<count {
      let byte = line[index]
      let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
      if lower != name[index] { return false }
    }
    return true
  }
}

/// A line that is kept back until it is whole, in memory that is overwritten.
struct LDIFWithheldLine {
  private let withholding: LDIFWithholding
  private let room: WipedRoom
  private var count = 0
  /// The number of the line that is kept back; nil if none is.
  private(set) var number: Int?
  private var isTooLong = false

  init(_ withholding: LDIFWithholding) {
    self.withholding = withholding
    room = WipedRoom(LDIFWithholding.largest + 1024)
  }

  /// Takes a line in if it concerns an attribute that is withheld.
  mutating func begin(_ line: UnsafeBufferPointer<UInt8>, number: Int) -> Bool {
    guard withholding.concerns(line) else { return false }
    (self.number, count, isTooLong) = (number, 0, false)
    add(line)
    return true
  }

  /// Takes in what continues the line; of one that is too long, its beginning.
  mutating func add(_ part: UnsafeBufferPointer<UInt8>) {
    let taken = min(part.count, room.bytes.count - count)
    isTooLong = isTooLong || taken < part.count
    for index in 0..<taken { room.bytes[count + index] = part[index] }
    count += taken
  }

  /// Hands out what takes the line's place.
  ///
  /// - Parameter isCut: Whether the file ends with the line, without a line end.
  mutating func finish(isCut: Bool, _ give: (UnsafeRawBufferPointer) -> Void) {
    number = nil
    let line = UnsafeMutableRawBufferPointer(rebasing: room.bytes[..<count])
    defer {
      room.wipe()
      count = 0
    }
    let whole = UnsafeRawBufferPointer(line)
    let isWithheld = withholding.concerns(UnsafeBufferPointer(line.bindMemory(to: UInt8.self)))
    guard isWithheld, let colon = whole.firstIndex(of: 0x3A), colon + 1 < count else {
      // It has become another attribute, or holds no value: what is wrong with it is told as ever.
      give(whole)
      return
    }
    let name = UnsafeRawBufferPointer(rebasing: whole[...colon])
    if whole[colon + 1] == 0x3C {
      // What looks like the name of a file may be the secret itself, written behind the colon
      // without a space.
      give(name)
      LDIFWithholding.elsewhere.withUnsafeBytes { give($0) }
      return
    }
    let isBase64 = whole[colon + 1] == 0x3A
    let description = UnsafeRawBufferPointer(rebasing: whole[..<colon])
    var stand: [UInt8]?
    if isTooLong {
      stand = withholding.stand(for: nil, of: description)
    } else if let value = Self.value(of: line, from: colon + (isBase64 ? 2 : 1), isBase64, isCut) {
      let isTooLarge = value.count > LDIFWithholding.largest
      stand = withholding.stand(for: isTooLarge ? nil : value, of: description)
    }
    // What is no Base64 stays none, so that the fault is told.
    ((isBase64 && stand == nil ? [0x3A, 0x20, 0x21] : [0x20]) + (stand ?? [])).withUnsafeBytes {
      give(name)
      give($0)
    }
  }

  /// The value that begins at `start`, decoded where it stands; nil if it is no Base64.
  private static func value(
    of line: UnsafeMutableRawBufferPointer, from start: Int, _ isBase64: Bool, _ isCut: Bool
  ) -> UnsafeRawBufferPointer? {
    var (start, end) = (start, line.count)
    while start < end, line[start] == 0x20 { start += 1 }
    guard isBase64 else { return UnsafeRawBufferPointer(rebasing: line[start..<end]) }
    while end > start, line[end - 1] == 0x20 { end -= 1 }
    // Without padding, nobody can tell whether more was to come.
    if isCut, line[line.count - 1] != 0x3D { return nil }
    let text = UnsafeMutableRawBufferPointer(rebasing: line[start..<end])
    guard let count = Base64.decode(inPlace: text.bindMemory(to: UInt8.self)) else { return nil }
    return UnsafeRawBufferPointer(rebasing: text[..<count])
  }
}

/// Memory that is overwritten before it is given back.
private final class WipedRoom {
  let bytes: UnsafeMutableRawBufferPointer

  init(_ count: Int) {
    bytes = .allocate(byteCount: count, alignment: 16)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  func wipe() { if let base = bytes.baseAddress { explicit_bzero(base, bytes.count) } }

  deinit {
    wipe()
    bytes.deallocate()
  }
}
