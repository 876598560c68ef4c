import Directory

/// What somebody knows of a directory who does what imported changes say, as the engine does.
struct ImportedState: Equatable {
  struct Object: Equatable {
    var dn: String
    var objectType: String
    var attributes: AttributeSet
  }

  private(set) var objects: [Anchor: Object] = [:]

  init() {}

  init(_ imported: Imported) { apply(imported) }

  mutating func apply(_ imported: Imported) {
    for change in imported.changes { apply(change) }
  }

  private mutating func apply(_ change: ImportedChange) {
    switch change {
    case .entry(let entry):
      objects[entry.anchor] = Object(
        dn: entry.dn.text, objectType: entry.objectType,
        attributes: AttributeSet(
          entry.attributes.attributes.map { Attribute($0.name, $0.values.map(Self.keyed)) }))
    case .delete(let address):
      guard let dn = address.dn, let anchor = anchor(dn) else { return }
      objects[anchor] = nil
      redirect([dn.normalized: nil])
    case .rename(let address, let newDN):
      if let dn = address.dn { rename(dn, newDN) }
    case .modify(let address, let changes):
      guard let dn = address.dn, let anchor = anchor(dn) else { return }
      for change in changes { modify(anchor, change) }
    case .present, .leave, .letGo, .outside: break
    }
  }

  private func anchor(_ dn: DistinguishedName) -> Anchor? {
    objects.first { Self.key($0.value.dn) == dn.normalized }?.key
  }

  private static func key(_ text: String) -> String {
    (try? DistinguishedName(text))?.normalized ?? text
  }

  private static func keyed(_ value: AttributeValue) -> AttributeValue {
    guard case .reference(let text) = value else { return value }
    return .reference(key(text))
  }

  private mutating func modify(_ anchor: Anchor, _ change: AttributeChange) {
    switch change.operation {
    case .replace(let values):
      objects[anchor]?.attributes[change.name] = values.map(Self.keyed)
    case .update(let added, let removed):
      let gone = removed.map(Self.keyed)
      let old = objects[anchor]?.attributes[change.name] ?? []
      objects[anchor]?.attributes[change.name] =
        AttributeValue.values(old, without: gone) + added.map(Self.keyed)
    }
  }

  private mutating func rename(_ old: DistinguishedName, _ new: DistinguishedName) {
    var moves: [String: String?] = [:]
    var renamed: [Anchor: Object] = [:]
    for (anchor, object) in objects {
      guard let dn = try? DistinguishedName(object.dn), let moved = dn.replacing(old, by: new)
      else { continue }
      moves[dn.normalized] = .some(moved.normalized)
      objects[anchor] = nil
      var object = object
      object.dn = moved.text
      object.attributes.rename(from: dn, to: moved)
      renamed[anchor.text == dn.normalized ? Anchor(moved.normalized) : anchor] = object
    }
    objects.merge(renamed) { _, new in new }
    redirect(moves)
  }

  private mutating func redirect(_ moves: [String: String?]) {
    for (anchor, object) in objects {
      for attribute in object.attributes.attributes {
        objects[anchor]?.attributes[attribute.name] = attribute.values.compactMap { value in
          guard case .reference(let key) = value, let move = moves[key] else { return value }
          return move.map { .reference($0) }
        }
      }
    }
  }
}
