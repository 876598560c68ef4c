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
    let removals = EntraDialect.removals(in: body).mapValues { Set($0.map(\.caselessID)) }
    let before: [String: [String]]
    switch try await others(than: removals, plan) {
    case .found(let others): before = others
    case .refused(let response): return response
    }
    var response = try await client.send(
      plan.method, plan.path, body: body, ifMatch: tag, rank: plan.rank)
    guard !before.isEmpty else { return response }
    if response.status >= 500, response.status != 501 {
      response.uncertainty =
        "\(response.request) was answered with \(response.status): "
        + SCIMErrorMessage(response).words
    }
    guard response.isAccepted else { return response }
    // From here on somebody may be gone who was to stay, whatever becomes of the look.
    do throws(RequestError) {
      guard case .found(let after) = try await shown(plan) else {
        response.uncertainty =
          "\(response.request) was taken, and the target does not show who is left"
        return response
      }
      return try await mended(response, before, after, removals, plan)
    } catch {
      response.uncertainty =
        "\(response.request) was taken, and who is left could not be looked at: " + error.text
      return response
    }
  }

  /// Adds again who went with those that a list of `removals` was to take away; the answer is the last.
  private func mended(
    _ response: SCIMResponse, _ before: [String: [String]], _ after: JSONObject,
    _ removals: [String: Set<String>], _ plan: ExportPlan
  ) async throws(RequestError) -> SCIMResponse {
    var response = response
    for (list, others) in before.sorted(by: { $0.key < $1.key }) {
      let now = Set(Self.ids(list, in: after))
      // Who shows late what he did shows nothing of what he does.
      guard removals[list]?.isDisjoint(with: now) ?? false else {
        client.looksForRemovedLists.withLock { $0 = max(0, $0 - 1) }
        continue
      }
      guard others.allSatisfy({ !now.contains($0.caselessID) }) else {
        client.takesRemovedLists.withLock { $0 = true }
        continue
      }
      client.takesRemovedLists.withLock { $0 = false }
      var rest = others[...]
      while !rest.isEmpty {
        let some = Array(rest.prefix(plan.valuesPerRequest))
        response = try await client.send(
          plan.method, plan.path, body: Self.addition(some, to: list, plan.dialect), rank: plan.rank
        )
        guard response.isAccepted else {
          response.uncertainty =
            SCIMErrorMessage(response).words
            + " (the target took the removal of some for that of all, and does not take back "
            + "\(rest.count) others; the next export looks who is missing, and adds them again)"
          return response
        }
        rest = rest.dropFirst(some.count)
      }
    }
    return response
  }

  private static func addition(
    _ ids: [String], to list: String, _ dialect: SCIMDialect
  ) -> JSONValue {
    if dialect == .entra { return EntraDialect.addition(ids, to: list) }
    let values: [JSONValue] = ids.map { ["value": .string($0)] }
    let operation: JSONValue = ["op": "add", "path": .string(list), "value": .array(values)]
    return ["schemas": [.string(PatchBuilder.urn)], "Operations": [operation]]
  }

  /// What a look has come to.
  enum Look<Found> {
    case found(Found)
    case refused(SCIMResponse)
  }

  /// Who is in the lists of `removals` besides those that go, of lists in which there is somebody, if
  /// it is to be seen what the server makes of the removal.
  private func others(
    than removals: [String: Set<String>], _ plan: ExportPlan
  ) async throws(RequestError) -> Look<[String: [String]]> {
    guard !removals.isEmpty, client.takesRemovedLists.withLock({ $0 != true }),
      client.looksForRemovedLists.withLock({ $0 > 0 })
    else { return .found([:]) }
    var others: [String: [String]] = [:]
    switch try await shown(plan) {
    case .refused(let response): return .refused(response)
    case .found(let object):
      for (list, removed) in removals {
        let rest = Self.shownIDs(list, in: object).filter { !removed.contains($0.caselessID) }
        if !rest.isEmpty { others[list] = rest }
      }
    }
    return .found(others)
  }

  /// The object as the server shows it, or how it refuses to.
  func shown(_ plan: ExportPlan) async throws(RequestError) -> Look<JSONObject> {
    var response = try await client.send("GET", plan.path, rank: plan.rank)
    guard response.isAccepted else { return .refused(response) }
    guard var object = (try? response.json())?.object else {
      response.uncertainty = response.disbelief
      return .refused(response)
    }
    if let missing = try await complete(&object, plan) { return .refused(missing) }
    return .found(object)
  }

  /// The ids in a list of references, as ids are compared.
  static func ids(_ list: String, in object: JSONObject) -> [String] {
    shownIDs(list, in: object).map(\.caselessID)
  }

  static func shownIDs(_ list: String, in object: JSONObject) -> [String] {
    guard let path = SCIMAttributePath(list) else { return [] }
    let part = path.schema.flatMap { object[$0]?.object } ?? object
    return (part[path.name]?.array ?? []).compactMap { $0["value"]?.id }
  }

  /// The lists that show what `body` was to take out of them, though the server says to have done so.
  func left(
    by body: JSONValue, _ response: SCIMResponse, _ plan: ExportPlan
  ) async throws(RequestError) -> Set<String> {
    let removals = ValuePathMemory.removals(in: body).mapValues { Set($0.map(\.caselessID)) }
    guard !removals.isEmpty else { return [] }
    func left(in object: JSONObject) -> Set<String> {
      Set(removals.filter { !$0.value.isDisjoint(with: Self.ids($0.key, in: object)) }.keys)
    }
    let answer = (try? response.json())?.object ?? JSONObject()
    // Some answer with what was there before.
    guard plan.operation.isRepeated || !left(in: answer).isEmpty,
      case .found(let object) = try await shown(plan)
    else { return [] }
    return left(in: object)
  }
}
