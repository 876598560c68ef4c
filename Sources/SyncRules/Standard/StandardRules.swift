public import Configuration

/// The rules that an installation starts with: users, groups and contacts of Active Directory, or
/// of a directory in the manner of RFC 2798 and RFC 4519, to a SCIM tenant.
///
/// The text is TOML, to be written to a file and changed there. Precedences start at 100, so that
/// rules of one's own go before.
public enum StandardRules {
  /// The rules as TOML, with the parameters `%Source%` and `%Target%` for the connectors' names and
  /// `%Domain.FQDN%` for the source's domain.
  public static let text =
    [heading, scopes, people, inetOrgPeople, groups, contacts, recognition, outbound]
    .joined(separator: "\n") + "\n"

  /// The rules for connectors called `source` and `target`.
  ///
  /// - Parameters:
  ///   - source: The connector that identities come from; its domain is its name.
  ///   - target: The connector that they go to.
  /// - Throws: ``ConfigurationError`` never for two different names, which tests prove.
  public static func ruleSet(
    source: String, target: String
  ) throws(ConfigurationError) -> RuleSet {
    let parameters = ["Source": source, "Target": target, "Domain.FQDN": source]
    return try RuleSet.parse(text, file: "standard rules", parameters: parameters)
  }

  private static let heading = """
    # Synchronization rules: a directory to a SCIM tenant.
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
