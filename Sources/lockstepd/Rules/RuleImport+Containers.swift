import Configuration
import Directory
import EntraConfiguration
import SyncRules
import Workspace

/// What the server read of its directory beside what rules say: containers, members of a group,
/// object types, attributes.
extension RuleImport {
  /// The containers to be written into a connector's section, and what can't be.
  struct Filter {
    var containers: EntraContainers?
    var notes: [String] = []
  }

  /// What becomes of the filter of `exported` in `connector`.
  func filter(_ exported: EntraConnector, _ connector: ConnectorDefinition) -> Filter {
    guard !exported.isCloud else { return Filter(notes: writeNotes(exported, connector)) }
    var filter = Filter()
    filter.notes += groupNotes(exported, connector) + typeNotes(exported, connector)
    filter.notes += attributeNotes(exported, connector)
    let (partitions, base) = partitions(of: exported, for: connector)
    if let base, partitions.isEmpty {
      filter.notes.append(
        "the server synchronized \(Self.list(exported.partitions.map(\.name))), and "
          + "\(connector.name) reads below \(base.text): no container is taken over")
    }
    for partition in partitions {
      guard partition.isSelected else {
        filter.notes.append(
          "the server did not synchronize \(partition.name); \(connector.name) reads it")
        continue
      }
      let containers = EntraContainers(partition, below: base)
      if let containers, containers.isWhole { continue }
      if let containers, partitions.count == 1, case .ldap(let section) = connector.kind {
        guard !Self.agrees(section.reading, containers) else { continue }
        if section.reading.included.isEmpty, section.reading.excluded.isEmpty {
          filter.containers = containers
          filter.notes += otherDomain(partition, connector)
          continue
        }
      }
      filter.notes.append(
        "the server synchronized of \(partition.name) only \(Self.words(partition)); "
          + "\(connector.name) reads what its own settings say: see that they let nothing else in")
    }
    return filter
  }

  /// The naming contexts that the connector reads, as far as that is known, and from where on.
  private func partitions(
    of exported: EntraConnector, for connector: ConnectorDefinition
  ) -> ([EntraPartition], DistinguishedName?) {
    if let base = Self.base(of: connector) {
      let found = exported.partition(holding: base)
      return (found.map { [$0] } ?? [], base)
    }
    return (exported.partitions.filter(\.isSelected), nil)
  }

  /// That containers of one domain were written for a connector that has another one's name, as far as
  /// its name tells: where it reads is found out only when its server is asked.
  private func otherDomain(
    _ partition: EntraPartition, _ connector: ConnectorDefinition
  ) -> [String] {
    let domain = ((try? DistinguishedName(partition.name))?.text ?? "")
      .split(separator: ",").compactMap { part -> Substring? in
        part.lowercased().hasPrefix("dc=") ? part.dropFirst(3) : nil
      }.joined(separator: ".").lowercased()
    let name = connector.name.lowercased()
    guard Self.base(of: connector) == nil, name.contains("."), !domain.isEmpty, name != domain
    else { return [] }
    return [
      "the containers are those of \(partition.name): where the directory of \(connector.name) has "
        + "another base, correct include and exclude in its section; 'lockstep check' tells"
    ]
  }

  /// The name below which a connector reads, if its section says it.
  static func base(of connector: ConnectorDefinition) -> DistinguishedName? {
    guard case .ldap(let section) = connector.kind, let base = section.reading.base else {
      return nil
    }
    return try? DistinguishedName(base)
  }

  private static func agrees(_ reading: LDAPSection.Reading, _ containers: EntraContainers) -> Bool
  {
    func names(_ texts: [String]) -> Set<String> {
      Set(texts.map { (try? DistinguishedName($0))?.normalized ?? $0 })
    }
    return names(reading.included) == Set(containers.included.map(\.normalized))
      && names(reading.excluded) == Set(containers.excluded.map(\.normalized))
  }

  private static func words(_ partition: EntraPartition) -> String {
    let excluded = partition.exclusions.filter { $0 != partition.name }
    let included = partition.inclusions.isEmpty ? "nothing" : list(partition.inclusions)
    return included + (excluded.isEmpty ? "" : " without \(list(excluded))")
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(5).joined(separator: "; ")
      + (names.count > 5 ? " and \(names.count - 5) more" : "")
  }

  private func groupNotes(
    _ exported: EntraConnector, _ connector: ConnectorDefinition
  ) -> [String] {
    guard let group = exported.parameters["Connector.GroupFilteringGroupDn"] else { return [] }
    return [
      "the server synchronized only members of \(group); \(connector.name) reads all: leave the "
        + "others out by a scope that asks for ISMEMBEROF of it"
    ]
  }

  private func typeNotes(
    _ exported: EntraConnector, _ connector: ConnectorDefinition
  ) -> [String] {
    let selected = Set(
      exported.partitions.filter(\.isSelected).flatMap(\.objectTypes).map { $0.lowercased() })
    guard !selected.isEmpty else { return [] }
    let types = Set(inbound(connector).map(\.sourceType)).filter {
      !selected.contains($0.lowercased()) && $0 != SyncRule.anyType
    }
    guard !types.isEmpty else { return [] }
    return [
      "the server read no objects of type \(Self.list(types.sorted())), for which there are rules; "
        + "\(connector.name) reads them"
    ]
  }

  private func attributeNotes(
    _ exported: EntraConnector, _ connector: ConnectorDefinition
  ) -> [String] {
    let read = inbound(connector).reduce(into: Set<AttributeName>()) { names, rule in
      names.formUnion(rule.scope.groups.flatMap(\.clauses).map(\.attribute))
      names.formUnion(rule.joins.flatMap(\.conditions).map(\.source))
      for flow in rule.flows { names.formUnion(flow.source.attributes) }
    }
    let others = exported.unselected(read)
    guard !others.isEmpty else { return [] }
    return [
      "the server did not read \(Self.list(others.map(\.text))), which rules ask for; "
        + "\(connector.name) does"
    ]
  }

  /// What an administrator kept in the house, and rules would let out: all of it is named.
  private func writeNotes(
    _ exported: EntraConnector, _ connector: ConnectorDefinition
  ) -> [String] {
    let written = active(.outbound, connector).flatMap { $0.flows.map(\.target) }
    let others = exported.unselected(Set(written).subtracting([RuleSubject.dnAttribute]))
    guard !others.isEmpty else { return [] }
    return [
      "at the server \(others.map(\.text).joined(separator: ", ")) were not selected for "
        + "\(exported.name), and rules give them values: \(connector.name) gets them, unless these "
        + "flows are taken out"
    ]
  }

  private func inbound(_ connector: ConnectorDefinition) -> [SyncRule] {
    active(.inbound, connector)
  }

  private func active(_ direction: Direction, _ connector: ConnectorDefinition) -> [SyncRule] {
    rules.filter {
      $0.direction == direction && !$0.isDisabled && $0.connector == connector.name
    }
  }
}
