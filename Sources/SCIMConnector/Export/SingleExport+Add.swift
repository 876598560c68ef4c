import Directory
import HTTP
import JSON

extension SingleExport {
  /// Creates the object; where it may exist already, looks for it first.
  func add() async throws(RequestError) -> ExportResult {
    if plan.wasSent && plan.externalID == nil {
      return .settled(
        .unknown(
          reason: "it was sent before, and without an externalId it can't be found out whether it "
            + "arrived; a full import tells"))
    }
    if plan.wasSent, let anchor = try await find() { return try await complete(anchor) }
    var reason = ""
    // Twice: once, and once more when the first try was without answer and is not found.
    for _ in 0..<2 {
      let lost: RequestError
      var unclear: SCIMErrorMessage?
      do {
        let response = try await client.send(
          "POST", plan.path, body: plan.bodies.first, rank: plan.rank)
        let mayBeOurs = response.status == 409 && (plan.wasSent || !reason.isEmpty)
        if mayBeOurs, let anchor = try await find() { return try await complete(anchor) }
        if response.isSuccess, let anchor = Self.anchor(in: response) {
          return try await complete(anchor)
        }
        let error = SCIMErrorMessage(response)
        if !response.isSuccess, response.status < 500 || response.status == 501 {
          return .settled(.failed(try await refusal(error)))
        }
        unclear = response.isSuccess ? nil : error
        reason = response.isSuccess ? response.disbelief : error.code + " " + error.words
        lost = .unexpected("no usable answer", words: reason)
      } catch {
        guard !error.nothingWasSent, !error.isCancelled else { throw error }
        reason = error.text
        lost = error
      }
      do {
        if let anchor = try await find() { return try await complete(anchor) }
        // Some servers answer 500 where a name is taken.
        if let unclear, let conflict = try await conflict(unclear) {
          return .settled(.failed(conflict))
        }
      } catch {
        // It was sent, and the server does not come back to tell.
        return .serverGone(lost, wasSent: true)
      }
      guard plan.externalID != nil else { break }
    }
    return .settled(.unknown(reason: reason))
  }

  /// The failure that a clear refusal is, with the other object of a conflict.
  private func refusal(_ error: SCIMErrorMessage) async throws(RequestError) -> ObjectFailure {
    let failure = error.failure(sent: plan.sent)
    guard error.status == 409, error.conflictingID == nil else { return failure }
    return try await conflict(error) ?? failure
  }

  /// The outcome of a plan that was refused so, with the other object of a conflict if it is found.
  func explained(_ error: SCIMErrorMessage) async -> ExportResult {
    .settled(.failed((try? await refusal(error)) ?? error.failure(sent: plan.sent)))
  }

  /// The conflict that `error` is if another object has the name of the plan's.
  private func conflict(
    _ error: SCIMErrorMessage
  ) async throws(RequestError) -> ObjectFailure? {
    guard let name = plan.uniqueName, let other = try await holder(of: name) else { return nil }
    var failure = error.failure(sent: plan.sent)
    failure.type = .attributeValueMustBeUnique
    failure.attribute = failure.attribute ?? name.attribute
    failure.value = failure.value ?? ServerWords.shown(name.value, limit: 100)
    failure.conflictingAnchor = other
    failure.isTransient = false
    if error.status != 409 { failure.message += " (\(name.attribute) is taken by another object)" }
    return failure
  }

  /// Sends what did not go into one request with the object.
  private func complete(_ anchor: Anchor) async throws(RequestError) -> ExportResult {
    for body in plan.bodies.dropFirst() {
      let response: SCIMResponse
      do {
        response = try await client.send(
          "PATCH", SCIMClient.path(plan.type, anchor.text), body: body, rank: plan.rank)
      } catch {
        // Whatever became of the rest, the object itself was made.
        return .serverGone(error, wasSent: true)
      }
      guard !response.isSuccess else { continue }
      // The object is there and lacks something: the next try finds it and goes on.
      let words = SCIMErrorMessage(response).words
      return .settled(.unknown(reason: "it was created, but not all of its values: " + words))
    }
    return .settled(.done(anchor: anchor))
  }

  private static func anchor(in response: SCIMResponse) -> Anchor? {
    if let id = (try? response.json())?["id"]?.id { return Anchor(id) }
    return response.http.header("Location").flatMap(BulkAnswer.lastPart).map { Anchor($0) }
  }
}

// Objects that may be there already.
extension SingleExport {
  /// The object that has the plan's external id.
  private func find() async throws(RequestError) -> Anchor? {
    guard let externalID = plan.externalID else { return nil }
    let (found, isCertain) = try await filtered("externalId", externalID) { $0 == externalID }
    if found != nil || isCertain { return found }
    // A server that can't filter, or ignores the filter, is read until the object comes.
    let lister = ResourceLister(
      client: client, features: server.features,
      query: ListQuery(type: plan.type, attributes: "id,externalId", mayBeWider: true))
    while let items = try await lister.next() {
      if let item = items.first(where: { $0["externalId"]?.string == externalID }) {
        return item["id"]?.id.map { Anchor($0) }
      }
    }
    return nil
  }

  /// The object that has the name which the plan's object was to get.
  private func holder(
    of name: (attribute: String, value: String)
  ) async throws(RequestError) -> Anchor? {
    let wanted = name.value.lowercased()
    return try await filtered(name.attribute, name.value) { $0.lowercased() == wanted }.found
  }

  /// The object of which a filter says that it has `value`, checked against the object; and whether
  /// the server's answer can be believed when there is none.
  private func filtered(
    _ attribute: String, _ value: String, isSame: (String) -> Bool
  ) async throws(RequestError) -> (found: Anchor?, isCertain: Bool) {
    guard server.features.canFilter else { return (nil, false) }
    let literal = String(decoding: JSONValue.string(value).encoded, as: UTF8.self)
    let query = ListQuery(
      type: plan.type, filter: attribute + " eq " + literal, attributes: "id," + attribute,
      mayBeWider: true)
    let items: [JSONValue]
    do {
      items = try await client.page(query, startIndex: 1, count: 10).items
    } catch {
      switch error {
      // It says that it can filter, but not by this attribute; some fail at it.
      case .unexpected, .busy: return (nil, false)
      default: throw error
      }
    }
    let found = items.first { $0[attribute]?.string.map(isSame) ?? false }
    if let id = found?["id"]?.id { return (Anchor(id), true) }
    // What differs in its case only is another object; all else was not asked for.
    let isObeyed = items.allSatisfy {
      $0[attribute]?.string?.lowercased() == value.lowercased()
    }
    return (nil, isObeyed)
  }
}
