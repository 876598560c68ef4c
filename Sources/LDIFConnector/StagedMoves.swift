import Directory

/// Renames of objects whose name is their anchor, since the import that staged them.
///
/// A full import hands out each object under its last name. Who staged it under an earlier one has
/// to be told of the rename, or would delete one object and create another.
struct StagedMoves {
  struct Move {
    var old: DistinguishedName
    var new: DistinguishedName
    var oldAnchor: Anchor { Anchor(old.normalized) }
    var newAnchor: Anchor { Anchor(new.normalized) }
  }

  // In the order in which they happened; of one rename, containers before what is below them.
  private var renames: [[Move]] = []

  /// Notes what one rename moved.
  mutating func note(_ moves: [Move]) {
    let moves = moves.filter { $0.old != $0.new }
    guard !moves.isEmpty else { return }
    renames.append(moves.sorted { $0.old.path < $1.old.path })
  }

  /// All anchors that these objects had and have, each once.
  var anchors: [Anchor] {
    Array(Set(renames.joined().flatMap { [$0.oldAnchor, $0.newAnchor] }))
  }

  /// The renames to tell somebody who has staged objects of the anchors `staged`.
  ///
  /// One to a name that another object still has is left out: names alone can't tell the two apart.
  func changes(_ staged: Set<Anchor>) -> [ImportedChange] {
    var staged = staged
    var changes: [ImportedChange] = []
    for moves in renames {
      var roots: Set<String> = []
      for move in moves where staged.contains(move.oldAnchor) {
        // What is below a renamed object is renamed with it.
        if !Self.isBelow(roots, move.old.normalized) {
          guard !staged.contains(move.newAnchor) else { continue }
          roots.insert(move.old.normalized)
          changes.append(.rename(ObjectAddress(anchor: move.oldAnchor), newDN: move.new))
        }
        staged.remove(move.oldAnchor)
        staged.insert(move.newAnchor)
      }
    }
    return changes
  }

  private static func isBelow(_ roots: Set<String>, _ key: String) -> Bool {
    guard !roots.isEmpty else { return false }
    var above = NameKey.parent(of: key)
    while let key = above {
      if roots.contains(key) { return true }
      above = NameKey.parent(of: key)
    }
    return false
  }
}
