import FlyingFox

/// What came of reading a request's body.
enum RequestBody: Sendable {
  /// All of it; nil if there was none.
  case whole([UInt8]?)
  /// It was larger than is taken, and was read to its end and thrown away, so that the connection
  /// can go on.
  case tooLarge
  /// It was so large that it was not read to its end; the connection can't go on.
  case endless

  /// How many times the limit is still read, to be able to answer that it is too much.
  private static let patience = 16

  /// Reads the body of `request`, of which at most `limit` bytes are kept.
  ///
  /// - Throws: what the connection throws.
  static func read(_ request: HTTPRequest, limit: Int) async throws -> RequestBody {
    if let count = request.bodySequence.count, count > limit * patience { return .endless }
    var bytes: [UInt8] = []
    var total = 0
    for try await chunk in request.bodySequence {
      total += chunk.count
      if total <= limit {
        bytes.append(contentsOf: chunk)
      } else if total > limit * patience {
        return .endless
      } else {
        bytes = []
      }
    }
    if total > limit { return .tooLarge }
    return .whole(total == 0 ? nil : bytes)
  }

  /// How many bytes of a body are read only to answer that its sender has no right, or that its path
  /// takes none.
  static let largestUnwanted = 1 << 20

  /// Answers with `refusal` instead of reading the body, which is thrown away as it comes; whoever
  /// sends a large one is not heard to its end.
  ///
  /// - Throws: what the connection throws.
  static func refuse(_ request: HTTPRequest, _ refusal: Reply) async throws -> HTTPResponse {
    if let count = request.bodySequence.count, count > largestUnwanted { return SCIMHandler.drop }
    var total = 0
    for try await chunk in request.bodySequence {
      total += chunk.count
      if total > largestUnwanted { return SCIMHandler.drop }
    }
    return SCIMHandler.response(refusal, to: request.method)
  }
}
