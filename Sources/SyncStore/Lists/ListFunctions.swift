import Directory
import GRDB
import GRDBSQLite
import Synchronization

/// What SQL itself can't tell of a row: whether a text is like another, and what an image says.
///
/// By SQLite's own calls: they are made for every row of lists that may have a million.
final class ListFunctions: Sendable {
  /// Reads images; set before each arranging to one that knows all names.
  let coder = Mutex(StoreCoder(table: .empty))

  /// The first value of an attribute of `cs_object o` as text in SQL, by the first of the names that
  /// has one.
  static func attribute(_ names: String...) -> String {
    "lockstep_attribute(o.image, o.desired, '\(names.joined(separator: " "))')"
  }

  /// Whether `sql` compares so with an argument to come, in SQL.
  static func passes(
    _ sql: String, _ comparison: ListTerm.Comparison, _ argument: String = "?"
  ) -> String {
    "lockstep_passes(\(sql), \(comparison.rawValue), \(argument))"
  }

  /// Whether `sql` contains an argument, which is in lower case, in SQL: letter case aside in any
  /// alphabet, where SQLite's own `lower` knows only that of English.
  static func contains(_ sql: String, _ argument: String = "?") -> String {
    "lockstep_passes(\(sql), \(ListTerm.Comparison.contains.rawValue), \(argument))"
  }

  /// Whether a whole image has a text in it, in SQL; `folded` is an argument with the text in lower
  /// case, `typed` one with the text as it is.
  ///
  /// Letters of other alphabets are looked for as they are typed, and small: to fold them in whole
  /// images takes a hundred times as long.
  static func shows(
    _ image: String, _ text: String, folded: String, typed: String
  ) -> String {
    guard !isPlain(text) else { return contains(image, folded) }
    return "(instr(\(image), CAST(\(folded) AS BLOB)) > 0 "
      + "OR instr(\(image), CAST(\(typed) AS BLOB)) > 0)"
  }

  /// Whether a text has letters of the English alphabet alone.
  static func isPlain(_ text: String) -> Bool { text.utf8.allSatisfy { $0 < 0x80 } }

  /// Makes the comparisons known to a connection.
  static func registerComparisons(_ db: Database) {
    let flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC
    sqlite3_create_function_v2(
      db.sqliteConnection, "lockstep_passes", 3, flags, nil,
      { context, _, arguments in ListFunctions.passes(context, arguments) }, nil, nil, nil)
  }

  /// Makes the functions known to a connection, which this must outlive.
  func register(_ db: Database) {
    let connection = db.sqliteConnection
    Self.registerComparisons(db)
    let this = Unmanaged.passUnretained(self).toOpaque()
    // Not deterministic: what the images mean depends on the coder of the moment.
    sqlite3_create_function_v2(
      connection, "lockstep_attribute", 3, SQLITE_UTF8, this,
      { context, _, arguments in ListFunctions.attribute(context, arguments) }, nil, nil, nil)
  }

  // MARK: lockstep_passes(value, comparison, operand)

  private typealias Arguments = UnsafeMutablePointer<OpaquePointer?>

  private static func passes(_ context: OpaquePointer?, _ arguments: Arguments?) {
    guard let arguments else { return }
    let isMatch: Bool
    switch ListTerm.Comparison(rawValue: Int(sqlite3_value_int64(arguments[1]))) {
    case .contains?: isMatch = has(text(arguments[0]), text(arguments[2]))
    case .equals?: isMatch = isSame(text(arguments[0]), text(arguments[2]), isPrefix: false)
    case .begins?: isMatch = isSame(text(arguments[0]), text(arguments[2]), isPrefix: true)
    case .matches?:
      guard let pattern = pattern(context, arguments[2]) else {
        return sqlite3_result_error(context, "no regular expression", -1)
      }
      isMatch = pattern.matches(String(decoding: text(arguments[0]), as: UTF8.self))
    default: isMatch = false
    }
    sqlite3_result_int(context, isMatch ? 1 : 0)
  }

