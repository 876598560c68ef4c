import Directory
import Foundation
import GRDB
import GRDBSQLite

/// A value that is bound to a statement without a detour: the statements of bulk work run many
/// times for each object, and what one costs beside SQLite's own work counts.
protocol SQLBindable: DatabaseValueConvertible {
  /// Binds the value at `index`, from 1; the answer is SQLite's result code.
  ///
  /// It has a name of its own: GRDB's `bind(to:at:)` for text copies it once more.
  func put(into statement: OpaquePointer, at index: Int32) -> Int32
}

/// Tells SQLite to copy what it is given, since it is gone after the call.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

extension Int64: SQLBindable {
  func put(into statement: OpaquePointer, at index: Int32) -> Int32 {
    sqlite3_bind_int64(statement, index, self)
  }
}

extension Int: SQLBindable {
  func put(into statement: OpaquePointer, at index: Int32) -> Int32 {
    sqlite3_bind_int64(statement, index, Int64(self))
  }
}

extension Bool: SQLBindable {
  func put(into statement: OpaquePointer, at index: Int32) -> Int32 {
    sqlite3_bind_int64(statement, index, self ? 1 : 0)
  }
}

extension Double: SQLBindable {
  func put(into statement: OpaquePointer, at index: Int32) -> Int32 {
    sqlite3_bind_double(statement, index, self)
  }
}

extension String: SQLBindable {
  func put(into statement: OpaquePointer, at index: Int32) -> Int32 {
    var text = self
    return text.withUTF8 { bytes in
      guard let start = bytes.baseAddress else {
        return sqlite3_bind_text(statement, index, "", 0, transient)
      }
      return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
        sqlite3_bind_text(statement, index, $0, Int32(bytes.count), transient)
      }
    }
  }
}

extension Data: SQLBindable {
  func put(into statement: OpaquePointer, at index: Int32) -> Int32 {
    withUnsafeBytes {
      $0.count == 0
        ? sqlite3_bind_zeroblob(statement, index, 0)
        : sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), transient)
    }
  }
}

/// Bytes that are bound as they are.
struct Blob: SQLBindable {
  let bytes: [UInt8]

  var databaseValue: DatabaseValue { Data(bytes).databaseValue }

  static func fromDatabaseValue(_ value: DatabaseValue) -> Blob? {
    Data.fromDatabaseValue(value).map { Blob(bytes: Array($0)) }
  }

  func put(into statement: OpaquePointer, at index: Int32) -> Int32 {
    bytes.withUnsafeBytes {
      $0.count == 0
        ? sqlite3_bind_zeroblob(statement, index, 0)
        : sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), transient)
    }
  }
}

/// A value of a row that is yet to be written: many are kept, and copied, before they are bound.
enum SQLValue: Sendable {
  case null
  case integer(Int64)
  case real(Double)
  case text(String)
  case blob([UInt8])

  func put(into statement: OpaquePointer, at index: Int32) -> Int32 {
    switch self {
    case .null: sqlite3_bind_null(statement, index)
    case .integer(let number): sqlite3_bind_int64(statement, index, number)
    case .real(let number): sqlite3_bind_double(statement, index, number)
    case .text(let text): text.put(into: statement, at: index)
    case .blob(let bytes): Blob(bytes: bytes).put(into: statement, at: index)
    }
  }
}

/// A row while it is being read; nothing of it is copied but what is asked for.
struct SQLRow {
  fileprivate let statement: OpaquePointer

  var count: Int32 { sqlite3_column_count(statement) }

  func value(_ index: Int32) -> SQLValue {
    switch sqlite3_column_type(statement, index) {
    case SQLITE_INTEGER: .integer(int64(index))
    case SQLITE_FLOAT: .real(sqlite3_column_double(statement, index))
    case SQLITE_TEXT: .text(text(index))
    case SQLITE_BLOB: .blob(bytes(index) ?? [])
    default: .null
    }
  }

  func isNull(_ index: Int32) -> Bool {
    sqlite3_column_type(statement, index) == SQLITE_NULL
  }

  func int64(_ index: Int32) -> Int64 { sqlite3_column_int64(statement, index) }

  func int(_ index: Int32) -> Int { Int(sqlite3_column_int64(statement, index)) }

  func bool(_ index: Int32) -> Bool { sqlite3_column_int64(statement, index) != 0 }

