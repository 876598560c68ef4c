/// Bytes from a server that are not what the protocol says they must be.
struct MalformedMessage: Error, Hashable, CustomStringConvertible {
  /// What was expected.
  let expected: String
  /// How many bytes into the message.
  let offset: Int

  /// What was expected, and where.
  var description: String { "\(expected) expected at byte \(offset)" }
}
