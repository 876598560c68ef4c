public import Configuration

/// Something in an exported configuration that is left out, told instead of passed over.
public struct EntraNote: Hashable, Sendable, CustomStringConvertible {
  /// Where it stands; nil if it is no matter of one place.
  public var place: SourcePlace?
  /// What is left out, and why.
  public var message: String

  /// A note of these parts.
  public init(_ place: SourcePlace?, _ message: String) {
    self.place = place
    self.message = message
  }

  /// The note in one line.
  public var description: String { (place.map { "\($0): " } ?? "") + message }
}
