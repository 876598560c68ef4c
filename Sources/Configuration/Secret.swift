/// A secret text that shows itself to nobody who does not ask for it by name.
///
/// Printing, debugging, dumping and reflecting all say `(secret)`.
public struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  private let text: String

  /// The secret `text`.
  public init(_ text: String) { self.text = text }

  /// What `body` makes of the secret; it should keep no copy.
  public func withValue<R, E: Error>(_ body: (String) throws(E) -> R) throws(E) -> R {
    try body(text)
  }

  /// Always `(secret)`.
  public var description: String { "(secret)" }
  /// Always `(secret)`.
  public var debugDescription: String { "(secret)" }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
