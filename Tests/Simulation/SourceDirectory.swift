import Directory
import Synchronization

/// A source directory behind its connector, with faults to order.
final class SourceDirectory: Connector, Sendable {
  /// How a delta import tells what happened.
  enum Delivery: Sendable {
    /// Each object that changed once, as it is now, in the order of its last change; before them,
    /// containers that got other names say so, and what is below them says nothing.
    case entries
    /// Each change, in order, as it happened.
    case log
  }

  struct State {
    var content: SourceState
    var faults = ImportFaults()
    var server = 1
    /// A planted bug: the changes of which the delta import does not tell, by their number.
    var forgottenChange: Int?
    var told = 0
  }

  let name: Place
  let delivery: Delivery
  let page: Int
  let state: Mutex<State>
  private let knowsDeltas: Bool
  /// Whether all below a container that got another name is told as it is now, in the place of that.
  private let retellsBelow: Bool
  private let schema: DirectorySchema
  private let trace: Trace

  init(
    _ name: Place, _ content: sending SourceState, delivery: Delivery, knowsDeltas: Bool,
    retellsBelow: Bool = false, page: Int, schema: DirectorySchema, trace: Trace
  ) {
    self.name = name
    self.delivery = delivery
    self.knowsDeltas = knowsDeltas
    self.retellsBelow = retellsBelow
    self.page = page
    self.schema = schema
    self.trace = trace
    state = Mutex(State(content: content))
  }

  var capabilities: ConnectorCapabilities {
    ConnectorCapabilities(deltaImport: knowsDeltas, export: false)
  }

  func describe() async throws -> DirectoryDescription {
    let (server, faults) = state.withLock { ($0.server, $0.faults) }
    try faults.checkReachable(name.rawValue)
    return DirectoryDescription(
      serverIdentity: "\(name.rawValue)-\(server)", summary: "simulated", schema: schema)
  }

  func check() async -> [ConnectionFinding] { [] }

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] { [] }

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    let from = request.watermark.flatMap { Int($0.value) }
    return try state.withLock { state in
      try state.faults.checkReachable(name.rawValue)
      let end = state.content.log.count
      let changes: [ImportedChange]
      var marks: [Int]?
      if let from {
        guard !state.faults.refusesWatermark, from <= end else {
          throw ImportFaults.refusal(name.rawValue)
        }
        let start = delivery == .entries ? max(0, from - state.faults.overlap) : from
        changes = try delta(start, &state)
        if delivery == .log, state.forgottenChange == nil {
          marks = Array((start + 1)..<(end + 1))
        }
      } else {
        changes = try whole(state)
      }
      trace.note(
        "  \(name) tells \(from.map { "since \($0)" } ?? "all"): "
          + changes.map(Self.words).joined(separator: "; "))
      return PagedReader(
        name: name.rawValue, changes, watermarks: marks, end: end, page: page, state.faults)
    }
  }

  private func whole(_ state: State) throws -> [ImportedChange] {
    if state.faults.showsNothing { return [] }
    let entries = try state.content.ids.filter(state.content.isRead)
      .compactMap(state.content.entry)
    return state.faults.order(entries.count).map { .entry(entries[$0]) }
  }

  private func delta(_ start: Int, _ state: inout State) throws -> [ImportedChange] {
    let items = state.content.log[start...]
    let changes = try delivery == .log ? items.map(\.change) : present(items, state.content)
    guard let forgotten = state.forgottenChange else { return changes }
    let before = state.told
    state.told += changes.count
    return changes.enumerated().filter { before + $0.offset != forgotten }.map(\.element)
  }

  /// The objects that `items` are of, as they are now.
  private func present(
    _ items: ArraySlice<SourceState.LogItem>, _ content: SourceState
  ) throws -> [ImportedChange] {
    var told: Set<Int> = []
    let last = items.reversed().filter { told.insert($0.node).inserted }.reversed()
    let moved = movedContainers(items, content)
    let below = retellsBelow ? moved : []
    let others = content.ids.filter { id in
      !told.contains(id) && content.isRead(id) && below.contains { content.isBelow(id, $0) }
    }
    return try (retellsBelow ? [] : renames(moved, content))
      + others.compactMap { try content.entry($0).map { .entry($0) } }
      + last.map { item in
        guard content.isRead(item.node), let entry = try content.entry(item.node) else {
          let address = ObjectAddress(anchor: item.anchor)
          return content.nodes[item.node] == nil ? .delete(address) : .leave(address)
        }
        return .entry(entry)
      }
  }

  /// The containers that got other names.
  ///
  /// With one that came into what is read, or left it, all below it is told.
  private func movedContainers(
    _ items: ArraySlice<SourceState.LogItem>, _ content: SourceState
  ) -> [Int] {
    let others = Set(
      items.filter { if case .rename = $0.change { false } else { true } }.map(\.node))
    let moved = Set(items.filter(\.isContainer).map(\.node)).subtracting(others)
    return moved.sorted().filter(content.isRead)
  }

  /// What containers are called now, those above before those below them.
  ///
  /// Two may have each other's names, and either may have been told before: each is first given a name
  /// that nobody has.
  private func renames(
    _ containers: [Int], _ content: SourceState
  ) throws -> [ImportedChange] {
    let renames = try containers.map { id in
      (ObjectAddress(anchor: try content.anchor(id)), try content.dn(id))
    }.sorted { $0.1.relativeNames.count < $1.1.relativeNames.count }
    guard renames.count > 1 else { return renames.map { .rename($0.0, newDN: $0.1) } }
    let between: [ImportedChange] = try renames.enumerated().map { place, item in
      .rename(item.0, newDN: try DistinguishedName("OU=Between \(place),\(content.suffix)"))
    }
    return between + renames.map { .rename($0.0, newDN: $0.1) }
  }

  static func words(_ change: ImportedChange) -> String {
    switch change {
    case .entry(let entry): "\(entry.anchor) \(entry.dn)"
    case .present(let anchor): "\(anchor) is there"
    case .modify(let address, let changes):
      "\(address.text) changes " + changes.map(\.name.text).joined(separator: ",")
    case .rename(let address, let dn): "\(address.text) is now \(dn)"
    case .delete(let address): "\(address.text) is gone"
    case .leave(let address): "\(address.text) has left"
    case .letGo(let address): "\(address.text) is let go"
    case .outside(let anchor): "\(anchor) is there, read or not"
    }
  }
}
