import CCurl

/// One request on its way: what has been received so far, and who waits for it.
///
/// Made by the caller, and from then on touched by the loop's thread only.
final class Transfer: @unchecked Sendable {
  let id: Int
  let request: HTTPRequest
  private let continuation: CheckedContinuation<HTTPResult, Never>

  /// Set by the loop before the transfer starts.
  var maxResponseSize = 0
  private var headers: [(name: String, value: String)] = []
  private var headerBytes = 0
  private var body: [UInt8] = []
  private(set) var timesSent = 0
  private(set) var isTooLarge = false
  private(set) var wasRefusedToRepeat = false
  /// Memory that libcurl writes its words into; CURL_ERROR_SIZE bytes.
  let words = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  var headerList: UnsafeMutablePointer<curl_slist>?

  init(id: Int, request: HTTPRequest, continuation: CheckedContinuation<HTTPResult, Never>) {
    self.id = id
    self.request = request
    self.continuation = continuation
    words.pointee = 0
  }

  deinit {
    curl_slist_free_all(headerList)
    words.deallocate()
  }

  /// Called when a connection stands and the request is about to be written to it.
  ///
  /// libcurl sends a request again by itself when a kept-alive connection closes without a byte of
  /// an answer, even a POST; one that may not be repeated stops here.
  func mayBeSent() -> Bool {
    if timesSent > 0 && !request.isRepeatable {
      wasRefusedToRepeat = true
      return false
    }
    timesSent += 1
    return true
  }

  /// Takes a header line; false if there are too many of them.
  func receive(headerLine line: UnsafeBufferPointer<UInt8>) -> Bool {
    headerBytes += line.count
    guard headerBytes <= 256 << 10 else { return false }
    let text = String(decoding: line, as: UTF8.self)
    if text.hasPrefix("HTTP/") {
      // A new head, as after `100 Continue`: what came before was not the answer.
      headers = []
    } else if let colon = text.firstIndex(of: ":") {
      headers.append((Self.trim(text[..<colon]), Self.trim(text[text.index(after: colon)...])))
    }
    return true
  }

  /// Takes a piece of the body; false if that makes it too large.
  func receive(_ piece: UnsafeBufferPointer<UInt8>) -> Bool {
    guard body.count + piece.count <= maxResponseSize else {
      isTooLarge = true
      return false
    }
    body.append(contentsOf: piece)
    return true
  }

  /// Ends the transfer with the answer that has arrived.
  func succeed(status: Int) {
    finish(.success(HTTPResponse(status: status, headers: headers, body: body)))
  }

  /// Ends the transfer, once.
  func finish(_ result: HTTPResult) { continuation.resume(returning: result) }

  private static func trim(_ text: Substring) -> String {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    let bytes = text.utf8.drop(while: isBlank)
    var end = bytes.endIndex
    while end > bytes.startIndex, isBlank(bytes[bytes.index(before: end)]) {
      end = bytes.index(before: end)
    }
    return String(decoding: bytes[..<end], as: UTF8.self)
  }
}
