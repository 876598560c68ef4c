/// A connector whose directory can tell that something in it moved, without an import.
public protocol ChangeWatching: Sendable {
  /// Begins to watch: what is there now is taken for known.
  ///
  /// - Throws: ``ConnectorFailure`` if the server can't be reached, or does not tell changes by the
  ///   means that are configured.
  func watch() async throws -> any ChangeWatch
}

/// What tells that something in a directory moved; for one task at a time.
///
/// It may tell of what an import would not find changed, but does not keep back what it would.
public protocol ChangeWatch: Sendable {
  /// By which means it learns of changes, in words for a person.
  var means: String { get }

  /// Waits until something has moved since it began, or since this returned last.
  ///
  /// - Throws: ``ConnectorFailure`` if it can't go on: a new watch is needed then, and what moved
  ///   in between is not known.
  func change() async throws
}
