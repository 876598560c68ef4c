import GRDB
import JSON

// Members and owners of groups.
extension GraphWriter {
  /// Adds one member or owner to a group.
  ///
  /// - Throws: ``GraphError`` or ``SCIMError``.
  func add(_ id: String, to list: GraphLinkList, of group: String) throws {
    guard list.name == "members" else {
      return try link(owner: id, to: try existing(group))
    }
    let group = try unmastered(group)
    try checkNew([id], in: group)
    _ = try writer.save(group.body, over: group, links: [.add([Self.value(id)])], patch: nil)
  }

  /// Removes one member or owner from a group.
  ///
  /// - Throws: ``GraphError`` or ``SCIMError``.
  func remove(_ id: String, from list: GraphLinkList, of group: String) throws {
    let isMember = list.name == "members"
    let group = isMember ? try unmastered(group) : try existing(group)
    let database = try context.database
    let number = isMember ? ResourceType.membersLink : ResourceType.ownersLink
    guard let found = try ResourceTable.reference(database, id: id),
      try LinkTable.has(database, group.seq, number, found.seq)
    else {
      // Graph names the group, and not who is none of its members.
      throw GraphError.notFound(group.id)
    }
    guard !isMember else {
      _ = try writer.save(group.body, over: group, links: [.remove([id])], patch: nil)
      return
    }
    // "Once owners are assigned to a group, the last owner of the group cannot be removed"
    // (learn.microsoft.com, "Remove group owner").
    guard try LinkTable.count(database, of: group.seq, number, isReversed: false) > 1 else {
      throw GraphError.bad(
        "The group must have at least one owner, hence this owner cannot be removed.")
    }
    _ = try LinkTable.remove(database, group.seq, number, found.seq)
    try ResourceTable.touch(database, seq: group.seq, now: context.now)
  }

  /// Makes a user one of the owners of a group, be it one from on premises: owners are not
  /// synchronized.
  ///
  /// - Throws: ``GraphError`` if it is none, or one of them already.
  func link(owner id: String, to group: StoredResource) throws {
    let database = try context.database
    guard let owner = try ResourceTable.reference(database, id: id),
      owner.type == ResourceType.user.code
    else { throw GraphError.notFound(id) }
    guard try LinkTable.add(database, group.seq, ResourceType.ownersLink, owner.seq) else {
      throw GraphError.bad(
        "One or more added object references already exist for the following modified properties: "
          + "'owners'.")
    }
    try ResourceTable.touch(database, seq: group.seq, now: context.now)
  }

  private func existing(_ id: String) throws -> StoredResource {
    guard let group = try ResourceTable.fetch(try context.database, type.resource, id: id) else {
      throw GraphError.notFound(id)
    }
    try checkMail(group, "Update")
    return group
  }
}
