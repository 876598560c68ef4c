extension String {
  /// The text; of one of more than `limit` bytes its beginning with an ellipsis.
  ///
  /// What is told of a fault may hold what a file or server said, and that has no bound.
  package func beginning(_ limit: Int) -> String {
    guard utf8.count > limit else { return self }
    // An index in the middle of a scalar counts as the scalar's own; what is left of a character
    // that goes on behind it goes, too, unless there is nothing else.
    let head = self[..<utf8.index(startIndex, offsetBy: limit)]
    let whole = head.dropLast()
    return String(whole.isEmpty ? head : whole) + "…"
  }
}
