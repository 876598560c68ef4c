import Directory

/// Discovery errors that a delta ends: a full import ends all that came before it.
extension Stager {
  /// Ends the errors of objects that could not be read before, where the batch tells them as a whole,
  /// or the attribute that could not be read, or that they are gone.
  func endErrors(_ batch: ImportBatch) throws {
    let open = try tx.unreadObjects(connector: context.connector, before: context.step)
    guard !open.isEmpty else { return }
    var told = ToldObjects()
    for change in batch.changes { try note(change, &told) }
    let over = open.filter(told.ends).map(\.id)
    if !over.isEmpty { try tx.endErrors(over) }
  }

  private func note(_ change: ImportedChange, _ told: inout ToldObjects) throws {
    switch change {
    case .entry(let entry): told.note(ObjectAddress(anchor: entry.anchor, dn: entry.dn))
    case .delete(let address), .leave(let address), .letGo(let address):
      told.note(try named(address))
    case .modify(let address, let changes):
      let whole = changes.filter {
        if case .replace = $0.operation { true } else { false }
      }
      guard !whole.isEmpty else { return }
      told.note(try named(address), attributes: whole.map(\.name))
    case .present, .rename, .outside: break
    }
  }

  /// The address with the name of what is staged, if the directory told none.
  private func named(_ address: ObjectAddress) throws -> ObjectAddress {
    guard address.dn == nil, let stored = try find(address) else { return address }
    return ObjectAddress(anchor: address.anchor, dn: try? DistinguishedName(stored.dn))
  }
}

/// What a batch tells, by names and anchors.
private struct ToldObjects {
  private var wholes: Set<String> = []
  private var attributes: [String: Set<AttributeName>] = [:]

  mutating func note(_ address: ObjectAddress) { wholes.formUnion(Self.keys(address)) }

  mutating func note(_ address: ObjectAddress, attributes names: [AttributeName]) {
    for key in Self.keys(address) { attributes[key, default: []].formUnion(names) }
  }

  func ends(_ error: StoreTransaction.UnreadObject) -> Bool {
    let name = try? DistinguishedName(error.dn)
    return Self.keys(ObjectAddress(anchor: error.anchor, dn: name)).contains { key in
      wholes.contains(key)
        || !error.attribute.isEmpty
          && attributes[key]?.contains(AttributeName(error.attribute)) == true
    }
  }

  private static func keys(_ address: ObjectAddress) -> [String] {
    [
      address.anchor.map { "anchor " + $0.text }, address.dn.map { "name " + $0.normalized },
    ].compactMap { $0 }
  }
}
