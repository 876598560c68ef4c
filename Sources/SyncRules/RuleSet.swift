public import Configuration
public import Directory

/// All synchronization rules of an installation, compiled for quick evaluation.
public struct RuleSet: Sendable {
  /// The rules, also those that are disabled, the lowest precedence number first.
  public let rules: [SyncRule]
  /// A text that is the same for rules of the same meaning, wherever and however they are written.
  public let fingerprint: String
  /// The number of the way in which this version works rules out: another one where the same rules
  /// may give other values than before, so that all is to be worked out anew.
  public static let evaluation = 5
  /// What `%Name%` stands for in them.
  public let parameters: RuleParameters
  let inbound: BucketIndex
  let outbound: BucketIndex
  /// What targets allow to be matched, by connector in lower case.
  public let matching: [String: MatchOptions]
  /// Where that stands, by connector in lower case.
  public let matchingPlaces: [String: SourcePlace]

  /// The set of `rules`.
  ///
  /// - Parameters:
  ///   - rules: The rules, in any order.
  ///   - parameters: What `%Name%` stands for in expressions and in the values of scopes and
  ///     constants.
  ///   - matching: What targets allow to be matched with what they have already, by connector.
  ///   - matchingPlaces: Where that stands, by connector in lower case.
  /// - Throws: ``ConfigurationError`` if two rules can't live together: same id, same precedence for
  ///   a direction and connector while both are in force, or different merge types for one attribute; or if a rule names
  ///   a parameter that there is not.
  public init(
    _ rules: [SyncRule], parameters: RuleParameters = RuleParameters(),
    matching: [String: MatchOptions] = [:], matchingPlaces: [String: SourcePlace] = [:]
  ) throws(ConfigurationError) {
    var expanded: [SyncRule] = []
    for rule in rules { expanded.append(try rule.expanding(parameters)) }
    try Self.checkTogether(expanded)
    let sorted = expanded.sorted { $0.precedes($1) }
    let options = Dictionary(
      matching.map { ($0.key.lowercased(), $0.value) }, uniquingKeysWith: { first, _ in first })
    self.rules = sorted
    self.parameters = parameters
    self.matching = options
    self.matchingPlaces = matchingPlaces
    fingerprint = RuleFingerprint.make(sorted, parameters, options)
    inbound = BucketIndex(
      sorted.filter { $0.direction == .inbound }, broader: BucketIndex.broaderTypes,
      parameters: parameters, matching: options)
    outbound = BucketIndex(
      sorted.filter { $0.direction == .outbound }, parameters: parameters, matching: options)
  }

  /// What a target allows to be matched with objects that it has already.
  public func matching(for connector: String) -> MatchOptions {
    matching[connector.lowercased()] ?? MatchOptions()
  }

  /// The metaverse attributes in which inbound joins look for partners.
  public var indexedMetaverseAttributes: Set<AttributeName> {
    joinTargets { $0.direction == .inbound }
  }

  /// The attributes of a connector space in which outbound joins look for partners.
  public func indexedConnectorAttributes(connector: String) -> Set<AttributeName> {
    let name = connector.lowercased()
    return joinTargets { $0.direction == .outbound && $0.connector.lowercased() == name }
  }

  private func joinTargets(_ isWanted: (SyncRule) -> Bool) -> Set<AttributeName> {
    let wanted = rules.filter { !$0.isDisabled && isWanted($0) }
    return Set(wanted.flatMap(\.joins).flatMap(\.conditions).map(\.target))
  }
}
