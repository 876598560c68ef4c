/// That a service is not any more where it was: it is not shown a secret, since another program may
/// listen there by now.
public struct ServiceGone: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is gone.
  public var description: String

  /// Says what is gone.
  public init(_ description: String) { self.description = description }
}
