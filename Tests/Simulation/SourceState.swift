import Directory

/// What a source directory holds, and what happened there in order.
///
/// References are links between objects: a directory rewrites them when an object gets another
/// name, takes them out when it goes, and announces neither.
struct SourceState {
  struct Node {
    var parent: Int?
    var rdn: String
    var type: String
    var attributes: AttributeSet
    var links: [AttributeName: Set<Int>] = [:]
  }

  struct LogItem {
    var node: Int
    var anchor: Anchor
    var change: ImportedChange
    var isContainer = false
  }

  let prefix: String
  let suffix: String
  /// Whether an object is known by its name alone.
  let anchorsAreNames: Bool
  /// Whether references are told by the anchor of what they mean, or by its name.
  let refersByAnchor: Bool
  var nodes: [Int: Node] = [:]
  var log: [LogItem] = []
  var unread: Set<Int> = []
  private var count = 0

  init(prefix: String, suffix: String, anchorsAreNames: Bool, refersByAnchor: Bool) {
    self.prefix = prefix
    self.suffix = suffix
    self.anchorsAreNames = anchorsAreNames
    self.refersByAnchor = refersByAnchor
  }

  var ids: [Int] { nodes.keys.sorted() }

  // MARK: Reading

  func name(_ id: Int) -> String {
    guard let node = nodes[id] else { return suffix }
    return node.rdn + "," + (node.parent.map(name) ?? suffix)
  }

  func dn(_ id: Int) throws -> DistinguishedName { try DistinguishedName(name(id)) }

  func anchor(_ id: Int) throws -> Anchor {
    Anchor(anchorsAreNames ? try dn(id).normalized : "\(prefix)-\(id)")
  }

  /// Whether the connector reads the part of the directory that the object stands in.
  func isRead(_ id: Int) -> Bool {
    var next: Int? = id
    while let current = next {
      if unread.contains(current) { return false }
      next = nodes[current]?.parent
    }
    return nodes[id] != nil
  }

  func isTaken(_ rdn: String, in parent: Int?) -> Bool {
    nodes.values.contains { $0.parent == parent && $0.rdn == rdn }
  }

  func isBelow(_ id: Int, _ container: Int) -> Bool {
    var next: Int? = id
    while let current = next {
      if current == container { return true }
      next = nodes[current]?.parent
    }
    return false
  }

  func address(of id: Int) throws -> AttributeValue {
    .reference(refersByAnchor ? try anchor(id).text : name(id))
  }

  func entry(_ id: Int) throws -> DirectoryEntry? {
    guard let node = nodes[id] else { return nil }
    var attributes = node.attributes
    for (name, targets) in node.links.sorted(by: { $0.key < $1.key }) {
      attributes[name] = try targets.sorted().map(address)
    }
    return DirectoryEntry(
      anchor: try anchor(id), dn: try dn(id), objectType: node.type, attributes: attributes)
  }

  // MARK: Changes

  mutating func add(
    _ type: String, _ rdn: String, in parent: Int?, _ attributes: AttributeSet
  ) throws -> Int? {
    guard !isTaken(rdn, in: parent) else { return nil }
    count += 1
    nodes[count] = Node(parent: parent, rdn: rdn, type: type, attributes: attributes)
    try announce(count)
    return count
  }

  /// Notes that the object is as it is now.
  private mutating func announce(_ id: Int) throws {
    guard isRead(id), let entry = try entry(id) else { return }
    log.append(LogItem(node: id, anchor: entry.anchor, change: .entry(entry)))
  }

  private mutating func announceDelete(_ id: Int, _ anchor: Anchor, _ dn: DistinguishedName) {
    let address = ObjectAddress(anchor: anchorsAreNames ? nil : anchor, dn: dn)
    log.append(LogItem(node: id, anchor: anchor, change: .delete(address)))
  }

  mutating func remove(_ id: Int) throws {
    guard nodes[id] != nil else { return }
    let (anchor, dn, isRead) = (try anchor(id), try dn(id), isRead(id))
    nodes[id] = nil
    try unlink(id, isAnnounced: !isRead)
    if isRead { announceDelete(id, anchor, dn) }
  }

