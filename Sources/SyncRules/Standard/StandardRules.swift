public import Configuration

/// The rules that an installation starts with: users, groups and contacts of a directory in the
/// manner of Active Directory, or of RFC 2798, to a SCIM tenant.
///
/// The text is TOML, to be written to a file and changed there. Precedences start at 100, so that
/// rules of one's own go before.
public enum StandardRules {
  /// The rules as TOML, with the parameters `%Source%` and `%Target%` for the connectors' names.
  public static let text = heading + "\n" + people + "\n\n" + groups + "\n\n" + outbound + "\n"

  /// The rules for connectors called `source` and `target`.
  ///
  /// - Throws: ``ConfigurationError`` never for two different names, which tests prove.
  public static func ruleSet(
    source: String, target: String
  ) throws(ConfigurationError) -> RuleSet {
    try RuleSet.parse(
      text, file: "standard rules", parameters: ["Source": source, "Target": target])
  }

  private static let heading = """
    # Synchronization rules: a directory to a SCIM tenant.
    #
    # The lower the precedence, the stronger the rule. Give rules of your own numbers below 100, and
    # instead of changing a rule, copy it, give the copy a number below 100, and write
    # "disabled = true" in this one.

    """
}