  func optionalInt64(_ index: Int32) -> Int64? { isNull(index) ? nil : int64(index) }

  func text(_ index: Int32) -> String {
    guard let start = sqlite3_column_text(statement, index) else { return "" }
    let count = Int(sqlite3_column_bytes(statement, index))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  func optionalText(_ index: Int32) -> String? { isNull(index) ? nil : text(index) }

  func bytes(_ index: Int32) -> [UInt8]? {
    guard !isNull(index) else { return nil }
    guard let start = sqlite3_column_blob(statement, index) else { return [] }
    let count = Int(sqlite3_column_bytes(statement, index))
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }
}

/// Runs a cached statement by SQLite's own calls.
extension StoreTransaction {
  func execute(_ sql: String, _ arguments: [(any SQLBindable)?] = []) throws {
    try run(try bound(sql, arguments), sql)
  }

  func execute(_ sql: String, values: ArraySlice<SQLValue>) throws {
    let statement = try db.cachedStatement(sql: sql).sqliteStatement
    sqlite3_reset(statement)
    var index: Int32 = 1
    for value in values {
      let code = value.put(into: statement, at: index)
      guard code == SQLITE_OK else { throw failure(code, sql) }
      index += 1
    }
    try run(statement, sql)
  }

  private func run(_ statement: OpaquePointer, _ sql: String) throws {
    defer { sqlite3_reset(statement) }
    var code = sqlite3_step(statement)
    while code == SQLITE_ROW { code = sqlite3_step(statement) }
    guard code == SQLITE_DONE else { throw failure(code, sql) }
  }

  /// The first column of the first row as a number; nil if there is no row, or NULL in it.
  func integer(_ sql: String, _ arguments: [(any SQLBindable)?] = []) throws -> Int64? {
    let statement = try bound(sql, arguments)
    defer { sqlite3_reset(statement) }
    switch sqlite3_step(statement) {
    case SQLITE_ROW:
      return sqlite3_column_type(statement, 0) == SQLITE_NULL
        ? nil : sqlite3_column_int64(statement, 0)
    case SQLITE_DONE: return nil
    case let code: throw failure(code, sql)
    }
  }

  /// What `body` makes of the first row of an answer; nil if there is none.
  ///
  /// The statement must not be run again in `body`.
  func first<T>(
    _ sql: String, _ arguments: [(any SQLBindable)?] = [], _ body: (SQLRow) throws -> T
  ) throws -> T? {
    let statement = try bound(sql, arguments)
    defer { sqlite3_reset(statement) }
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return try body(SQLRow(statement: statement))
    case SQLITE_DONE: return nil
    case let code: throw failure(code, sql)
    }
  }

  /// All rows of an answer.
  func rows(_ sql: String, _ arguments: [(any SQLBindable)?] = []) throws -> [StoreRow] {
    var rows: [StoreRow] = []
    try each(sql, arguments) { rows.append(StoreRow($0)) }
    return rows
  }

  /// The first row of an answer, or nil.
  func row(_ sql: String, _ arguments: [(any SQLBindable)?] = []) throws -> StoreRow? {
    try first(sql, arguments) { StoreRow($0) }
  }

  /// Gives each row of an answer to `body`, in which the statement must not be run again.
  func each(
    _ sql: String, _ arguments: [(any SQLBindable)?] = [], _ body: (SQLRow) throws -> Void
  ) throws {
    let statement = try bound(sql, arguments)
    defer { sqlite3_reset(statement) }
    while true {
      switch sqlite3_step(statement) {
      case SQLITE_ROW: try body(SQLRow(statement: statement))
      case SQLITE_DONE: return
      case let code: throw failure(code, sql)
      }
    }
  }

  private func bound(_ sql: String, _ arguments: [(any SQLBindable)?]) throws -> OpaquePointer {
    let statement = try db.cachedStatement(sql: sql).sqliteStatement
    sqlite3_reset(statement)
    for (offset, argument) in arguments.enumerated() {
      let index = Int32(offset + 1)
      let code = argument?.put(into: statement, at: index) ?? sqlite3_bind_null(statement, index)
      guard code == SQLITE_OK else { throw failure(code, sql) }
    }
    return statement
  }

  private func failure(_ code: Int32, _ sql: String) -> DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: code),
      message: db.sqliteConnection.map { String(cString: sqlite3_errmsg($0)) }, sql: sql)
  }
}
