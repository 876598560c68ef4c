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
    let isUnsure = !removals.isEmpty && client.takesRemovedLists.withLock { $0 != true }
    let before = isUnsure ? try await shown(plan) : nil
    let response = try await client.send(
      plan.method, plan.path, body: body, ifMatch: tag, rank: plan.rank)
    guard response.isAccepted, let before, let after = try await shown(plan) else {
      return response
    }
    for (list, removed) in removals.sorted(by: { $0.key < $1.key }) {
      let others = Self.ids(list, in: before).filter { !removed.contains($0) }
      let now = Set(Self.ids(list, in: after))
      // Who shows late what he did shows nothing of what he does.
      guard !others.isEmpty, removed.isDisjoint(with: now) else { continue }
      guard others.allSatisfy({ !now.contains($0) }) else {
        client.takesRemovedLists.withLock { $0 = true }
        continue
      }
      client.takesRemovedLists.withLock { $0 = false }
      var rest = others[...]
      while !rest.isEmpty {
        let some = Array(rest.prefix(plan.valuesPerRequest))
        rest = rest.dropFirst(some.count)
        let again = try await client.send(
          plan.method, plan.path, body: EntraDialect.addition(some, to: list), rank: plan.rank)
        guard again.isAccepted else { return again }
      }
    }
    return response
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
