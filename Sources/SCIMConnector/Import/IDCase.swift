import Directory

/// In which letters a server writes the GUIDs that are its objects' ids.
///
/// Some write those of members in other letters than the members themselves have: who compares them as
/// text finds nobody behind them.
struct IDCase: Sendable {
  private var hasCapitals = false
  private var hasSmall = false

  /// Whether nothing is known yet.
  var isUnknown: Bool { !hasCapitals && !hasSmall }

  /// Notes the id of an object.
  mutating func note(_ id: String) {
    guard !(hasCapitals && hasSmall), id.isGUID else { return }
    hasCapitals = hasCapitals || id.utf8.contains(where: Self.isCapital)
    hasSmall = hasSmall || id.utf8.contains(where: Self.isSmall)
  }

  /// The entry with its references in the letters that ids have; as it is where those have both.
  func resolved(_ entry: DirectoryEntry) -> DirectoryEntry {
    guard hasCapitals != hasSmall else { return entry }
    var entry = entry
    for attribute in entry.attributes.attributes where attribute.values.contains(where: isOdd) {
      entry.attributes[attribute.name] = attribute.values.map { value in
        guard isOdd(value) else { return value }
        return .reference(hasSmall ? value.text.lowercased() : value.text.uppercased())
      }
    }
    return entry
  }

  /// The references of an entry that may be ids in other letters, at most so many.
  static func candidates(_ entry: DirectoryEntry, limit: Int) -> [String] {
    var found: [String] = []
    for attribute in entry.attributes.attributes {
      for case .reference(let id) in attribute.values.prefix(limit - found.count) where id.isGUID {
        found.append(id)
      }
    }
    return found
  }

  private func isOdd(_ value: AttributeValue) -> Bool {
    guard case .reference(let id) = value,
      id.utf8.contains(where: hasSmall ? Self.isCapital : Self.isSmall)
    else { return false }
    return id.isGUID
  }

  private static func isCapital(_ byte: UInt8) -> Bool { (0x41...0x46).contains(byte) }
  private static func isSmall(_ byte: UInt8) -> Bool { (0x61...0x66).contains(byte) }
}
