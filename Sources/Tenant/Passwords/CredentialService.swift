import GRDB
import JSON
import PasswordSync

/// Takes passwords in batches, and the sign of life of who sends them, apart from HTTP.
struct CredentialService: Sendable {
  let store: TenantStore
  let values: ValueReader
  let faults: TenantFaults

  /// Answers what is sent to `path`; refusals are answers too.
  func answer(_ path: [String], _ body: [UInt8]?) async -> Reply {
    do {
      switch path {
      case ["credentials"]: return try await batch(Self.items(body))
      case ["ping"]: return try await ping()
      default:
        throw ProvisioningError(status: 404, words: "There is nothing at this path.")
      }
    } catch let error as ProvisioningError {
      return reply(error)
    } catch let error as DatabaseError {
      let status = error.resultCode == .SQLITE_FULL ? 507 : 500
      return reply(
        ProvisioningError(
          status: status, words: "The tenant's store failed: \(error.message ?? "")."))
    } catch {
      return reply(ProvisioningError(status: 500, words: "The request failed: \(error)."))
    }
  }

  /// The answer that tells of `error`.
  func reply(_ error: ProvisioningError) -> Reply {
    json(error.status, error.json(trackingID: ResourceID.make()), headers: error.headers)
  }

  private func json(_ status: Int, _ body: JSONValue, headers: [String: String] = [:]) -> Reply {
    var reply = Reply(status, body, headers: headers)
    reply.contentType = "application/json"
    return reply
  }

  private func batch(_ items: [CredentialItem]) async throws -> Reply {
    let (values, faults) = (values, faults)
    let results = try await store.write { context in
      try Self.checkActivated(try context.database)
      let writer = CredentialWriter(context: context, values: values)
      let results = try items.map { item in
        try faults.takeCredentialResult() ?? writer.take(item)
      }
      try writer.finish()
      return results
    }
    let answers = zip(items, results).map { item, result -> JSONValue in
      [
        "requestId": .string(item.requestID), "sourceAnchor": .string(item.sourceAnchor),
        "result": .integer(Int64(result.code.rawValue)),
        "extendedErrorInformation": .string(result.words),
      ]
    }
    return json(
      200, ["results": .array(answers), "trackingId": .string(ResourceID.make())])
  }

  private func ping() async throws -> Reply {
    try await store.write { context in
      let database = try context.database
      try Self.checkActivated(database)
      try FactTable.set(database, FactTable.lastPasswordSync, Moment.text(context.now))
    }
    return json(200, ["trackingId": .string(ResourceID.make())])
  }

  private static func checkActivated(_ database: Database) throws {
    guard try FactTable.isOn(database, .passwordSync) else {
      throw ProvisioningError.notActivated
    }
  }

  private static func items(_ body: [UInt8]?) throws(ProvisioningError) -> [CredentialItem] {
    let json: JSONValue
    do {
      json = try JSONValue(parsing: body ?? [])
    } catch {
      throw .malformed("The body is not JSON: \(error).")
    }
    guard let object = json.object, object.members.map(\.name) == ["items"],
      let elements = object["items"]?.array
    else { throw .malformed("The body must be an object with a list 'items' and nothing else.") }
    guard (1...PasswordBatch.limit).contains(elements.count) else {
      throw .malformed(
        "'items' has \(elements.count) elements; 1 to \(PasswordBatch.limit) are taken.")
    }
    var items: [CredentialItem] = []
    for (index, element) in elements.enumerated() {
      items.append(try CredentialItem(element, at: index))
    }
    guard Set(items.map(\.requestID)).count == items.count else {
      throw .malformed("A requestId occurs twice.")
    }
    return items
  }
}
