public import Configuration

/// The rules that an installation starts with: users, groups and contacts of Active Directory, or
/// of a directory in the manner of RFC 2798 and RFC 4519, to a SCIM tenant; or users and security
/// groups to Microsoft Entra ID.
///
/// The text is TOML, to be written to a file and changed there. Precedences start at 100, so that
/// rules of one's own go before.
public enum StandardRules {
  /// As whose names the target's attributes are written.
  public enum TargetNames: Sendable, CaseIterable {
    /// As those of SCIM (RFC 7643) and the extensions of Lockstep's own tenant.
    case scim
    /// As those of SCIM (RFC 7643) alone, as services of others know them.
    case service
    /// As those of the connector to Microsoft Graph, which are Entra Connect's.
    case graph
  }

  /// The rules as TOML, with the parameters `%Source%` and `%Target%` for the connectors' names and
  /// `%Domain.FQDN%` for the source's domain.
  public static let text = text(for: .scim)

  /// The same for a target that has these names.
  ///
  /// Graph lets nobody make contacts, distribution groups or groups with a mail address: its rules
  /// leave them where they are. Services that speak SCIM have users and groups.
  public static func text(for names: TargetNames) -> String {
    let parts =
      switch names {
      case .scim:
        [
          heading("a SCIM tenant"), scopes, scopesOfAllGroups, people, inetOrgPeople, groups,
          contacts,
          recognition, outbound,
        ]
      case .service:
        [
          heading("a service that speaks SCIM 2.0"), scopes, scopesOfAllGroups, people,
          inetOrgPeople,
          groups, withoutContacts(recognition), ofServices(outbound),
        ]
      case .graph:
        [
          heading("Microsoft Entra ID by Microsoft Graph"), scopes, scopesOfSecurityGroups, people,
          inetOrgPeople, groups, graphDetails, graphRecognition, graphOutbound,
        ]
      }
    return parts.joined(separator: "\n") + "\n"
  }

  /// The rules of `text` for what RFC 7643 knows: users and groups, and no attribute of an extension of
  /// Lockstep's own, for which a strict service would refuse every object.
  private static func ofServices(_ text: String) -> String {
    withoutContacts(text).split(separator: "\n", omittingEmptySubsequences: false)
      .filter { !$0.contains("urn:lockstep:") }.joined(separator: "\n")
  }

  private static func withoutContacts(_ text: String) -> String {
    let start = "[[rule]]\n"
    return text.split(separator: start, omittingEmptySubsequences: false)
      .filter { !$0.prefix { !$0.isNewline }.contains("Contact") }.joined(separator: start)
  }

  /// The rules for connectors called `source` and `target`.
  ///
  /// - Parameters:
  ///   - source: The connector that identities come from; its domain is its name.
  ///   - target: The connector that they go to.
  ///   - names: As whose names the target's attributes are written.
  /// - Throws: ``ConfigurationError`` never for two different names, which tests prove.
  public static func ruleSet(
    source: String, target: String, names: TargetNames = .scim
  ) throws(ConfigurationError) -> RuleSet {
    let parameters = ["Source": source, "Target": target, "Domain.FQDN": source]
    return try RuleSet.parse(text(for: names), file: "standard rules", parameters: parameters)
  }

  private static func heading(_ target: String) -> String {
    """
    # Synchronization rules: a directory to \(target).
    #
    # The lower the precedence, the stronger the rule. Give rules of your own numbers below 100, and
    # instead of changing a rule, copy it, give the copy a number below 100, and write
    # "disabled = true" in this one.
    #
    # To keep objects out of the tenant, write a rule of link "Join" that gives the constant
    # cloudFiltered = true to those in its scope. Domain.FQDN follows from the connector's name if
    # that is a domain; else define it in the connector's [connector.parameters] in lockstep.toml.

    """
  }
}
