import Directory

/// The names that objects got in one delta import.
struct NewNames {
  /// All of them.
  var all: [DistinguishedName] = []
  /// Those of objects that are not new, and were not read before.
  var arrived: [DistinguishedName] = []
  /// The last name of each object that was noted by this import: one that refers to its own name is
  /// read anew for that, and would be noted again.
  var noted: [Anchor: String] = [:]
}

/// References by names that are no longer those of what they mean.
///
/// Active Directory rewrites a link when the object that it leads to is renamed, moved or deleted,
/// and tells of it by that object alone. For an object that is not read, nobody learns of it: the
/// link is staged with the old name. It does no harm until an object that is read gets that name,
/// and would be taken for the one that is meant; or until the object that is meant comes into sight
/// under another name, and would not be found.
extension DeltaReader {
  /// Arrivals above which all links that may be meant are read, instead of being asked for.
  private static let manyArrivals = 100

  func noteName(
    _ name: DistinguishedName, of anchor: Anchor, before staged: DistinguishedName?,
    isArrival: Bool
  ) {
    guard context.profile.kind.isActiveDirectory, staged?.text != name.text,
      names.noted.updateValue(name.text, forKey: anchor) != name.text
    else { return }
    names.all.append(name)
    if staged == nil, isArrival { names.arrived.append(name) }
  }

  /// Notes the name of an object that is staged by it, though it is told now, as after a full import
  /// that read the object after it got the name: what refers to it, or to what is below it, may have
  /// been read before that.
  func noteRead(_ name: DistinguishedName, of anchor: Anchor) async throws {
    noteName(name, of: anchor, before: nil, isArrival: true)
    let staged = context.request.staged
    names.arrived += try await staged.names(of: staged.below(name)).values
  }

  /// Has those objects read anew whose links are not as they are staged.
  func readStaleReferrers() async throws {
    let names = names
    (self.names.all, self.names.arrived) = ([], [])
    var stale = Set<Anchor>()
    for name in names.all {
      for (attribute, anchors) in try await context.request.staged.waiting(for: [name]) {
        let right = try await fetcher.referring(anchors, by: attribute, to: [name])
        stale.formUnion(Set(anchors).subtracting(right))
      }
    }
    if !names.arrived.isEmpty { stale.formUnion(try await referrers(to: names.arrived)) }
    stale.subtract(ended)
    told.subtract(stale)
    push(fetching: stale.sorted { $0.text < $1.text }, isFollowed: true)
  }

  /// Those that refer to what came into sight, and have another name for it.
  private func referrers(to arrived: [DistinguishedName]) async throws -> Set<Anchor> {
    let staged = context.request.staged
    var found = Set<Anchor>()
    for (attribute, anchors) in try await staged.waiting(for: nil) {
      guard arrived.count <= Self.manyArrivals else {
        found.formUnion(anchors)
        continue
      }
      for name in arrived {
        let right = try await staged.waiting(for: [name])[attribute] ?? []
        let others = Set(anchors).subtracting(right).sorted { $0.text < $1.text }
        found.formUnion(try await fetcher.referring(others, by: attribute, to: [name]))
      }
    }
    return found
  }
}
