/// Finds what a person probably meant.
public enum Spelling {
  /// The one of `candidates` that is nearest to `word`, or nil if none is near.
  ///
  /// Near means at most one slip in three characters; letters differ without regard to case, and
  /// two neighbours that were swapped count as one slip.
  public static func nearest(
    _ word: String, among candidates: some Sequence<String>, within limit: Int = .max
  ) -> String? {
    let target = Array(word.lowercased().unicodeScalars.prefix(64))
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
      let other = Array(candidate.lowercased().unicodeScalars.prefix(64))
      let distance = distance(target, other)
      guard distance <= min(limit, max(1, max(target.count, other.count) / 3)) else { continue }
      if let known = best, (known.distance, known.candidate) <= (distance, candidate) { continue }
      best = (distance, candidate)
    }
    return best?.candidate
  }

  /// A hint that names the nearest candidate, or all of them if none is near.
  public static func hint(for word: String, among candidates: some Collection<String>) -> String {
    if let near = nearest(word, among: candidates) { return "did you mean \"\(near)\"?" }
    return "allowed: " + candidates.sorted().joined(separator: ", ")
  }

  // The optimal string alignment distance.
  private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var before: [Int] = []
    var last = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1] + Array(repeating: 0, count: b.count)
      for j in b.indices {
        let change = last[j] + (a[i] == b[j] ? 0 : 1)
        row[j + 1] = min(last[j + 1] + 1, row[j] + 1, change)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          row[j + 1] = min(row[j + 1], before[j - 1] + 1)
        }
      }
      before = last
      last = row
    }
    return last[b.count]
  }
}
