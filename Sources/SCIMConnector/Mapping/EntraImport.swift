import Directory

/// A reader that gives what another one reads under the names of Entra Connect's connector.
struct RenamingImportReader: ImportReader {
  let reader: any ImportReader
  let naming: AttributeNaming

  func next() async throws -> ImportBatch? { renamed(try await reader.next()) }

  func look(for objects: [UnshownObject]) async throws -> ImportBatch? {
    renamed(try await reader.look(for: objects))
  }

  private func renamed(_ batch: ImportBatch?) -> ImportBatch? {
    guard var batch else { return nil }
    batch.changes = batch.changes.map { change in
      if case .entry(let entry) = change { return .entry(naming.renamed(entry)) }
      return change
    }
    return batch
  }
}

extension AttributeNaming {
  /// `entry` under the names of the connector space, with what the connector for Entra ID tells
  /// beside the attributes of the directory.
  func renamed(_ entry: DirectoryEntry) -> DirectoryEntry {
    let table = table(entry.objectType)
    var attributes: [Attribute] = []
    attributes.reserveCapacity(entry.attributes.attributes.count + 3)
    for attribute in entry.attributes.attributes {
      attributes.append(Attribute(table.name(attribute.name), attribute.values))
    }
    attributes.append(Attribute(EntraNames.dn, [.string(entry.dn.text)]))
    let kind = entry.objectType.prefix(1).uppercased() + entry.objectType.dropFirst()
    attributes.append(
      Attribute(EntraNames.cloudAnchor, [.string(kind + "_" + entry.anchor.text)]))
    let isTied = Self.isTied(entry, table)
    attributes.append(Attribute(EntraNames.cloudMastered, [.boolean(!isTied)]))
    var renamed = entry
    renamed.attributes = AttributeSet(attributes)
    return renamed
  }

  /// Whether the object is one of a directory on premises.
  private static func isTied(_ entry: DirectoryEntry, _ table: Table) -> Bool {
    guard let urn = table.onPremises else {
      return entry.attributes.contains(EntraNames.externalID)
    }
    return entry.attributes[AttributeName(urn + ":syncEnabled")] == [.boolean(true)]
  }
}
