import Directory

/// What a full import makes of content and change files: each object once, as it is in the end.
///
/// Only what the change files alter is kept; a content entry that none of them touches is handed
/// out as it is read. References follow an object that is renamed and vanish with one that is
/// deleted, as Active Directory has it and as the same changes do when they are staged one by one.
struct NetState {
  private var touched = TouchedNames()
  // Digests of the anchors in use, so that a million of them take tens of megabytes, not hundreds.
  private var anchors: Set<UInt64> = []
  // Those of the names that entries of the content have.
  private var names: Set<UInt64> = []
  private var objects: [Int: NetObject] = [:]
  private var ids: [String: Int] = [:]
  // The names below each name, whether objects bear them or not.
  private var children: [String: Set<String>] = [:]
  // Who has referred to a name that can be lost; some may do so no longer.
  private var referrers: [String: Set<Int>] = [:]
  private var lastID = 0
  private var renames = 0
  private var moves = StagedMoves()
  private var isPastStaged = false

  /// Notes what a change record will touch.
  mutating func note(_ record: LDIFRecord, _ mapper: RecordMapper) { touched.note(record, mapper) }

  // MARK: Content

  /// Takes an entry of the content.
  ///
  /// - Returns: the entry if no change touches it; it is forgotten then.
  mutating func content(
    _ entry: DirectoryEntry?, _ dn: DistinguishedName
  ) throws(RecordMapper.Fault) -> DirectoryEntry? {
    let isKept =
      touched.touches(dn.normalized)
      || entry.map { touched.touchesReference(in: $0.attributes) } ?? false
    let name = Self.digest(dn.normalized)
    if isKept && ids[dn.normalized] != nil || entry != nil && names.contains(name) {
      throw Self.duplicate("Another entry of this import has the same name")
    }
    if let entry {
      try use(entry.anchor)
      names.insert(name)
    }
    guard isKept else { return entry }
    keep(NetObject(dn: dn, entry: entry))
    return nil
  }

  private mutating func use(_ anchor: Anchor) throws(RecordMapper.Fault) {
    guard anchors.insert(Self.digest(anchor.text)).inserted else {
      throw Self.duplicate("Another entry of this import has the same anchor \(anchor)")
    }
  }

  private static func digest(_ text: String) -> UInt64 {
    var digest = FNV1a()
    digest.add(text.utf8)
    return digest.value
  }

  private static func duplicate(_ message: String) -> RecordMapper.Fault {
    RecordMapper.Fault(
      type: .duplicateObject, message: message,
      hint: "Remove one of them; the first one was taken")
  }

  private mutating func keep(_ object: NetObject) {
    lastID += 1
    objects[lastID] = object
    ids[object.dn.normalized] = lastID
    linkName(object.dn.normalized)
    noteReferences(of: lastID)
  }

  private mutating func linkName(_ key: String) {
    var key = key
    while let parent = NameKey.parent(of: key) {
      guard children[parent, default: []].insert(key).inserted else { return }
      key = parent
    }
  }

  private mutating func noteReferences(of id: Int) {
    for keys in objects[id]?.references.values.map(\.keys) ?? [] {
      for key in keys where touched.canLose(key) { referrers[key, default: []].insert(id) }
    }
  }

  // Only what is new: a large group may be changed often.
  private mutating func noteReferences(of id: Int, _ change: AttributeChange) {
    let new =
      switch change.operation {
      case .replace(let values): values
      case .update(let added, _): added
      }
    for case .reference(let text) in new {
      let key = NameKey.of(reference: text)
      if touched.canLose(key) { referrers[key, default: []].insert(id) }
    }
  }

  // MARK: Changes

  /// Creates an object, or says anew what one of this name is.
  mutating func add(
    _ entry: DirectoryEntry?, _ dn: DistinguishedName
  ) throws(RecordMapper.Fault) {
    let old = ids[dn.normalized].flatMap { objects[$0]?.entry?.anchor }
    if let entry, entry.anchor != old { try use(entry.anchor) }
    if let old, entry?.anchor != old { anchors.remove(Self.digest(old.text)) }
    if let id = ids[dn.normalized] {
      let isStaged = objects[id]?.isStaged ?? false
      objects[id] = NetObject(dn: dn, entry: entry)
      objects[id]?.isStaged = isStaged
      noteReferences(of: id)
    } else {
      keep(NetObject(dn: dn, entry: entry))
    }
  }

  /// Changes attributes of an object.
  mutating func modify(
    _ dn: DistinguishedName, _ changes: [AttributeChange]
  ) throws(RecordMapper.Fault) {
    guard let id = ids[dn.normalized] else { throw Self.unknown("change") }
    objects[id]?.modify(changes)
    for change in changes { noteReferences(of: id, change) }
  }

