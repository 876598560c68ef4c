/// One HTTP request.
public struct HTTPRequest: Sendable {
  /// The method, such as `PATCH`.
  public var method: String
  /// The whole URL, percent-encoded.
  public var url: String
  /// The header fields; a secret among them is never printed.
  public var headers: [(name: String, value: String)]
  /// The body; nil for none.
  public var body: [UInt8]?
  /// Whether sending it twice does the same as sending it once.
  ///
  /// Only such a request is sent again, by itself, when a kept-alive connection turns out to be
  /// closed. A `POST` may have been carried out before the connection went.
  public var isRepeatable: Bool
  /// Seconds that the whole exchange may take.
  public var timeout: Double
  /// What its body carries that nobody may be shown, also where the server repeats it; a token in its
  /// header is known to be such.
  public var secrets: [String] = []

  /// A request of these parts.
  public init(
    _ method: String, _ url: String, headers: [(name: String, value: String)] = [],
    body: [UInt8]? = nil, isRepeatable: Bool? = nil, timeout: Double = 60
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.isRepeatable = isRepeatable ?? (method != "POST")
    self.timeout = timeout
  }
}

/// The answer to an ``HTTPRequest``, whatever its status.
public struct HTTPResponse: Sendable {
  /// The status code.
  public var status: Int
  /// The header fields in the order in which they came; names as the server spells them.
  public var headers: [(name: String, value: String)]
  /// The body, decompressed.
  public var body: [UInt8]

  /// An answer of these parts.
  public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// The first value of the field `name`, compared without regard to case.
  public func header(_ name: String) -> String? {
    let wanted = name.lowercased()
    return headers.first { $0.name.lowercased() == wanted }?.value
  }
}
