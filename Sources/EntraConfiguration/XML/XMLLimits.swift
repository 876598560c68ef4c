/// How large an XML file may be; exports of real servers stay far below.
struct XMLLimits: Sendable {
  /// Bytes of a file.
  var fileSize = 256 << 20
  /// Elements in each other.
  var depth = 64
  /// Elements of a file that are kept.
  var elements = 1_000_000
  /// Bytes of one text, and of one tag with all its attributes.
  var token = 1 << 20

  /// The limits that hold.
  static let standard = XMLLimits()
}