  /// Removes an object, if it is there, and all references to it.
  mutating func delete(_ dn: DistinguishedName) {
    guard let id = ids.removeValue(forKey: dn.normalized),
      let entry = objects.removeValue(forKey: id)?.entry
    else { return }
    anchors.remove(Self.digest(entry.anchor.text))
    redirect([dn.normalized: nil])
  }

  /// Gives another name to an object and to all below it.
  ///
  /// - Returns: whether the object itself is known; a container that is in no file can still have
  ///   something below it.
  mutating func rename(
    _ old: DistinguishedName, to new: DistinguishedName
  ) throws(RecordMapper.Fault) -> Bool {
    let id = ids[old.normalized]
    if let other = ids[new.normalized], other != id {
      throw RecordMapper.Fault(
        type: .duplicateObject, message: "Another object has the name \(new) already",
        hint: "Correct the record, or put the change that takes the name away before it")
    }
    let moving = unlinkSubtree(old.normalized)
    guard !moving.isEmpty else { throw Self.unknown("rename") }
    renames += 1
    var redirections: [String: DistinguishedName?] = [:]
    var anchored: [StagedMoves.Move] = []
    for id in moving {
      guard let object = objects[id], let dn = object.dn.replacing(old, by: new) else { continue }
      if object.entry != nil { redirections[object.dn.normalized] = dn }
      if object.isAnchoredByName {
        let move = StagedMoves.Move(old: object.dn, new: dn)
        anchors.remove(Self.digest(move.oldAnchor.text))
        anchored.append(move)
      }
      objects[id]?.rename(to: dn, number: renames)
      ids[dn.normalized] = id
      linkName(dn.normalized)
    }
    for move in anchored { anchors.insert(Self.digest(move.newAnchor.text)) }
    if isPastStaged { moves.note(anchored.filter { isStaged($0.new) }) }
    redirect(redirections)
    return id != nil
  }

  private func isStaged(_ dn: DistinguishedName) -> Bool {
    ids[dn.normalized].flatMap { objects[$0]?.isStaged } ?? false
  }

  /// Notes that the directory is now as it was when it was imported last.
  mutating func noteStaged() {
    guard !isPastStaged else { return }
    isPastStaged = true
    for id in objects.keys { objects[id]?.isStaged = true }
  }

  // Takes the names from `key` down out of all tables; the answer is who bore them.
  private mutating func unlinkSubtree(_ key: String) -> [Int] {
    if let parent = NameKey.parent(of: key) { children[parent]?.remove(key) }
    var found: [Int] = []
    var open = [key]
    while let key = open.popLast() {
      if let id = ids.removeValue(forKey: key) { found.append(id) }
      open += children.removeValue(forKey: key) ?? []
    }
    return found.sorted()
  }

  // Leads references to these names to others, or takes them away.
  private mutating func redirect(_ targets: [String: DistinguishedName?]) {
    for (key, dn) in targets {
      for id in referrers.removeValue(forKey: key) ?? [] {
        objects[id]?.redirect(key, to: dn)
        if let dn, touched.canLose(dn.normalized) {
          referrers[dn.normalized, default: []].insert(id)
        }
      }
    }
  }

  private static func unknown(_ change: String) -> RecordMapper.Fault {
    RecordMapper.Fault(
      type: .needFullObject,
      message: "A \(change) of an object that neither the content nor a change before it holds",
      hint: "Take change files that the content contains already out of their folder, or export "
        + "the content again")
  }

  // MARK: The end

  /// The anchors of which must be known whether they are staged before renames are told; empty if
  /// there are no renames to tell.
  var anchorsInQuestion: [Anchor] { moves.anchors }

  /// The renames without which somebody who knows objects by their names, of which these are
  /// staged, would take what is renamed for another object.
  func stagedRenames(_ staged: Set<Anchor>) -> [ImportedChange] { moves.changes(staged) }

  /// The numbers of the objects that are left, the first to be handed out last.
  ///
  /// What was renamed comes first, in the order in which it was: who stages an object that refers
  /// to it finds the new name already known.
  func order() -> [Int] {
    objects.sorted { Self.place($0) < Self.place($1) }.map(\.key).reversed()
  }

  private static func place(_ object: (key: Int, value: NetObject)) -> (Int, Int) {
    (object.value.renamed == 0 ? Int.max : object.value.renamed, object.key)
  }

  /// Hands out an object and forgets it.
  mutating func take(_ id: Int) -> NetObject? { objects.removeValue(forKey: id) }
}
