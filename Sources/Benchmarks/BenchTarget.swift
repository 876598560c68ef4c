import Directory
import Synchronization

/// A target that takes whatever it is sent, at no cost of its own, and confirms it with the next
/// import: what is measured is the engine.
///
/// It keeps only what no import has read back yet, in few bytes: its memory counts as the engine's.
final class BenchTarget: Connector {
  private struct State {
    var changes: [PackedChange] = []
    // Where an object stands in `changes`: a directory tells each once, as it is.
    var places: [Anchor: Int] = [:]
    var sent = 0
    var valuesSent = 0
  }
  private let state = Mutex(State())
  private let schema: DirectorySchema?

  /// A target that says `schema` of itself, or else its own.
  init(schema: DirectorySchema?) { self.schema = schema }

  let capabilities = ConnectorCapabilities(deltaImport: true, export: true, exportBatchSize: 500)

  /// How many operations have arrived, and how many values in them.
  var sent: (operations: Int, values: Int) { state.withLock { ($0.sent, $0.valuesSent) } }

  func describe() async throws -> DirectoryDescription {
    DirectoryDescription(
      serverIdentity: "benchmark", summary: "takes everything", schema: schema ?? Self.ownSchema)
  }

  private static let ownSchema: DirectorySchema = {
    let references = ["member", "members", "manager", "managedBy", "owner"]
    var attributes: [AttributeName: DirectorySchema.AttributeDefinition] = [
      "active": .init(.boolean), "accountEnabled": .init(.boolean),
      "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager": .init(.reference),
    ]
    for name in references {
      attributes[AttributeName(name)] = .init(
        .reference, isMultiValued: name.hasPrefix("member"))
    }
    return DirectorySchema(
      attributes: attributes, objectTypes: ["user", "group", "contact", "device"])
  }()

  func check() async -> [ConnectionFinding] { [] }

  func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    let changes = state.withLock { state in
      defer { (state.changes, state.places) = ([], [:]) }
      return state.changes
    }
    return Reader(changes)
  }

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    try state.withLock { state in try operations.map { try Self.take($0, &state) } }
  }

  private static func take(
    _ operation: ExportOperation, _ state: inout State
  ) throws -> ExportOutcome {
    state.sent += 1
    let anchor = operation.anchor ?? Anchor(operation.dn.text)
    switch operation.kind {
    case .add(let attributes):
      state.valuesSent += attributes.attributes.reduce(0) { $0 + $1.values.count }
      state.places[anchor] = state.changes.count
      state.changes.append(
        PackedChange(
          .entry(
            DirectoryEntry(
              anchor: anchor, dn: operation.dn, objectType: operation.objectType,
              attributes: attributes))))
    case .modify(let changes):
      for change in changes {
        switch change.operation {
        case .replace(let values): state.valuesSent += values.count
        case .update(let added, let removed): state.valuesSent += added.count + removed.count
        }
      }
      try tell(anchor, changes, &state)
    case .delete: state.changes.append(PackedChange(.delete(ObjectAddress(anchor: anchor))))
    }
    return .done(anchor: anchor)
  }

  private static func tell(
    _ anchor: Anchor, _ changes: [AttributeChange], _ state: inout State
  ) throws {
    guard let place = state.places[anchor] else {
      state.places[anchor] = state.changes.count
      state.changes.append(PackedChange(.modify(ObjectAddress(anchor: anchor), changes)))
      return
    }
    switch try state.changes[place].unpacked() {
    case .entry(var entry):
      for change in changes { apply(change, to: &entry.attributes) }
      state.changes[place] = PackedChange(.entry(entry))
    case .modify(let address, let earlier):
      state.changes[place] = PackedChange(.modify(address, earlier + changes))
    default: break
    }
  }

  private static func apply(_ change: AttributeChange, to attributes: inout AttributeSet) {
    switch change.operation {
    case .replace(let values): attributes[change.name] = values
    case .update(let added, let removed):
      attributes[change.name] = attributes[change.name].filter { !removed.contains($0) } + added
    }
  }

  private actor Reader: ImportReader {
    private var changes: ArraySlice<PackedChange>
    private var isDone = false

    init(_ changes: [PackedChange]) { self.changes = changes[...] }

    func next() throws -> ImportBatch? {
      guard !isDone else { return nil }
      let batch = try changes.prefix(1000).map { try $0.unpacked() }
      changes = changes.dropFirst(1000)
      isDone = changes.isEmpty
      return ImportBatch(
        changes: batch, watermark: isDone ? Watermark(kind: "benchmark", value: "now") : nil)
    }
  }
}
