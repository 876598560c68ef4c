public import Directory

/// Which containers of a naming context a server synchronized, as a connector's settings say it.
public struct EntraContainers: Hashable, Sendable {
  /// The containers that are read with all below them; empty means all.
  public var included: [DistinguishedName] = []
  /// The containers in them that are not.
  public var excluded: [DistinguishedName] = []

  /// Whether everything is read.
  public var isWhole: Bool { included.isEmpty && excluded.isEmpty }

  /// The containers of `partition` at or below `base`; nil if settings can't say it: nothing of it
  /// was read, or a container was read in one that was not.
  public init?(_ partition: EntraPartition, below base: DistinguishedName?) {
    guard let root = try? DistinguishedName(partition.name) else { return nil }
    let base = base ?? root
    var included = partition.inclusions.compactMap { try? DistinguishedName($0) }
    // The server names the root on one of the sides and there means what is left.
    let named = partition.exclusions.compactMap { try? DistinguishedName($0) }
    let excluded = named.filter { $0 != root }
    // A name that can't be read would let in what the server left out.
    guard included.count == partition.inclusions.count,
      named.count == partition.exclusions.count
    else { return nil }
    if included.isEmpty {
      guard partition.exclusions.isEmpty else { return nil }
      included = [root]
    }
    let isNested = included.contains { name in
      excluded.contains { name == $0 || name.isBelow($0) }
    }
    guard !isNested else { return nil }
    let outer = included.contains { $0 == base || base.isBelow($0) }
    let inner = included.filter { $0.isBelow(base) }
    guard outer || !inner.isEmpty,
      !excluded.contains(where: { base == $0 || base.isBelow($0) })
    else { return nil }
    self.included = outer ? [] : inner.sorted { $0.text < $1.text }
    self.excluded = excluded.filter { $0.isBelow(base) }.sorted { $0.text < $1.text }
  }
}

extension EntraConnector {
  /// The naming context that holds `base`, if one does.
  public func partition(holding base: DistinguishedName) -> EntraPartition? {
    let found = partitions.compactMap { partition in
      (try? DistinguishedName(partition.name)).map { (partition, $0) }
    }.filter { base == $0.1 || base.isBelow($0.1) }
    // A domain below another one is nearer.
    return found.max { $0.1.relativeNames.count < $1.1.relativeNames.count }?.0
  }
}
