import Directory
import HTTP
import JSON

extension SCIMClient {
  /// What the server says of itself; where it says nothing, what RFC 7643 defines.
  ///
  /// - Throws: ``RequestError`` if it can't be asked or answers something else than SCIM.
  func describe() async throws(RequestError) -> SCIMServer {
    let common = SCIMServer.commonResourceTypes
    let items = try await list("/ResourceTypes", beside: common)
    let base = settings.baseURL
    let listed = items.compactMap { SCIMResourceType(json: $0, base: base) }
    let types = listed.isEmpty ? try await present(common) : listed
    var features = SCIMServer.Features()
    if let config = try await optional("/ServiceProviderConfig", beside: types) {
      features = SCIMServer.Features(json: .object(try config.object()))
    }
    let schemas = try await list("/Schemas", beside: types).compactMap(SCIMSchema.init(json:))
    return SCIMServer(
      features: features, resourceTypes: types,
      schemas: schemas.reduce(into: SCIMServer.commonSchemas) { $0[$1.id.lowercased()] = $1 },
      publishesSchemas: !schemas.isEmpty,
      leftOut: items.compactMap { item in
        guard let name = item["name"]?.string, let endpoint = item["endpoint"]?.string,
          item["schema"]?.string != nil, !types.contains(where: { $0.name == name })
        else { return nil }
        return (name, endpoint)
      })
  }

  /// Those of the types of RFC 7643 that a server has which lists none: some have users alone.
  private func present(
    _ common: [SCIMResourceType]
  ) async throws(RequestError) -> [SCIMResourceType] {
    var present: [SCIMResourceType] = []
    for type in common {
      if type.objectType != "user" {
        let one = [("startIndex", "1"), ("count", "1")]
        guard try await optional(type.endpoint, query: one, beside: common) != nil else { continue }
      }
      present.append(type)
    }
    return present
  }

  /// All items of a list that is short by nature; none if the server has no such list.
  private func list(
    _ path: String, beside types: [SCIMResourceType]
  ) async throws(RequestError) -> [JSONValue] {
    guard let response = try await optional(path, beside: types) else { return [] }
    // RFC 7644 §4 wants a ListResponse; some servers answer with the bare array.
    if response.isSuccess, let items = try response.json().array { return items }
    let object = try response.object()
    guard let items = object["Resources"]?.array else {
      throw .unexpected(
        "\(response.request) was answered without Resources",
        words: ServerWords.shown(response.http.body))
    }
    return items
  }

  /// The answer to a request for what not every server has; nil if this one does not have it.
  ///
  /// Many a server says so in the words of its framework, and so does a proxy that has lost its
  /// server for a moment. Such words are taken for the server's if they come again after the server
  /// itself was heard: believed at once, they would hide what it shows only on request.
  ///
  /// - Parameter types: Whose lists the server has.
  private func optional(
    _ path: String, query: [(String, String)] = [], beside types: [SCIMResourceType]
  ) async throws(RequestError) -> SCIMResponse? {
    let response = try await send("GET", path, query: query)
    guard response.tellsOfNoSuchPath else { return response }
    let type = types.first { $0.objectType == "user" } ?? types.first
    guard !SCIMErrorMessage(response).isOwn, let type else { return nil }
    let heard = try await send(
      "GET", type.endpoint, query: [("startIndex", "1"), ("count", "1")])
    // That this account may not see the list is an answer as well.
    if heard.status != 403 { _ = try heard.object() }
    let again = try await send("GET", path, query: query)
    return again.tellsOfNoSuchPath ? nil : again
  }
}

extension SCIMResponse {
  fileprivate var tellsOfNoSuchPath: Bool { status == 404 || status == 501 }
}
