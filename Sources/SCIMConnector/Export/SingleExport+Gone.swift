import Directory
import HTTP
import JSON

// Members who are gone, and whom a server keeps in a group all the same.
extension SingleExport {
  /// How often a change is sent with more of them, since many a server names one at a time.
  private static let rounds = 20

  /// What has come of a change that was refused because of members who are gone: they go with it.
  ///
  /// A server that takes nobody out of the groups where he is deleted may refuse each change of those
  /// groups because of him. Nil if the refusal names no such member.
  func withoutGone(_ error: SCIMErrorMessage) async throws(RequestError) -> ExportOutcome? {
    guard plan.type.objectType == "group", case .modify(let changes) = plan.operation.kind else {
      return nil
    }
    var error = error
    var gone: [String] = []
    var rest: (plan: ExportPlan, failure: ObjectFailure)?
    for _ in 0..<Self.rounds where error.mayBeOfAPart {
      let more = try await goneMembers(named: error.words, besides: gone, changes)
      guard !more.isEmpty else { break }
      gone += more
      let next: ExportPlan
      do throws(ObjectFailure) {
        next = try plan.changing(
          Self.changes(changes, without: gone), of: plan.operation.anchor, on: server)
      } catch {
        return nil
      }
      switch try await attempt(next) {
      case .settled(let outcome): return outcome
      case .refused(let told, let failure): (error, rest) = (told, (next, failure))
      }
    }
    guard let rest else { return nil }
    return try await SingleExport(client: client, server: server, plan: rest.plan)
      .apart(error, rest.failure)
  }

  /// The members whom `words` name, and whom the server does not have.
  private func goneMembers(
    named words: String, besides known: [String], _ changes: [AttributeChange]
  ) async throws(RequestError) -> [String] {
    guard case .found(let object) = try await shown(plan) else { return [] }
    let named = Set(
      words.split { !($0.isLetter || $0.isNumber || "-_.@+".contains($0)) }
        .flatMap { [String($0), Self.withoutEnd($0)] })
    let wanted = Set(changes.flatMap(\.addedReferences) + known)
    var gone: [String] = []
    for id in Self.shownIDs("members", in: object) where named.contains(id) && !wanted.contains(id)
    {
      if try await isGone(id) { gone.append(id) }
    }
    return gone
  }

  private static func withoutEnd(_ word: Substring) -> String {
    String(word.reversed().drop { ".-".contains($0) }.reversed())
  }

  /// Whether the server itself says that it has nobody of this id, in any of its lists.
  private func isGone(_ id: String) async throws(RequestError) -> Bool {
    for type in SCIMServer.lists(server.resourceTypes) {
      let response = try await client.send("GET", SCIMClient.path(type, id), rank: plan.rank)
      guard !response.isSuccess, SCIMErrorMessage(response).tellsAbsence else { return false }
    }
    return true
  }

  private static func changes(
    _ changes: [AttributeChange], without gone: [String]
  ) -> [AttributeChange] {
    let members = AttributeName("members")
    let removal = AttributeChange(
      members, .update(added: [], removed: gone.map { .reference($0) }))
    guard let place = changes.firstIndex(where: { $0.name == members }) else {
      return [removal] + changes
    }
    guard case .update(let added, let removed) = changes[place].operation else { return changes }
    var changes = changes
    changes[place].operation = .update(
      added: added, removed: removed + gone.map { .reference($0) }.filter { !removed.contains($0) })
    return changes
  }
}

extension AttributeChange {
  fileprivate var addedReferences: [String] {
    switch operation {
    case .replace(let values): values.map(\.text)
    case .update(let added, _): added.map(\.text)
    }
  }
}
