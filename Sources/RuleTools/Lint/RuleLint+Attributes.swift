import Configuration
import Directory
import SyncExpressions
import SyncRules

// Names that nobody has, and values that do not fit.
extension RuleLint {
  /// The pseudo-attribute that holds an object's distinguished name.
  private static let dn: AttributeName = "dn"

  mutating func checkConnector(_ rule: SyncRule) {
    guard let connectors = surroundings.connectors else { return }
    guard let connector = surroundings.connector(rule.connector) else {
      let names = connectors.map(\.name)
      return error(
        rule, "is for the connector \"\(rule.connector)\", which there is not",
        hint: Spelling.hint(for: rule.connector, among: names))
    }
    checkType(rule.connectorType, connector.schema, rule, of: "\"\(connector.name)\"")
    if rule.metaverseType != "*" {
      checkType(rule.metaverseType, surroundings.metaverse, rule, of: "the metaverse")
    }
    guard let known = connector.parameters else { return }
    for name in rule.parameters.subtracting(known).sorted() {
      error(
        rule, "uses the parameter %\(name)%, which \"\(connector.name)\" does not have",
        hint: known.isEmpty
          ? "add it to the connector's parameters" : Spelling.hint(for: name, among: known))
    }
  }

  private mutating func checkType(
    _ type: String, _ schema: DirectorySchema?, _ rule: SyncRule, of owner: String
  ) {
    guard let types = schema?.objectTypes, !types.isEmpty,
      !types.contains(where: { $0.lowercased() == type.lowercased() })
    else { return }
    error(
      rule, "is for objects of type \(type), which \(owner) does not have",
      hint: Spelling.hint(for: type, among: types))
  }

  /// The attributes that the rule reads or looks for.
  mutating func checkReads(_ rule: SyncRule) {
    if rule.direction == .inbound {
      for name in sorted(rule.reads) { checkConnectorName(name, rule, "reads") }
      for name in sorted(rule.joinTargets) {
        checkMetaverseName(name, rule, "looks for partners by")
      }
    } else {
      for name in sorted(rule.reads) { checkMetaverseName(name, rule, "reads") }
      for name in sorted(rule.joinTargets) {
        checkConnectorName(name, rule, "looks for partners by")
      }
    }
  }

  private func sorted(_ names: Set<AttributeName>) -> [AttributeName] {
    names.sorted { $0.text < $1.text }
  }

  mutating func checkConnectorName(_ name: AttributeName, _ rule: SyncRule, _ verb: String) {
    guard name != Self.dn, let connector = surroundings.connector(rule.connector),
      let known = connector.attributes(of: rule.connectorType),
      connector.definition(name, of: rule.connectorType) == nil
    else { return }
    let message =
      "\(verb) \(name), which objects of type \(rule.connectorType) of \"\(connector.name)\" do "
      + "not have"
    let hint = Self.hint(name, known)
    // What a rule reads may be absent; what it writes has no place, and the export of each object
    // fails.
    if verb == Self.writes {
      error(rule, message, hint: hint)
    } else {
      warn(rule, message, hint: hint)
    }
  }

  static let writes = "writes"

  /// Attributes of the metaverse must be in its schema, and somebody must write them.
  mutating func checkMetaverseName(_ name: AttributeName, _ rule: SyncRule, _ verb: String) {
    if let schema = surroundings.metaverse, schema.attributes[name] == nil {
      return error(
        rule, "\(verb) \(name), which the metaverse does not have",
        hint: Self.hint(name, schema.attributes.keys.map(\.text)))
    }
    // Where no rule of the set goes into the metaverse, the set is a part of a larger one.
    guard !writers.isEmpty else { return }
    guard writers.of(name, type: rule.metaverseType).isEmpty else {
      return checkDelivery(name, rule, verb)
    }
    let written = writers.attributes(of: rule.metaverseType)
    warn(
      rule,
      "\(verb) \(name), which no inbound rule writes to objects of type \(rule.metaverseType)",
      // The advice is for slips of the pen: another attribute with a like name is no better, and in a
      // scope it is worse.
      hint: Spelling.nearest(name.text, among: written.map(\.text), within: 2)
        .map { "is \"\($0)\" meant?" }
        ?? "it has no value then: see that this is meant, as in rules for more than is used here")
  }

  /// The attribute that may be meant, or what to do.
  ///
  /// The URN of a schema makes most of a name's length: compared as one text, any two attributes of
  /// two schemas would look alike.
  static func hint(_ name: AttributeName, _ known: [String]) -> String {
    let (schema, own) = parts(name.text)
    let all = known.map { ($0, parts($0)) }
    let same = all.filter { $0.1.schema == schema }
    let near = Spelling.nearest(own, among: same.map(\.1.name))
    let meant =
      same.first { $0.1.name == near }
      ?? all.first {
        $0.1.name == own && Spelling.nearest(schema, among: [$0.1.schema], within: 2) != nil
      }
    return meant.map(\.0).map { "did you mean \"\($0)\"?" }
      ?? "take it out, or see that the schema has it"
  }

  /// The URN of a name's schema, empty without one, and the rest of the name.
  private static func parts(_ name: String) -> (schema: String, name: String) {
    guard name.lowercased().hasPrefix("urn:"), let colon = name.lastIndex(of: ":") else {
      return ("", name)
    }
    return (name[..<colon].lowercased(), String(name[name.index(after: colon)...]))
  }
}

extension SyncRule {
  /// The attributes of the other side in which the rule looks for partners.
  var joinTargets: Set<AttributeName> {
    Set(joins.flatMap { $0.conditions.map(\.target) })
  }
}
