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
}