  /// The bytes of a text or a blob.
  private static func text(_ value: OpaquePointer?) -> UnsafeBufferPointer<UInt8> {
    guard let start = sqlite3_value_text(value) else { return .init(start: nil, count: 0) }
    return UnsafeBufferPointer(start: start, count: Int(sqlite3_value_bytes(value)))
  }

  /// The pattern of an argument, compiled at the first row of a statement.
  private static func pattern(_ context: OpaquePointer?, _ value: OpaquePointer?) -> TextPattern? {
    if let kept = sqlite3_get_auxdata(context, 2) {
      return Unmanaged<Box>.fromOpaque(kept).takeUnretainedValue().pattern
    }
    guard let new = try? TextPattern(String(decoding: text(value), as: UTF8.self)) else {
      return nil
    }
    let box = Unmanaged.passRetained(Box(new))
    sqlite3_set_auxdata(context, 2, box.toOpaque()) { kept in
      kept.map { Unmanaged<Box>.fromOpaque($0).release() }
    }
    return new
  }

  private final class Box {
    let pattern: TextPattern
    init(_ pattern: TextPattern) { self.pattern = pattern }
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
  }

  /// Whether `needle`, which is in lower case, is in `text`.
  private static func has(
    _ text: UnsafeBufferPointer<UInt8>, _ needle: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    guard let first = needle.first else { return true }
    // Of letters that take more bytes when they are small, the text may be the shorter one.
    guard needle.allSatisfy({ $0 < 0x80 }) else {
      return String(decoding: text, as: UTF8.self).lowercased()
        .contains(String(decoding: needle, as: UTF8.self))
    }
    guard text.count >= needle.count else { return false }
    for start in 0...(text.count - needle.count) where lower(text[start]) == first {
      var offset = 1
      while offset < needle.count, lower(text[start + offset]) == needle[offset] { offset += 1 }
      if offset == needle.count { return true }
    }
    return false
  }

  /// Whether `text` is, or begins with, `wanted`, which is in lower case.
  private static func isSame(
    _ text: UnsafeBufferPointer<UInt8>, _ wanted: UnsafeBufferPointer<UInt8>, isPrefix: Bool
  ) -> Bool {
    let text = String(decoding: text, as: UTF8.self).lowercased()
    let wanted = String(decoding: wanted, as: UTF8.self)
    return isPrefix ? text.hasPrefix(wanted) : text == wanted
  }

  // MARK: lockstep_attribute(image, desired, names)

  private static func attribute(_ context: OpaquePointer?, _ arguments: Arguments?) {
    guard let arguments, let this = sqlite3_user_data(context) else { return }
    let functions = Unmanaged<ListFunctions>.fromOpaque(this).takeUnretainedValue()
    let isImage = sqlite3_value_type(arguments[0]) != SQLITE_NULL
    guard isImage || sqlite3_value_type(arguments[1]) != SQLITE_NULL else { return }
    let bytes = blob(arguments[isImage ? 0 : 1])
    let names = String(decoding: text(arguments[2]), as: UTF8.self).split(separator: " ")
    guard
      let shown = functions.coder.withLock({ $0 })
        .attributes(bytes, isDesired: !isImage)
    else { return }
    for name in names {
      guard let value = shown[AttributeName(String(name))].first else { continue }
      value.text.utf8CString.withUnsafeBufferPointer {
        sqlite3_result_text(context, $0.baseAddress, Int32($0.count - 1), transient)
      }
      return
    }
  }

  private static func blob(_ value: OpaquePointer?) -> [UInt8] {
    guard let start = sqlite3_value_blob(value) else { return [] }
    return Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_value_bytes(value))))
  }

  /// Tells SQLite to copy what it is given, since it is gone after the call.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}

extension StoreCoder {
  /// What an image, or what rules want, says; nil if the bytes can't be read back.
  func attributes(_ bytes: [UInt8], isDesired: Bool) -> AttributeSet? {
    let coding = AttributeCoding(table: table, source: nil)
    if isDesired {
      return (try? coding.decodeDesired(bytes)).map { AttributeSet($0.attributes) }
    }
    return try? coding.decode(bytes)
  }
}
