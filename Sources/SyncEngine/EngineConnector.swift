public import Directory
import SyncRules
public import SyncStore

/// A connector as the engine runs it.
public struct EngineConnector: Sendable {
  /// Its name, as the rules and a person know it.
  public var name: String
  /// Its type: `ldif`, `scim`.
  public var type: String
  /// Whether identities come from it; otherwise they go to it.
  public var isSource: Bool
  /// The way to its directory.
  public var connector: any Connector
  /// A text that differs when filter, containers or attributes differ: the next import is then
  /// a full one.
  public var fingerprint: String
  /// How many changes pass without a person's word.
  public var limits = GuardLimits()
  /// Objects that an import must show before it is believed that others are gone.
  public var canaries: [DistinguishedName] = []
  /// How its directory is watched for changes; nil if it is not.
  public var watch: ChangeWatchSetup?

  /// A connector of these parts.
  public init(
    name: String, type: String, isSource: Bool, connector: any Connector, fingerprint: String
  ) {
    self.name = name
    self.type = type
    self.isSource = isSource
    self.connector = connector
    self.fingerprint = fingerprint
  }
}

/// A connector with its number in the store and what its directory says about itself.
///
/// A class, as the plan is: every decision about an object holds it, on all cores at once.
final class ActiveConnector: Sendable {
  let id: Int64
  let engine: EngineConnector
  let schema: DirectorySchema
  let serverIdentity: String

  init(
    id: Int64, engine: EngineConnector,
    schema: DirectorySchema = DirectorySchema(attributes: [:], objectTypes: []),
    serverIdentity: String = ""
  ) {
    self.id = id
    self.engine = engine
    self.schema = schema
    self.serverIdentity = serverIdentity
  }

  var name: String { engine.name }

  /// Whether the server that answers is the one that was told as `old`: as it is now, or before it told
  /// which database it has.
  func isServer(known old: String) -> Bool {
    old == serverIdentity || serverIdentity.hasPrefix(old + " database ")
  }

  /// Whether its connector space holds any object, also one that is yet to be exported.
  func hasObjects(_ store: SyncStore) throws -> Bool {
    try store.look { try $0.hasObjects(connector: id) }
  }

  /// The attributes whose values are other objects.
  var references: Set<AttributeName> {
    Set(schema.attributes.filter { $0.value.kind == .reference }.keys)
  }
}

/// The rules and the connectors that they connect, as one run sees them.
final class SyncPlan: Sendable {
  let rules: RuleSet
  let connectors: [ActiveConnector]

  init(rules: RuleSet, connectors: [ActiveConnector]) {
    self.rules = rules
    self.connectors = connectors
  }

  func connector(_ id: Int64) -> ActiveConnector? { connectors.first { $0.id == id } }

  /// The rules of a connector in one direction that are in force.
  func rules(of connector: ActiveConnector, _ direction: Direction) -> [SyncRule] {
    rules.rules.filter {
      $0.direction == direction && !$0.isDisabled
        && $0.connector.lowercased() == connector.name.lowercased()
    }
  }

  /// Attributes that inbound rules read from a linked object of a connector.
  func relevantAttributes(of connector: ActiveConnector) -> Set<AttributeName> {
    var names: Set<AttributeName> = []
    for rule in rules(of: connector, .inbound) {
      for flow in rule.flows { names.formUnion(flow.source.attributes) }
      for group in rule.scope.groups { names.formUnion(group.clauses.map(\.attribute)) }
    }
    return names
  }

  /// The object types that a connector's inbound rules read; nil for all.
  func typesRead(of connector: ActiveConnector) -> Set<String>? {
    let types = Set(rules(of: connector, .inbound).map(\.sourceType))
    return types.contains(SyncRule.anyType) ? nil : types
  }

  /// References for which scope clauses and expressions of a connector's inbound rules ask.
  func scopedReferences(of connector: ActiveConnector) -> Set<AttributeName> {
    SubjectNeeds(inboundFrom: connector, self).all
  }

  /// Whether objects of a connector give anything to the metaverse, or keep its objects alive.
  func contributes(_ connector: ActiveConnector) -> Bool {
    rules(of: connector, .inbound).contains { !$0.flows.isEmpty || $0.linkType != .join }
  }

  /// Metaverse attributes whose values are metaverse objects.
  var metaverseReferences: Set<AttributeName> {
    var names: Set<AttributeName> = []
    for connector in connectors {
      let references = connector.references
      for rule in rules(of: connector, .inbound) {
        for flow in rule.flows {
          if case .direct(let source) = flow.source, references.contains(source) {
            names.insert(flow.target)
          }
        }
      }
    }
    return names.union(madeReferences)
  }

  /// Metaverse attributes in which inbound rules unite what they give.
  var mergedAttributes: Set<AttributeName> {
    let inbound = rules.rules.filter { $0.direction == .inbound && !$0.isDisabled }
    return Set(inbound.flatMap(\.flows).filter { $0.merge != .update }.map(\.target))
  }

  /// Metaverse attributes to which expressions may give references, and which flow to references of
  /// a target: what they hold is references, then, and not their text.
  var madeReferences: Set<AttributeName> {
    var made: Set<AttributeName> = []
    var wanted: Set<AttributeName> = []
    for connector in connectors {
      let references = connector.references
      for flow in rules(of: connector, .inbound).flatMap(\.flows)
      where flow.mayMakeReferences(of: references) {
        made.insert(flow.target)
      }
      for flow in rules(of: connector, .outbound).flatMap(\.flows)
      where references.contains(flow.target) {
        wanted.formUnion(flow.source.attributes)
      }
    }
    return made.intersection(wanted)
  }

  /// Attributes of a target that hold references, and to which expressions may give some.
  func madeReferences(in target: ActiveConnector) -> Set<AttributeName> {
    let references = target.references
    let own = metaverseReferences
    return Set(
      rules(of: target, .outbound).flatMap(\.flows)
        .filter { references.contains($0.target) && $0.mayMakeReferences(of: own) }
        .map(\.target))
  }

  /// Whether a synchronization looks at references of a connector's objects: they flow into the
  /// metaverse, or tell members of groups for which scopes ask.
  func flowsReferences(_ connector: ActiveConnector) -> Bool {
    if !SubjectNeeds(inboundFrom: connector, self).groups.isEmpty { return true }
    let references = connector.references
    let made = madeReferences
    return rules(of: connector, .inbound).contains { rule in
      rule.flows.contains { flow in
        if case .direct(let source) = flow.source { return references.contains(source) }
        return made.contains(flow.target) && flow.mayMakeReferences(of: references)
      }
    }
  }
}
