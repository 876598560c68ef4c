/// What `%Name%` stands for in rules: for all of them, and for those of one connector.
///
/// Names differ by case, as Entra Connect's do: `Domain.FQDN`, `Connector.ID`.
public struct RuleParameters: Hashable, Sendable {
  /// Parameters of all rules.
  public var shared: [String: String]
  private var own: [String: [String: String]] = [:]

  /// Parameters for all rules, and for those of connectors by name.
  public init(
    shared: [String: String] = [:], connectors: [String: [String: String]] = [:]
  ) {
    self.shared = shared
    for (name, values) in connectors {
      own[name.lowercased(), default: [:]].merge(values) { _, new in new }
    }
  }

  /// The parameters of rules for `connector`: its own go before the shared ones, and those before
  /// what follows from its name.
  public func values(for connector: String) -> [String: String] {
    Self.derived(connector: connector).merging(shared) { _, new in new }
      .merging(own[connector.lowercased()] ?? [:]) { _, new in new }
  }

  /// The parameters that follow from a connector's name, as Entra Connect's connectors have them.
  ///
  /// `Connector.ID` is the name. A connector that is called as its DNS domain (`contoso.com`), or
  /// whose base name ends in `DC` components, also has `Domain.` and `Forest.` with `FQDN`, `LDAP`
  /// (`DC=contoso,DC=com`) and `Netbios` (the first label in capitals; write the true one where it
  /// differs).
  public static func derived(connector: String, baseDN: String = "") -> [String: String] {
    var values = ["Connector.ID": connector]
    let labels = domain(of: baseDN) ?? domain(named: connector)
    guard let labels else { return values }
    for scope in ["Domain", "Forest"] {
      values[scope + ".FQDN"] = labels.joined(separator: ".")
      values[scope + ".LDAP"] = labels.map { "DC=" + $0 }.joined(separator: ",")
      values[scope + ".Netbios"] = labels[0].uppercased()
    }
    return values
  }

  private static func domain(of baseDN: String) -> [String]? {
    let parts = baseDN.split(separator: ",").map { $0.drop { $0 == " " } }
    let labels = parts.reversed().prefix { $0.lowercased().hasPrefix("dc=") }.reversed()
      .map { String($0.dropFirst(3)) }
    return labels.isEmpty || labels.contains("") ? nil : labels
  }

  private static func domain(named name: String) -> [String]? {
    let labels = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
    let isDomain = labels.allSatisfy { label in
      !label.isEmpty
        && label.utf8.allSatisfy {
          (0x30...0x39).contains($0) || (0x61...0x7A).contains($0 | 0x20) || $0 == 0x2D
        }
    }
    return labels.count > 1 && isDomain ? labels : nil
  }
}
