import FlyingFox

/// What the head of a request may hold, as servers in front of Graph have such limits.
enum RequestHead {
  /// How many header fields it may have.
  static let mostFields = 100
  /// How many bytes they may have together.
  static let mostBytes = 32 << 10
  /// How many bytes of a head are read, the fields and the line with the URL before them.
  static let mostRead = 64 << 10

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

  /// In what the body of `request` is packed, which nobody unpacks here; nil if it is as it is
  /// (RFC 9110 §8.4).
  static func coding(of request: HTTPRequest) -> String? {
    let coding = (request.headers[HTTPHeader("Content-Encoding")] ?? "").lowercased()
    return coding.isEmpty || coding == "identity" ? nil : String(coding.prefix(64))
  }

  /// What is said of a body that is packed so.
  static func words(onCoding coding: String) -> String {
    "The body is packed (Content-Encoding: \(coding)); send it as it is, without that header."
  }
}
