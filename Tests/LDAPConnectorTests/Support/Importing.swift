import Directory

@testable import LDAPConnector

/// All that an import gave.
struct Imported {
  var batches: [ImportBatch] = []
  var changes: [ImportedChange] { batches.flatMap(\.changes) }
  var errors: [DiscoveryError] { batches.flatMap(\.errors) }
  var entries: [DirectoryEntry] {
    changes.compactMap { if case .entry(let entry) = $0 { entry } else { nil } }
  }

  /// The entry called `dn`.
  func entry(_ dn: String) -> DirectoryEntry? {
    let wanted = try? DistinguishedName(dn)
    return entries.first { $0.dn == wanted }
  }
}

extension LDAPConnector {
  /// Imports everything, or what changed since `watermark`.
  @discardableResult
  func run(
    objectTypes: [String] = [], since watermark: Watermark? = nil
  ) async throws -> Imported {
    let reader = try await openImport(
      ImportRequest(watermark: watermark, objectTypes: objectTypes, stagedCount: { 0 }))
    var result = Imported()
    while let batch = try await reader.next() { result.batches.append(batch) }
    return result
  }
}

extension TestSlapd {
  /// A connector that binds as the administrator.
  func connector(
    _ adjust: (inout LDAPConnectorSettings) -> Void = { _ in }
  ) -> LDAPConnector {
    var settings = LDAPConnectorSettings(connection: settings())
    adjust(&settings)
    return LDAPConnector(settings)
  }
}

/// A person's record below `ou=people`; classes in `more` go with the others, as slapadd wants them.
func person(_ name: String, _ more: String = "", below: String = "ou=people") -> String {
  let lines = more.split(separator: "\n").map { $0 + "\n" }
  let classes = lines.filter { $0.hasPrefix("objectClass:") }.joined()
  let rest = lines.filter { !$0.hasPrefix("objectClass:") }.joined()
  return "dn: cn=\(name),\(below),dc=example,dc=org\nobjectClass: inetOrgPerson\n" + classes
    + "cn: \(name)\nsn: \(name)\n" + rest + "\n"
}
