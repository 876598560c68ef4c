import GRDB
import JSON

/// What is given together with an object of those around it.
struct GraphExpansion: Sendable {
  /// How many objects of a list are given (learn.microsoft.com, "Use query parameters to customize
  /// responses", expand).
  private static let most = 20

  private let name: String
  private let walk: LinkWalk?
  /// The properties that are given; nil for the usual ones.
  private var names: [String]?
  /// How many managers are given, one above the other.
  private var levels = 1

  /// What `$expand` asks for; nil if it is not there.
  ///
  /// - Throws: ``GraphError`` for an expansion that is not offered, or an unknown property.
  init?(_ type: GraphType, _ request: GraphRequest) throws {
    guard let text = request.query["$expand"] else { return nil }
    let head = text.prefix { $0 != "(" }
    let name = GraphPath.normalised([head.filter { $0 != " " }]).first ?? ""
    let isManager = type.name == "user" && name == "manager"
    walk = isManager ? nil : LinkWalk.named(name, of: type)
    guard isManager || walk?.isTransitive == false,
      head.endIndex == text.endIndex || text.hasSuffix(")")
    else { throw Self.refusal(text) }
    guard text != head + "()" else { throw Self.refusal(text) }
    self.name = name
    for option in text[head.endIndex...].dropFirst().dropLast().split(separator: ";") {
      let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
      switch (parts.first?.trimmingPrefix(" ").lowercased(), parts.count) {
      case ("$select", 2):
        var inner = request
        inner.query = ["$select": parts[1]]
        names = isManager ? try inner.selected(.user) : try inner.selectedOfAny()
      case ("$levels", 2) where isManager:
        let isMax = parts[1].lowercased() == "max"
        guard let number = isMax ? 1000 : Int(parts[1]), number > 0 else {
          throw Self.refusal(text)
        }
        levels = number
      default: throw Self.refusal(text)
      }
    }
  }

  private static func refusal(_ text: String) -> GraphError {
    GraphError.query("'$expand=\(text)' is not supported here.")
  }

  /// Adds what is around `resource` to `object`, which shows it.
  func add(to object: inout JSONObject, _ database: Database, of resource: StoredResource) throws {
    guard let walk else {
      var seen: Set<Int64> = [resource.seq]
      guard let manager = try manager(database, of: resource, levels, &seen) else { return }
      object[name] = .object(manager)
      return
    }
    let renderer = GraphRenderer(database: database, names: names)
    let found = try walk.page(database, from: resource.seq, limit: Self.most)
    object[name] = .array(found.map { .object(renderer.json($0, isTyped: true)) })
  }

  private func manager(
    _ database: Database, of user: StoredResource, _ levels: Int, _ seen: inout Set<Int64>
  ) throws -> JSONObject? {
    guard let manager = try GraphService.manager(database, of: user) else { return nil }
    // Who wants the id alone, as for each of many users, needs not wait for more to be read.
    guard levels > 1 || names != ["id"], let id = manager["id"]?.string,
      let found = try ResourceTable.fetch(database, .user, id: id)
    else { return manager }
    var object = GraphRenderer(database: database, names: names).json(found, isTyped: true)
    // Managers may manage each other in a circle.
    if levels > 1, seen.insert(found.seq).inserted,
      let above = try self.manager(database, of: found, levels - 1, &seen)
    {
      object[name] = .object(above)
    }
    return object
  }
}
