public import SyncStore

/// Why something did not work, and what to do next.
public struct Fault: Error, Equatable, Sendable {
  /// What failed, on what, and why.
  public var message: String
  /// What to do next.
  public var hint: String

  /// A fault of these words.
  public init(message: String, hint: String) {
    self.message = message
    self.hint = hint
  }

  /// What the store says.
  public init(_ error: StoreError) { self.init(message: error.message, hint: error.hint) }
}
