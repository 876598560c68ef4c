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
    if plan.wasSent {
      if let anchor = try await find() { return try await complete(anchor) }
      if !plan.isRefusedTwice, let result = try await unseen() { return result }
    }
    var reason = ""
    // Twice: once, and once more when the first try was without answer and is not found.
    for _ in 0..<2 {
      let lost: RequestError
      var unclear: SCIMErrorMessage?
      var isAccepted = false
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
        isAccepted = response.status == 202
        reason =
          isAccepted
          ? "\(response.request) was answered with 202: the target makes it later"
          : response.isSuccess ? response.disbelief : error.code + " " + error.words
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
          // It may be the one that was made just now.
          guard plan.isRefusedTwice else {
            return .settled(.unknown(reason: reason + "; " + Self.named(conflict)))
          }
          return .settled(.failed(conflict))
        }
      } catch {
        // It was sent, and the server does not come back to tell.
        return .serverGone(lost, wasSent: true)
      }
      guard plan.externalID != nil, plan.isRefusedTwice, !isAccepted else { break }
    }
    return .settled(.unknown(reason: reason))
  }

  private static func named(_ conflict: ObjectFailure) -> String {
    "an object of this name is there"
      + (conflict.conflictingAnchor.map { ", with the id " + ServerWords.shown($0.text) } ?? "")
  }

  /// What becomes of an object that was sent before, is not found, and would be there twice if it was
  /// made after all; nil if it is to be sent.
  private func unseen() async throws(RequestError) -> ExportResult? {
    // The server may still be at it, and many show late what they have made.
    guard plan.operation.isRetry else {
      return .settled(
        .unknown(reason: "its creation was not answered, and the target does not show it yet"))
    }
    guard let name = plan.uniqueName else { return nil }
    let same = try await namesakes(name)
    if let own = same.first(where: { $0["externalId"]?.string == plan.externalID }),
      let id = own["id"]?.id
    {
      return try await complete(Anchor(id))
    }
    let other = same.first { $0["externalId"]?.string?.isEmpty ?? true }
    guard let id = other?["id"]?.id else { return nil }
    var failure = ObjectFailure(
      .invalidSoftMatch, code: "not sent",
      message: "It was sent before without an answer. The target has an object of this name "
        + "(\(ServerWords.shown(id))) and shows no externalId of it, so nobody can tell whether it is "
        + "the one that was made. Give it the externalId \(ServerWords.shown(plan.externalID ?? "")) "
        + "there, or delete or rename it.",
      attribute: name.attribute, value: ServerWords.shown(name.value, limit: 100))
    failure.conflictingAnchor = Anchor(id)
    return .settled(.failed(failure))
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
    guard !plan.rest.isEmpty else { return .settled(.done(anchor: anchor)) }
    let result: ExportResult
    do throws(ObjectFailure) {
      let rest = try plan.changing(plan.rest, of: anchor, on: server)
      result = await SingleExport(client: client, server: server, plan: rest).run()
    } catch {
      result = .settled(.failed(error))
    }
    switch result {
    // Whatever became of the rest, the object itself was made.
    case .serverGone(let error, _): return .serverGone(error, wasSent: true)
    case .settled(.failed(let failure)):
      return .settled(
        .partly(PartialExport(anchor: anchor, failure: failure, lacking: plan.rest)))
    default: return result
    }
  }

  private static func anchor(in response: SCIMResponse) -> Anchor? {
    if let id = (try? response.json())?["id"]?.id { return Anchor(id) }
    return response.http.header("Location").flatMap(BulkAnswer.lastPart).map { Anchor($0) }
  }
}
