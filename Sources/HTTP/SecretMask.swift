/// Takes the secrets of a request out of its answer.
///
/// Servers that complain of a request like to repeat it, and what they say is shown to people, logged
/// and stored.
struct SecretMask {
  private static let mask = Array("•••".utf8)
  /// A shorter text may stand in any answer by chance.
  private static let shortest = 8
  /// Another token than the one that was sent is told from words by its length.
  private static let shortestToken = 20

  /// The secrets as they may be written in an answer: the longest first.
  private let secrets: [[UInt8]]

  /// A mask for the secrets that `request` carries: the token in its header, and what it names so.
  init(_ request: HTTPRequest) {
    let tokens = request.headers.filter { $0.name.lowercased() == "authorization" }
      .compactMap { $0.value.split(separator: " ").last.map(String.init) }
    let plain = (tokens + request.secrets).filter { $0.utf8.count >= Self.shortest }
    // In JSON a slash may be escaped; a form has all else encoded.
    let written = Set(
      plain + plain.map(Self.withSlashesEscaped) + plain.map { HTTPURL.encode($0) })
    secrets = written.map { Array($0.utf8) }.sorted { $0.count > $1.count }
  }

  /// The answer without the secrets.
  ///
  /// A list that was read is left as it is: it is what is there, and nobody is shown it as the words of
  /// a refusal.
  func masked(_ response: HTTPResponse, to request: HTTPRequest) -> HTTPResponse {
    var response = response
    for index in response.headers.indices where contains(response.headers[index].value) {
      response.headers[index].value = String(
        decoding: masked(Array(response.headers[index].value.utf8)), as: UTF8.self)
    }
    let isData =
      request.method == "GET" && (200..<300).contains(response.status)
      && response.body.first.map { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") } ?? true
    if !isData { response.body = masked(response.body) }
    return response
  }

  private func contains(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    return secrets.contains { !Self.places(of: $0, in: bytes).isEmpty }
  }

  private func masked(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for secret in secrets {
      for place in Self.places(of: secret, in: bytes).reversed() {
        bytes.replaceSubrange(place..<place + secret.count, with: Self.mask)
      }
    }
    return Self.withoutTokens(bytes)
  }

  /// `bytes` without what follows the word that announces a token.
  private static func withoutTokens(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    let word = Array("bearer ".utf8)
    for place in places(of: word, in: bytes.map(lowercased)).reversed() {
      let start = place + word.count
      let end = bytes[start...].firstIndex { !isOfToken($0) } ?? bytes.endIndex
      if end - start >= shortestToken { bytes.replaceSubrange(start..<end, with: mask) }
    }
    return bytes
  }

  /// Whether a token may have the character (RFC 6750 §2.1), with the backslash before a slash in JSON.
  private static func isOfToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "-._~+/=\\".utf8.contains(byte)
    }
  }

  private static func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  private static func withSlashesEscaped(_ text: String) -> String {
    text.split(separator: "/", omittingEmptySubsequences: false).joined(separator: "\\/")
  }

  /// Where `needle` begins in `bytes`, without overlaps.
  private static func places(of needle: [UInt8], in bytes: [UInt8]) -> [Int] {
    guard let first = needle.first, bytes.count >= needle.count else { return [] }
    var places: [Int] = []
    var index = 0
    while index <= bytes.count - needle.count {
      if bytes[index] == first, bytes[index..<index + needle.count].elementsEqual(needle) {
        places.append(index)
        index += needle.count
      } else {
        index += 1
      }
    }
    return places
  }
}
