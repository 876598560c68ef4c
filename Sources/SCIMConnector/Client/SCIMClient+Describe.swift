import Directory
import HTTP
import JSON

extension SCIMClient {
  /// What the server says of itself; where it says nothing, what RFC 7643 defines.
  ///
  /// - Throws: ``RequestError`` if it can't be asked or answers something else than SCIM.
  func describe() async throws(RequestError) -> SCIMServer {
    var features = SCIMServer.Features()
    let config = try await send("GET", "/ServiceProviderConfig")
    if config.status != 404 && config.status != 501 {
      features = SCIMServer.Features(json: .object(try config.object()))
    }
    let types = try await list("/ResourceTypes").compactMap(SCIMResourceType.init(json:))
    let schemas = try await list("/Schemas").compactMap(SCIMSchema.init(json:))
    return SCIMServer(
      features: features, resourceTypes: types.isEmpty ? SCIMServer.commonResourceTypes : types,
      schemas: schemas.reduce(into: SCIMServer.commonSchemas) { $0[$1.id.lowercased()] = $1 },
      publishesSchemas: !schemas.isEmpty)
  }

  /// All items of a list that is short by nature; none if the server has no such list.
  private func list(_ path: String) async throws(RequestError) -> [JSONValue] {
    let response = try await send("GET", path)
    if response.status == 404 || response.status == 501 { return [] }
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
}
