import Directory
import HTTP
import JSON

/// Sends users by `bulkUpload`: 50 in a request, several requests at a time, no more of them than the
/// service allows.
struct BulkUploader: Sendable {
  let client: GraphClient
  let settings: BulkUploadSettings
  let pace: UploadPace

  private struct Item: Sendable {
    var index: Int
    var rank: Int
    var value: JSONValue
    /// What it leaves out, and why; nil if nothing.
    var rest: PartialExport?

    /// What becomes of it where all that it holds has the outcome `outcome`.
    func settled(_ outcome: ExportOutcome) -> ExportOutcome {
      if case .accepted = outcome, let rest { return .partly(rest) }
      return outcome
    }
  }

  private enum Result: Sendable {
    case settled([Item], ExportOutcome)
    /// The request as a whole was not understood: which of its operations is to blame is found out.
    case halved([Item])
    case gone([Item], RequestError)
  }

  /// The outcome of each operation, in their order; each is an add or a change of a user.
  ///
  /// - Throws: ``RequestError`` if the server has settled nothing at all.
  func run(_ operations: [ExportOperation]) async throws(RequestError) -> [ExportOutcome] {
    var outcomes = [ExportOutcome?](repeating: nil, count: operations.count)
    let managers = try await managers(of: operations)
    var items: [Item] = []
    let writer = SCIMUserWriter(settings: settings)
    for (index, operation) in operations.enumerated() {
      do throws(ObjectFailure) {
        items.append(try item(operation, index, writer, managers))
      } catch {
        outcomes[index] = .failed(error)
      }
    }
    items.sort { ($0.rank, $0.index) < ($1.rank, $1.index) }
    var queue = stride(from: 0, to: items.count, by: BulkUploadSettings.batchSize).map {
      Array(items[$0..<min($0 + BulkUploadSettings.batchSize, items.count)])
    }
    var gone: RequestError?
    var hasAnswer = outcomes.contains { $0 != nil }
    await withTaskGroup(of: Result.self) { group in
      var running = 0
      while true {
        while gone == nil, running < max(1, client.settings.requestsInFlight), !queue.isEmpty {
          let batch = queue.removeFirst()
          running += 1
          group.addTask { await send(batch) }
        }
        guard let result = await group.next() else { break }
        running -= 1
        switch result {
        case .settled(let items, let outcome):
          for item in items { outcomes[item.index] = item.settled(outcome) }
          hasAnswer = true
        case .halved(let items):
          let half = items.count / 2
          queue.insert(contentsOf: [Array(items[..<half]), Array(items[half...])], at: 0)
        case .gone(let items, let error):
          // That something may have been sent says more than that another thing was not.
          if gone?.nothingWasSent ?? true { gone = error }
          for item in items {
            outcomes[item.index] = error.outcome(wasSent: !error.nothingWasSent)
          }
        }
      }
    }
    if let gone {
      if !hasAnswer { throw gone }
      for items in queue {
        for item in items { outcomes[item.index] = gone.outcome(wasSent: false) }
      }
    }
    return outcomes.map { $0 ?? .unknown(reason: "no answer") }
  }

  private func item(
    _ operation: ExportOperation, _ index: Int, _ writer: SCIMUserWriter,
    _ managers: [String: String]
  ) throws(ObjectFailure) -> Item {
    let draft = try writer.draft(Self.attributes(operation), dn: operation.dn, managers: managers)
    let isDisabling = draft.data["active"] == .boolean(false) && operation.anchor != nil
    var item = Item(
      index: index, rank: isDisabling ? 0 : 1,
      value: [
        "method": "POST", "bulkId": .string(String(operation.id)), "path": "/Users",
        "data": .object(draft.data),
      ])
    guard let first = draft.refused.first else { return item }
    // An account is shut all the same; all else waits until the whole can be sent, since a job may
    // clear what is left out.
    guard isDisabling, let anchor = operation.anchor, Self.shuts(operation) else {
      throw first.failure
    }
    item.rest = PartialExport(
      anchor: anchor, failure: first.failure,
      lacking: draft.refused.map { AttributeChange($0.name, .replace([])) })
    return item
  }

  private static func shuts(_ operation: ExportOperation) -> Bool {
    guard case .modify(let changes) = operation.kind else { return false }
    return changes.contains { $0.name == "accountEnabled" }
  }

  // What a user is to say as a whole, or at least what of it changes.
  private static func attributes(_ operation: ExportOperation) -> [Attribute] {
    if let whole = operation.whole { return whole }
    switch operation.kind {
    case .add(let attributes): return attributes.attributes
    case .modify(let changes):
      return changes.map { change in
        switch change.operation {
        case .replace(let values): Attribute(change.name, values)
        case .update(let added, _): Attribute(change.name, added)
        }
      }
    case .delete: return []
    }
  }

  private func send(_ items: [Item]) async -> Result {
    // The same once more has the same effect: the job finds each user by its externalId.
    var call = GraphCall(
      "POST", settings.path + "/bulkUpload",
      [
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": .array(items.map(\.value)), "failOnErrors": .null,
      ], isRepeatable: true)
    call.contentType = "application/scim+json"
    do throws(RequestError) {
      do { try await pace.pass() } catch { throw .cancelled(wasSent: false) }
      let answer = try await client.send(call, rank: items[0].rank)
      return try result(answer, items)
    } catch {
      return .gone(items, error)
    }
  }

  private func result(_ answer: GraphAnswer, _ items: [Item]) throws(RequestError) -> Result {
    if answer.status == 202 { return .settled(items, .accepted) }
    let words = answer.error.words
    switch answer.status {
    case 400, 413:
      if items.count > 1 { return .halved(items) }
      return .settled(
        items,
        .failed(
          ObjectFailure(
            .identityDataValidationFailed, code: "\(answer.status) \(answer.error.code)",
            message: words)))
    case 403:
      throw .refused(
        words + " Give the application the right SynchronizationData-User.Upload, and consent.")
    case 404 where answer.tellsAbsence:
      throw .misconfigured(settings.absence, words: words, hint: settings.absenceHint)
    default:
      throw answer.fault("POST bulkUpload")
    }
  }

  // MARK: Managers

  /// The `externalId` of those whom operations name as managers, by their id.
  private func managers(
    of operations: [ExportOperation]
  ) async throws(RequestError) -> [String: String] {
    var ids: Set<String> = []
    for operation in operations {
      let manager = Self.attributes(operation).first { $0.name == "manager" }
      for value in manager?.values ?? [] { ids.insert(value.text) }
    }
    let wanted = ids.sorted()
    var found: [String: String] = [:]
    for start in stride(from: 0, to: wanted.count, by: GraphClient.batchSize) {
      let part = Array(wanted[start..<min(start + GraphClient.batchSize, wanted.count)])
      let answers = try await client.settled(
        part.map {
          GraphCall(
            "GET", "/users/\(HTTPURL.encode($0))?$select=id,employeeId,onPremisesImmutableId")
        })
      for (id, answer) in zip(part, answers) {
        // Who can't be read now is not one without a source anchor.
        if answer.mayPass { throw answer.fault("GET /users/\(id)") }
        guard answer.isSuccess else { continue }
        found[id] = GraphObjectReader.sourceAnchor(answer.object, settings)
      }
    }
    return found
  }
}
