import Directory
import HTTP
import JSON

/// Carries out one plan by requests of its own.
struct SingleExport: Sendable {
  let client: SCIMClient
  let server: SCIMServer
  let plan: ExportPlan

  /// Carries the plan out, and finds out what became of it if an answer is missing.
  func run() async -> ExportResult {
    do throws(RequestError) {
      switch plan.operation.kind {
      case .add: return try await add()
      case .modify: return try await modify()
      case .delete: return try await delete()
      }
    } catch {
      return .serverGone(error, wasSent: plan.wasSent || !error.nothingWasSent)
    }
  }

  /// Creates the object; where it may exist already, looks for it first.
  private func add() async throws(RequestError) -> ExportResult {
    if plan.wasSent && (plan.externalID == nil || !server.features.canFilter) {
      return .settled(
        .unknown(
          reason: "it was sent before, and without an externalId and filters it can't be found out "
            + "whether it arrived; a full import tells"))
    }
    if plan.wasSent, let anchor = try await find() { return .settled(.done(anchor: anchor)) }
    var reason = ""
    // Twice: once, and once more when the first try was without answer and is not found.
    for _ in 0..<2 {
      let lost: RequestError
      do {
        let response = try await client.send(
          "POST", plan.path, body: plan.bodies.first, rank: plan.rank)
        let mayBeOurs = response.status == 409 && (plan.wasSent || !reason.isEmpty)
        if mayBeOurs, let anchor = try await find() { return .settled(.done(anchor: anchor)) }
        if let result = settle(response) { return .settled(result) }
        reason = SCIMErrorMessage(response).code + " " + SCIMErrorMessage(response).words
        lost = .unexpected("no usable answer", words: reason)
      } catch {
        guard !error.nothingWasSent, !error.isCancelled else { throw error }
        reason = error.text
        lost = error
      }
      guard plan.externalID != nil, server.features.canFilter else { break }
      do {
        if let anchor = try await find() { return .settled(.done(anchor: anchor)) }
      } catch {
        // It was sent, and the server does not come back to tell.
        return .serverGone(lost, wasSent: true)
      }
    }
    return .settled(.unknown(reason: reason))
  }

  /// The object that has the plan's external id, by the server's word checked against the object.
  private func find() async throws(RequestError) -> Anchor? {
    guard let externalID = plan.externalID, server.features.canFilter else { return nil }
    let literal = String(decoding: JSONValue.string(externalID).encoded, as: UTF8.self)
    let query = ListQuery(
      type: plan.type, filter: "externalId eq " + literal, attributes: "id,externalId")
    let page = try await client.page(query, startIndex: 1, count: 10)
    let found = page.items.first { $0["externalId"]?.string == externalID }
    return found?["id"]?.string.map { Anchor($0) }
  }

  /// The outcome of a POST; nil if the answer does not tell whether it was carried out.
  private func settle(_ response: SCIMResponse) -> ExportOutcome? {
    if response.isSuccess {
      return Self.anchor(in: response).map { .done(anchor: $0) }
    }
    guard response.status < 500 || response.status == 501 else { return nil }
    return .failed(SCIMErrorMessage(response).failure(sent: plan.sent))
  }

  private static func anchor(in response: SCIMResponse) -> Anchor? {
    if let id = (try? response.json())?["id"]?.string, !id.isEmpty { return Anchor(id) }
    return response.http.header("Location").flatMap(BulkAnswer.lastPart).map { Anchor($0) }
  }

  private func modify() async throws(RequestError) -> ExportResult {
    var bodies = plan.bodies
    var isExact = false
    if plan.needsCurrent {
      switch try await current() {
      case .success(let found): bodies = found
      case .failure(let failure): return .settled(.failed(failure))
      }
      isExact = true
    }
    var index = 0
    while index < bodies.count {
      let response = try await client.send(
        "PATCH", plan.path, body: bodies[index], rank: plan.rank)
      if response.isSuccess {
        index += 1
        continue
      }
      let error = SCIMErrorMessage(response)
      guard error.scimType.lowercased() == "notarget", !isExact else {
        return .settled(.failed(error.failure(sent: plan.sent)))
      }
      // A path picked nothing: what is to be replaced or removed depends on what is there.
      switch try await current() {
      case .success(let found): bodies = found
      case .failure(let failure): return .settled(.failed(failure))
      }
      isExact = true
      index = 0
    }
    return .settled(.done(anchor: plan.operation.anchor))
  }

  /// The bodies against the object as the server has it.
  private func current() async throws(RequestError) -> Result<[JSONValue], ObjectFailure> {
    let response = try await client.send("GET", plan.path, rank: plan.rank)
    guard response.isSuccess else {
      return .failure(SCIMErrorMessage(response).failure(sent: plan.sent))
    }
    let object = try response.object()
    return Result { () throws(ObjectFailure) in
      try plan.bodies(server: server, current: object)
    }
  }

  private func delete() async throws(RequestError) -> ExportResult {
    let response = try await client.send("DELETE", plan.path, rank: plan.rank)
    let isGone = response.isSuccess || response.status == 404 || response.status == 410
    guard !isGone else { return .settled(.done(anchor: plan.operation.anchor)) }
    return .settled(.failed(SCIMErrorMessage(response).failure(sent: [])))
  }
}
