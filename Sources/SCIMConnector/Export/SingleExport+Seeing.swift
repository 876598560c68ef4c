import Directory
import HTTP
import JSON
import Synchronization

/// What servers make of a removal that they say to have carried out.
extension SingleExport {
  /// Sends one body of a modification.
  ///
  /// Entra removes members by a path without a selector and a list of values, which a server that goes
  /// by RFC 7644 §3.5.2.2 takes for all members. Until the server has shown what it does, somebody looks;
  /// what has gone too much comes back at once, and who goes is named in a path from then on.
  func patch(
    _ body: JSONValue, _ plan: ExportPlan, tag: String?
  ) async throws(RequestError) -> SCIMResponse {
    let removals = plan.dialect == .entra ? EntraDialect.removals(in: body) : [:]
    let before = try await others(than: removals, plan)
    var response = try await client.send(
      plan.method, plan.path, body: body, ifMatch: tag, rank: plan.rank)
    guard response.isAccepted, !before.isEmpty, let after = try await shown(plan) else {
      return response
    }
    for (list, others) in before.sorted(by: { $0.key < $1.key }) {
      let now = Set(Self.ids(list, in: after))
      // Who shows late what he did shows nothing of what he does.
      guard removals[list]?.isDisjoint(with: now) ?? false else {
        client.looksForRemovedLists.withLock { $0 = max(0, $0 - 1) }
        continue
      }
      guard others.allSatisfy({ !now.contains($0) }) else {
        client.takesRemovedLists.withLock { $0 = true }
        continue
      }
      client.takesRemovedLists.withLock { $0 = false }
      var rest = others[...]
      while !rest.isEmpty {
        let some = Array(rest.prefix(plan.valuesPerRequest))
        response = try await client.send(
          plan.method, plan.path, body: EntraDialect.addition(some, to: list), rank: plan.rank)
        guard response.isAccepted else {
          response.remark =
            " (the target took the removal of some for that of all, and does not take back "
            + "\(rest.count) others; the next import tells that they are gone, and they are added again)"
          return response
        }
        rest = rest.dropFirst(some.count)
      }
    }
    return response
  }

  /// Who is in the lists of `removals` besides those that go, of lists in which there is somebody, if
  /// it is to be seen what the server makes of the removal.
  private func others(
    than removals: [String: Set<String>], _ plan: ExportPlan
  ) async throws(RequestError) -> [String: [String]] {
    guard !removals.isEmpty, client.takesRemovedLists.withLock({ $0 != true }),
      client.looksForRemovedLists.withLock({ $0 > 0 }), let object = try await shown(plan)
    else { return [:] }
    var others: [String: [String]] = [:]
    for (list, removed) in removals {
      let rest = Self.ids(list, in: object).filter { !removed.contains($0) }
      if !rest.isEmpty { others[list] = rest }
    }
    return others
  }

  /// The object as the server shows it; nil if it does not.
  private func shown(_ plan: ExportPlan) async throws(RequestError) -> JSONObject? {
    let response = try await client.send("GET", plan.path, rank: plan.rank)
    guard response.isAccepted, var object = (try? response.json())?.object,
      try await complete(&object, plan) == nil
    else { return nil }
    return object
  }

  /// The ids in a list of references.
  private static func ids(_ list: String, in object: JSONObject) -> [String] {
    guard let path = SCIMAttributePath(list) else { return [] }
    let part = path.schema.flatMap { object[$0]?.object } ?? object
    return (part[path.name]?.array ?? []).compactMap { $0["value"]?.id }
  }

  /// The lists that show what `body` was to take out of them, though the server says to have done so.
  func left(
    by body: JSONValue, _ response: SCIMResponse, _ plan: ExportPlan
  ) async throws(RequestError) -> Set<String> {
    let removals = ValuePathMemory.removals(in: body)
    guard !removals.isEmpty else { return [] }
    func left(in object: JSONObject) -> Set<String> {
      Set(removals.filter { !$0.value.isDisjoint(with: Self.ids($0.key, in: object)) }.keys)
    }
    let answer = (try? response.json())?.object ?? JSONObject()
    // Some answer with what was there before.
    guard plan.operation.isRepeated || !left(in: answer).isEmpty,
      let object = try await shown(plan)
    else { return [] }
    return left(in: object)
  }
}
