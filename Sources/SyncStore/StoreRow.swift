/// A row that was read: numbers, bytes, and texts to their end.
///
/// GRDB's rows, and what it binds, end a text at its first NUL, which directories may have in theirs.
struct StoreRow: Sendable {
  /// The columns in their order.
  let values: [SQLValue]

  /// The row that a statement stands at.
  init(_ row: SQLRow) { values = (0..<row.count).map { row.value($0) } }

  /// A column that holds a value of this type; nothing of it where it holds none.
  subscript<Value: SQLReadable>(_ index: Int) -> Value { Value(values[index]) ?? .nothing }

  /// A column; nil where it holds no value of this type.
  subscript<Value: SQLReadable>(_ index: Int) -> Value? { Value(values[index]) }

  /// The bytes of a column, or nil.
  func bytes(_ index: Int) -> [UInt8]? {
    switch values[index] {
    case .blob(let bytes): bytes
    case .text(let text): Array(text.utf8)
    default: nil
    }
  }
}

/// What a column can be read as.
protocol SQLReadable {
  /// What stands for no value.
  static var nothing: Self { get }
  /// The value, if it is one of this type.
  init?(_ value: SQLValue)
}

extension Int64: SQLReadable {
  static let nothing: Int64 = 0
  init?(_ value: SQLValue) {
    switch value {
    case .integer(let number): self = number
    case .real(let number): self.init(exactly: number)
    default: return nil
    }
  }
}

extension Int: SQLReadable {
  static let nothing = 0
  init?(_ value: SQLValue) {
    guard let number = Int64(value) else { return nil }
    self.init(exactly: number)
  }
}

extension Bool: SQLReadable {
  static let nothing = false
  init?(_ value: SQLValue) {
    guard let number = Int64(value) else { return nil }
    self = number != 0
  }
}

extension Double: SQLReadable {
  static let nothing = 0.0
  init?(_ value: SQLValue) {
    switch value {
    case .integer(let number): self.init(number)
    case .real(let number): self = number
    default: return nil
    }
  }
}

extension String: SQLReadable {
  static let nothing = ""
  init?(_ value: SQLValue) {
    guard case .text(let text) = value else { return nil }
    self = text
  }
}
