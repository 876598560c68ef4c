import JSON

/// A request of API-driven provisioning, checked for its form (learn.microsoft.com, "bulkUpload
/// resource type").
struct UploadRequest: Sendable {
  /// Operations in one request.
  static let maximumOperations = 50
  private static let enterprise = ResourceType.enterpriseUser.id

  /// The data of each operation.
  var users: [JSONObject]

  /// The operations that `body` asks for.
  ///
  /// - Throws: ``GraphError``, status 400, for anything that the form does not allow.
  init(_ body: JSONObject) throws(GraphError) {
    guard body["schemas"]?.array?.contains(.string(BulkRequest.schema)) == true else {
      throw Self.wrong("schemas must be [\"\(BulkRequest.schema)\"]")
    }
    guard let operations = body["Operations"]?.array, !operations.isEmpty else {
      throw Self.wrong("Operations must be an array that is not empty")
    }
    guard operations.count <= Self.maximumOperations else {
      throw Self.wrong(
        "\(operations.count) operations are more than the \(Self.maximumOperations) that a request "
          + "may have")
    }
    var (users, bulkIDs): ([JSONObject], Set<String>) = ([], [])
    for (index, operation) in operations.enumerated() {
      users.append(try Self.user(operation, "Operations[\(index)]"))
      guard let bulkID = operation["bulkId"]?.string, !bulkID.isEmpty else {
        throw Self.wrong("Operations[\(index)].bulkId is missing")
      }
      guard bulkIDs.insert(bulkID).inserted else {
        throw Self.wrong("the bulkId \(bulkID) stands at two operations")
      }
    }
    self.users = users
  }

  private static func user(
    _ operation: JSONValue, _ place: String
  ) throws(GraphError) -> JSONObject {
    guard operation["method"]?.string == "POST" else {
      throw wrong("\(place).method must be POST")
    }
    guard operation["path"]?.string == "/Users" else {
      throw wrong("\(place).path must be /Users")
    }
    guard let data = operation["data"]?.object else {
      throw wrong("\(place).data must be an object")
    }
    let schemas = data["schemas"]?.array ?? []
    for urn in [ResourceType.user.schema.id, enterprise] where !schemas.contains(.string(urn)) {
      throw wrong("\(place).data.schemas lacks \(urn)")
    }
    guard let external = data["externalId"]?.string, !external.isEmpty else {
      throw wrong("\(place).data.externalId is missing")
    }
    return data
  }

  static func wrong(_ why: String) -> GraphError {
    GraphError(400, "InvalidDataFormat", "Invalid Data Format: \(why).")
  }
}
