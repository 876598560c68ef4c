import Directory

/// Sees that reading in several answers comes to an end.
///
/// A controller that begins anew, once or twice, because it was restarted or has lost its place, is
/// let; one that tells the same place again and again would keep a reader for ever.
struct ReadingProgress {
  /// How often a place may be told while there is more to come.
  static let limit = 3

  private var told: [Place: Int] = [:]

  private struct Place: Hashable {
    let invocation: GUID
    let vector: USNVector
  }

  /// Notes where an answer ended.
  ///
  /// - Throws: ``NoProgress`` if it has ended there too often; what was noted is forgotten then.
  mutating func note(_ batch: ReplicatedBatch) throws(NoProgress) {
    guard batch.hasMore else {
      told = [:]
      return
    }
    let place = Place(invocation: batch.cursor.invocation, vector: batch.cursor.vector)
    told[place, default: 0] += 1
    guard told[place, default: 0] >= Self.limit else { return }
    told = [:]
    throw NoProgress()
  }
}

/// A controller that tells the same changes for ever.
struct NoProgress: Error, Hashable {}
