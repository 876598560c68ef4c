/// The parts of a path in the one form in which they are routed, whatever form a client took: Graph
/// knows no case in them, takes keys in parentheses, and names of actions with their namespace
/// (OData 4.01, URL Conventions §4).
enum GraphPath {
  /// `path` in that form.
  static func normalised(_ path: [String]) -> [String] { path.flatMap(parts) }

  private static let words: [String: String] = Dictionary(
    uniqueKeysWithValues: """
      users groups contacts devices directory deletedItems onPremisesSynchronization organization \
      domains directoryObjects servicePrincipals auditLogs provisioning synchronization jobs \
      bulkUpload me members owners ownedObjects memberOf transitiveMembers transitiveMemberOf \
      manager directReports delta restore getByIds checkMemberGroups checkMemberObjects \
      getMemberGroups getMemberObjects $count $ref $batch
      """.split(separator: " ").map { ($0.lowercased(), String($0)) })

  private static let kinds: [String: String] = Dictionary(
    uniqueKeysWithValues: """
      user group orgContact device directoryRole administrativeUnit servicePrincipal application
      """.split(separator: " ").map { ($0.lowercased(), String($0)) })

  private static func parts(_ segment: String) -> [String] {
    if segment.hasSuffix(")"), let open = segment.firstIndex(of: "("),
      case let name = word(String(segment[..<open])), words[name.lowercased()] != nil
    {
      let inner = segment[segment.index(after: open)...].dropLast()
      if inner.isEmpty { return [name] }
      if inner.count > 2, inner.hasPrefix("'"), inner.hasSuffix("'") {
        let key = String(inner.dropFirst().dropLast()).replacing("''", with: "'")
        return [name, ResourceID.folded(key)]
      }
    }
    return [word(segment)]
  }

  private static func word(_ segment: String) -> String {
    let folded = segment.lowercased()
    if let word = words[folded] { return word }
    for namespace in ["microsoft.graph.", "graph."] where folded.hasPrefix(namespace) {
      let rest = String(folded.dropFirst(namespace.count))
      if let kind = kinds[rest] { return "microsoft.graph." + kind }
      if let action = words[rest] { return action }
    }
    return ResourceID.folded(segment)
  }
}

extension ResourceID {
  /// `id` as it is kept: a GUID in lower case, anything else as it is.
  static func folded(_ id: String) -> String {
    let bytes = Array(id.utf8)
    guard bytes.count == 36 else { return id }
    for (index, byte) in bytes.enumerated() {
      let isDash = [8, 13, 18, 23].contains(index)
      guard isDash ? byte == UInt8(ascii: "-") : Percent.digit(byte) != nil else { return id }
    }
    return id.lowercased()
  }
}