  /// Nothing refers to the object any more: it is gone.
  ///
  /// Of one that is not read nobody can learn that it went: only then are the others announced.
  private mutating func unlink(_ id: Int, isAnnounced: Bool) throws {
    for other in ids {
      for attribute in nodes[other]?.links.keys.sorted() ?? []
      where nodes[other]?.links[attribute]?.remove(id) != nil && isAnnounced {
        try announceLinks(other, attribute)
      }
    }
  }

  private mutating func announceLinks(_ id: Int, _ name: AttributeName) throws {
    let values = try (nodes[id]?.links[name] ?? []).sorted().map(address)
    try announceModify(id, AttributeChange(name, .replace(values)))
  }

  /// Gives an object another name or container.
  mutating func rename(_ id: Int, _ rdn: String, in parent: Int?) throws {
    guard let node = nodes[id], !isTaken(rdn, in: parent) else { return }
    let wasRead = isRead(id)
    let (anchor, old) = (try anchor(id), try dn(id))
    nodes[id]?.rdn = rdn
    nodes[id]?.parent = parent
    switch (wasRead, isRead(id)) {
    case (true, true):
      let address = ObjectAddress(anchor: anchorsAreNames ? nil : anchor, dn: old)
      log.append(
        LogItem(
          node: id, anchor: anchor, change: .rename(address, newDN: try dn(id)),
          isContainer: node.type == "container"))
    case (true, false):
      let address = ObjectAddress(anchor: anchorsAreNames ? nil : anchor, dn: old)
      log.append(LogItem(node: id, anchor: anchor, change: .leave(address)))
    case (false, true): try announce(id)
    case (false, false): break
    }
    if wasRead != isRead(id) { try announceBelow(id) }
  }

  /// Notes of all below a container that they are read now, or are not any more.
  private mutating func announceBelow(_ container: Int) throws {
    for id in ids where id != container && isBelow(id, container) {
      if isRead(id) {
        try announce(id)
      } else {
        let anchor = try anchor(id)
        log.append(LogItem(node: id, anchor: anchor, change: .leave(ObjectAddress(anchor: anchor))))
      }
    }
  }

  /// Gives two objects each other's names, by way of a third name as directories must.
  mutating func swap(_ a: Int, _ b: Int) throws {
    guard a != b, let first = nodes[a], let second = nodes[b] else { return }
    try rename(a, first.rdn + " (swap)", in: first.parent)
    try rename(b, first.rdn, in: first.parent)
    try rename(a, second.rdn, in: second.parent)
  }

  mutating func set(_ id: Int, _ name: AttributeName, _ values: [AttributeValue]) throws {
    guard let node = nodes[id], node.attributes[name] != values else { return }
    nodes[id]?.attributes[name] = values
    try announceModify(id, AttributeChange(name, .replace(values)))
  }

  /// Links an object to another, or takes the link out.
  mutating func toggle(_ id: Int, _ name: AttributeName, _ target: Int) throws {
    guard nodes[id] != nil else { return }
    if nodes[id]?.links[name]?.contains(target) == true {
      nodes[id]?.links[name]?.remove(target)
      try announceModify(
        id, AttributeChange(name, .update(added: [], removed: [address(of: target)])))
    } else {
      nodes[id]?.links[name, default: []].insert(target)
      try announceModify(
        id, AttributeChange(name, .update(added: [address(of: target)], removed: [])))
    }
  }

  /// Makes the only link of an object in an attribute that to `target`, or none.
  mutating func link(_ id: Int, _ name: AttributeName, _ target: Int?) throws {
    guard let node = nodes[id], node.links[name, default: []] != Set([target].compactMap { $0 })
    else { return }
    nodes[id]?.links[name] = Set([target].compactMap { $0 })
    let values = try [target].compactMap { $0 }.map(address)
    try announceModify(id, AttributeChange(name, .replace(values)))
  }

  private mutating func announceModify(_ id: Int, _ change: AttributeChange) throws {
    guard isRead(id) else { return }
    let anchor = try anchor(id)
    let address = ObjectAddress(anchor: anchor, dn: try dn(id))
    log.append(LogItem(node: id, anchor: anchor, change: .modify(address, [change])))
  }
}
