public import Directory
public import SyncStore

/// Open errors of one type and one cause.
public struct ErrorFamily: Hashable, Sendable, Identifiable {
  /// What its errors have in common, as one text.
  public var id: String
  /// The errors, the oldest first.
  public var errors: [ErrorRow]

  /// When the first of them was first seen.
  public var first: Timestamp { errors.map(\.firstOccurred).min() ?? Timestamp(milliseconds: 0) }
  /// When one of them was last met.
  public var last: Timestamp { errors.map(\.occurred).max() ?? Timestamp(milliseconds: 0) }
  /// The type, the place and the cause in common are those of any.
  var sample: ErrorRow { errors[0] }

  /// How many came up in the `seconds` before `now`.
  func fresh(within seconds: Double, of now: Timestamp) -> Int {
    errors.count { now.seconds(since: $0.firstOccurred) <= seconds }
  }

  /// Errors as families, the largest first.
  ///
  /// The cause is the attribute, the rule and the server's code; the value and the words differ from
  /// object to object.
  public static func of(_ errors: [ErrorRow]) -> [ErrorFamily] {
    var order: [String] = []
    var families: [String: [ErrorRow]] = [:]
    for error in errors {
      let id = [
        error.connector, error.stage.rawValue, error.type, error.attribute, error.rule, error.code,
      ].joined(separator: "\u{1F}")
      if families[id] == nil { order.append(id) }
      families[id, default: []].append(error)
    }
    return order.map { ErrorFamily(id: $0, errors: families[$0] ?? []) }
      .sorted { $0.errors.count > $1.errors.count }
  }
}
