import GRDB
import JSON

/// How the manager of a user is given together with the user.
struct ManagerExpansion: Sendable {
  /// The properties that are given; nil for the usual ones.
  private var names: [String]?

  /// What `$expand` asks for; nil if it is not there.
  ///
  /// - Throws: ``GraphError`` for an expansion that is not offered, or an unknown property.
  init?(_ type: GraphType, _ request: GraphRequest) throws {
    guard let text = request.query["$expand"] else { return nil }
    let (head, open) = ("manager", "($select=")
    let rest = text.dropFirst(head.count)
    guard type.name == "user", text.hasPrefix(head),
      rest.isEmpty || rest.hasPrefix(open) && rest.hasSuffix(")")
    else { throw GraphError.query("'$expand=\(text)' is not supported here.") }
    guard !rest.isEmpty else { return }
    var inner = request
    inner.query = ["$select": String(rest.dropFirst(open.count).dropLast())]
    names = try inner.selected(.user)
  }

  /// The manager of `user`; nil if there is none.
  func manager(_ database: Database, of user: StoredResource) throws -> JSONObject? {
    guard let manager = try GraphService.manager(database, of: user) else { return nil }
    // Who wants the id alone, as for each of many users, needs not wait for more to be read.
    guard names != ["id"], let id = manager["id"]?.string,
      let found = try ResourceTable.fetch(database, .user, id: id)
    else { return manager }
    return GraphRenderer(database: database, names: names).json(found, isTyped: true)
  }
}
