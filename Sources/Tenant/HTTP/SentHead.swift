import FlyingFox

/// The head of a request as a client sent it, read by RFC 9112.
struct SentHead: Sendable {
  /// How the bytes of a body are told from those of the next request.
  enum Framing: Hashable, Sendable {
    case counted(Int)
    case chunked
  }

  /// Why a head can't be read, or what it announces not be taken.
  struct Fault: Error, Hashable {
    var words: String
  }

  let method: String
  let target: String
  let version: String
  let framing: Framing
  private let headers: [HTTPHeader: String]

  /// Reads a head, with or without the empty line at its end.
  ///
  /// - Throws: ``Fault`` if its first line has not three parts, or the size of its body is not clear.
  init(_ bytes: ArraySlice<UInt8>) throws(Fault) {
    let lines = Self.lines(of: bytes)
    let parts = (lines.first ?? "").split(separator: " ", maxSplits: 2)
    guard parts.count == 3 else {
      throw Fault(words: "The request's first line is not a method, a path and a version.")
    }
    (method, target, version) = (String(parts[0]), String(parts[1]), String(parts[2]))
    var headers: [HTTPHeader: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2 else { continue }
      let name = HTTPHeader(Self.trimmed(parts[0]))
      let value = Self.trimmed(parts[1])
      if name == .contentLength, let other = headers[name], other != value {
        throw Fault(words: "The request has two sizes: Content-Length \(other) and \(value).")
      }
      headers[name] = value
    }
    self.headers = headers
    framing = try Self.framing(headers)
  }

  /// The path of the first line of a head of which not all is known; empty if that can't be told.
  static func path(of bytes: ArraySlice<UInt8>) -> String {
    let first = bytes.prefix { $0 != UInt8(ascii: "\n") }.prefix(4096)
    let parts = String(decoding: first, as: UTF8.self).split(separator: " ", maxSplits: 2)
    guard parts.count > 1 else { return "" }
    return String(parts[1].prefix { $0 != "?" })
  }

  /// The request with this head and `body`.
  func request(_ body: HTTPBodySequence) -> HTTPRequest {
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    return HTTPRequest(
      method: HTTPMethod(method), version: HTTPVersion(version),
      target: HTTPRequest.Target(
        path: String(parts[0]), query: parts.count == 2 ? String(parts[1]) : ""),
      headers: HTTPHeaders(headers), body: body)
  }

  /// Whether the client means to send more on this connection (RFC 9112 §9.3).
  var keepsConnection: Bool {
    let tokens = (headers[.connection] ?? "").lowercased().split(separator: ",")
      .map(Self.trimmed)
    return version == "HTTP/1.1" ? !tokens.contains("close") : tokens.contains("keep-alive")
  }

  /// Whether the client waits for a word before it sends the body (RFC 9110 §10.1.1).
  var awaitsContinue: Bool {
    framing != .counted(0) && version == "HTTP/1.1"
      && headers[HTTPHeader("Expect")]?.lowercased() == "100-continue"
  }

  private static func framing(_ headers: [HTTPHeader: String]) throws(Fault) -> Framing {
    let size = headers[.contentLength]
    if let coding = headers[.transferEncoding] {
      // RFC 9112 §6.1: with both, who reads it otherwise would see other requests.
      guard size == nil else {
        throw Fault(words: "The request has a Content-Length beside a Transfer-Encoding.")
      }
      guard coding.lowercased().split(separator: ",").map(trimmed).last == "chunked" else {
        throw Fault(words: "The Transfer-Encoding is not chunked, the only one that is taken.")
      }
      return .chunked
    }
    guard let size else { return .counted(0) }
    guard !size.isEmpty, size.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let count = Int(size)
    else { throw Fault(words: "The Content-Length is no number of bytes.") }
    return .counted(count)
  }

  private static func lines(of bytes: ArraySlice<UInt8>) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n")).map { line in
      String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    }
  }

  private static func trimmed(_ text: Substring) -> String {
    let blanks: Set<UInt8> = [0x20, 0x09, 0x0D]
    let bytes = text.utf8.drop(while: blanks.contains)
    let end = bytes.lastIndex { !blanks.contains($0) }
    return end.map { String(bytes[...$0]) ?? "" } ?? ""
  }
}
