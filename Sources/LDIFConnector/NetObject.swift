import Directory

/// An object of the content that change files alter, while they are applied.
struct NetObject {
  var dn: DistinguishedName
  /// What it says, without references; nil if its type is not wanted.
  private(set) var entry: DirectoryEntry?
  // By their keys, so that one of a large group's members is found at once.
  private(set) var references: [AttributeName: [String: String]] = [:]
  /// When it was renamed last, from 1; 0 if it never was.
  private(set) var renamed = 0
  /// Whether it was there when the directory was imported last.
  var isStaged = false

  init(dn: DistinguishedName, entry: DirectoryEntry?) {
    self.dn = dn
    self.entry = entry
    guard let entry else { return }
    for attribute in entry.attributes.attributes {
      guard case .reference? = attribute.values.first else { continue }
      self.entry?.attributes[attribute.name] = []
      add(attribute.values, to: attribute.name)
    }
  }

  /// Whether its name is its anchor, because it has nothing better.
  var isAnchoredByName: Bool { entry?.anchor.text == dn.normalized }

  /// The object as a full import hands it out.
  var whole: DirectoryEntry? {
    guard var entry else { return nil }
    for (name, values) in references where !values.isEmpty {
      entry.attributes[name] = values.values.map { .reference($0) }
    }
    return entry
  }

  /// How many values it holds, as a measure of its size.
  var size: Int {
    let plain = entry?.attributes.attributes.reduce(0) { $0 + $1.values.count } ?? 0
    return references.reduce(plain) { $0 + $1.value.count }
  }

  /// Does what a modify record says: present values may be added and missing ones removed.
  mutating func modify(_ changes: [AttributeChange]) {
    for change in changes { modify(change) }
  }

  private mutating func modify(_ change: AttributeChange) {
    switch change.operation {
    case .replace(let values):
      references[change.name] = nil
      guard case .reference? = values.first else {
        entry?.attributes[change.name] = values
        return
      }
      add(values, to: change.name)
    case .update(let added, let removed):
      guard case .reference? = (added + removed).first else {
        let old = entry?.attributes[change.name] ?? []
        entry?.attributes[change.name] = AttributeValue.values(old, without: removed) + added
        return
      }
      for value in removed {
        references[change.name]?[NameKey.of(reference: value.text)] = nil
      }
      add(added, to: change.name)
    }
  }

  private mutating func add(_ values: [AttributeValue], to name: AttributeName) {
    for value in values {
      references[name, default: [:]][NameKey.of(reference: value.text)] = value.text
    }
  }

  /// Takes another name as change number `number`, of its own or of a container's.
  mutating func rename(to dn: DistinguishedName, number: Int) {
    if isAnchoredByName { entry?.anchor = Anchor(dn.normalized) }
    entry?.attributes.rename(from: self.dn, to: dn)
    entry?.dn = dn
    self.dn = dn
    renamed = number
  }

  /// Rewrites references to `key`, or takes them away.
  mutating func redirect(_ key: String, to dn: DistinguishedName?) {
    // A list of their own: names that keep hold of the table would have it copied.
    for name in Array(references.keys) {
      guard references[name]?.removeValue(forKey: key) != nil, let dn else { continue }
      references[name]?[dn.normalized] = dn.text
    }
  }
}
