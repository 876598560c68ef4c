/// Why a folder is no exported configuration of Entra Connect.
public struct EntraConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file, and the line and column in it where they are known.
  public var place: String
  /// What is wrong, in one sentence without a full stop.
  public var message: String
  /// What to do next.
  public var hint: String

  /// An error of these parts.
  public init(place: String, message: String, hint: String) {
    self.place = place
    self.message = message
    self.hint = hint
  }

  /// The error that tells several; at least one.
  static func all(_ faults: [EntraConfigurationError]) -> EntraConfigurationError {
    guard var first = faults.first, faults.count > 1 else {
      return faults.first ?? EntraConfigurationError(place: "", message: "", hint: "")
    }
    // A damaged export may have very many.
    let others = faults.dropFirst().prefix(20).map(\.description).joined(separator: "; ")
    first.message += " (\(first.hint)); and \(faults.count - 1) more: \(others)"
    first.hint = "correct them in the rule editor, and export again"
    return first
  }

  /// The error in one line.
  public var description: String { "\(place): \(message) (\(hint))" }
}
