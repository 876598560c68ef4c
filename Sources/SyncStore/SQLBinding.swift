import Directory
import Foundation
import GRDB
import GRDBSQLite

/// A value that is bound to a statement without a detour: the statements of bulk work run many
/// times for each object, and what one costs beside SQLite's own work counts.
protocol SQLBindable: DatabaseValueConvertible {
  /// Binds the value at `index`, from 1; the answer is SQLite's result code.
  func bind(to statement: OpaquePointer, at index: Int32) -> Int32
}

/// Tells SQLite to copy what it is given, since it is gone after the call.
private let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

extension Int64: SQLBindable {
  func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    sqlite3_bind_int64(statement, index, self)
  }
}

extension Int: SQLBindable {
  func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    sqlite3_bind_int64(statement, index, Int64(self))
  }
}

extension Bool: SQLBindable {
  func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    sqlite3_bind_int64(statement, index, self ? 1 : 0)
  }
}

extension Double: SQLBindable {
  func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    sqlite3_bind_double(statement, index, self)
  }
}

extension String: SQLBindable {
  func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
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
  func bind(to statement: OpaquePointer, at index: Int32) -> Int32 {
    withUnsafeBytes {
      $0.count == 0
        ? sqlite3_bind_zeroblob(statement, index, 0)
        : sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), transient)
    }
  }
}

/// Runs a cached statement by SQLite's own calls.
extension StoreTransaction {
  func execute(_ sql: String, _ arguments: [(any SQLBindable)?] = []) throws {
    let statement = try bound(sql, arguments)
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

  private func bound(_ sql: String, _ arguments: [(any SQLBindable)?]) throws -> OpaquePointer {
    let statement = try db.cachedStatement(sql: sql).sqliteStatement
    sqlite3_reset(statement)
    for (offset, argument) in arguments.enumerated() {
      let index = Int32(offset + 1)
      let code = argument?.bind(to: statement, at: index) ?? sqlite3_bind_null(statement, index)
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
