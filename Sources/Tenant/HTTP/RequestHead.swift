import FlyingFox

/// What the head of a request may hold, as servers in front of Graph have such limits.
enum RequestHead {
  /// How many header fields it may have.
  static let mostFields = 100
  /// How many bytes they may have together.
  static let mostBytes = 32 << 10

  /// What is too much in the head of `request`; nil if nothing is.
  static func fault(of request: HTTPRequest) -> String? {
    var (fields, bytes) = (0, 0)
    for (name, value) in request.headers {
      fields += 1
      bytes += name.rawValue.utf8.count + value.utf8.count
    }
    if fields > mostFields {
      return "The request has \(fields) header fields; \(mostFields) are allowed."
    }
    guard bytes > mostBytes else { return nil }
    return "The request's header fields have \(bytes) bytes; \(mostBytes) are allowed."
  }
}
