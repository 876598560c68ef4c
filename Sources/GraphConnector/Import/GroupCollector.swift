import Directory
import JSON

/// Puts groups together that come in parts.
struct GroupCollector: Sendable {
  private var order: [String] = []
  private var objects: [String: JSONObject] = [:]
  private var members: [String: Set<String>] = [:]
  private var nameless: [JSONObject] = []

  /// Takes a part of a group.
  mutating func add(_ item: JSONObject) {
    guard let id = item["id"]?.string, !id.isEmpty else {
      nameless.append(item)
      return
    }
    let links = Self.links(item["members@delta"]?.array ?? [])
    members[id, default: []].formUnion(links.added)
    members[id, default: []].subtract(links.removed)
    var object = item
    object["members@delta"] = nil
    if item["@removed"] != nil {
      objects[id] = nil
      members[id] = nil
    } else if objects[id] == nil {
      order.append(id)
      objects[id] = object
    } else {
      for member in object.members { objects[id]?[member.name] = member.value }
    }
  }

  /// The whole groups, and none of them any more.
  mutating func batches(_ reader: GraphObjectReader) -> [ImportBatch] {
    defer { self = GroupCollector() }
    var batches: [ImportBatch] = []
    var batch = ImportBatch(changes: [])
    var size = 0
    for object in order.compactMap({ objects.removeValue(forKey: $0) }) + nameless {
      let ids = members[object["id"]?.string ?? ""] ?? []
      do {
        batch.changes.append(
          .entry(
            try reader.entry(
              object, references: ["member": ids.sorted()], location: reader.type.endpoint)))
      } catch {
        batch.errors.append(error)
      }
      size += ids.count + 1
      if size > 50_000 || batch.changes.count >= 1000 {
        batches.append(batch)
        batch = ImportBatch(changes: [])
        size = 0
      }
    }
    return batches + [batch]
  }

  /// The ids that a list of links says have come and gone.
  static func links(_ values: [JSONValue]) -> (added: [String], removed: [String]) {
    var state: [(id: String, isGone: Bool)] = []
    var index: [String: Int] = [:]
    for value in values {
      guard let id = value["id"]?.string else { continue }
      let isGone = value["@removed"] != nil
      if let at = index[id] {
        state[at].isGone = isGone
      } else {
        index[id] = state.count
        state.append((id, isGone))
      }
    }
    return (state.filter { !$0.isGone }.map(\.id), state.filter(\.isGone).map(\.id))
  }
}
