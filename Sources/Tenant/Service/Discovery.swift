import JSON

/// What the server says of itself (RFC 7644 §4).
enum Discovery {
  /// With what the version of what the server says of itself begins; the id of its database follows.
  ///
  /// Another one, as after a restore, may have lost changes that were told before.
  static let databaseVersion = "W/\"lockstep database "

  /// What the server can do (RFC 7643 §5, RFC 9865 §4).
  static func serviceProviderConfig(
    base: String, maximumPayload: Int, database: String
  ) -> JSONValue {
    [
      "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
      "patch": ["supported": true],
      "bulk": [
        "supported": true, "maxOperations": .integer(Int64(BulkRequest.maximumOperations)),
        "maxPayloadSize": .integer(Int64(maximumPayload)),
      ],
      "filter": ["supported": true, "maxResults": .integer(Int64(ListRequest.maximumCount))],
      "changePassword": ["supported": true],
      "sort": ["supported": true],
      "etag": ["supported": true],
      "pagination": [
        "cursor": true, "index": true, "defaultPaginationMethod": "index",
        "defaultPageSize": .integer(Int64(ListRequest.defaultCount)),
        "maxPageSize": .integer(Int64(ListRequest.maximumCount)),
      ],
      "authenticationSchemes": [
        [
          "type": "oauthbearertoken", "name": "Bearer token",
          "description": "A secret token in the Authorization header (RFC 6750)",
          "specUri": "https://www.rfc-editor.org/info/rfc6750", "primary": true,
        ]
      ],
      "meta": [
        "resourceType": "ServiceProviderConfig",
        "location": .string("\(base)/ServiceProviderConfig"),
        "version": .string(databaseVersion + database + "\""),
      ],
    ]
  }

  /// The resource types, or the one called `name`.
  static func resourceTypes(_ name: String?, base: String, query: [String: String]) throws -> Reply
  {
    guard let name else { return try list(ResourceType.all.map { $0.json(base: base) }, query) }
    guard let type = ResourceType.named(name) else {
      throw SCIMError(404, nil, "There is no resource type '\(name)'.")
    }
    return Reply(200, type.json(base: base))
  }

  /// The schemas, or the one with the URN `id`.
  static func schemas(_ id: String?, base: String, query: [String: String]) throws -> Reply {
    guard let id else { return try list(ResourceType.schemas.map { $0.json(base: base) }, query) }
    guard let schema = ResourceType.schemas.first(where: { $0.id.lowercased() == id.lowercased() })
    else { throw SCIMError(404, nil, "There is no schema '\(id)'.") }
    return Reply(200, schema.json(base: base))
  }

  // RFC 7644 §4: a filter here is answered with 403; the other parameters are ignored.
  private static func list(_ resources: [JSONValue], _ query: [String: String]) throws -> Reply {
    guard query["filter"] == nil else {
      throw SCIMError(403, nil, "What the server says of itself can't be filtered.")
    }
    let count = JSONValue.integer(Int64(resources.count))
    return Reply(
      200,
      [
        "schemas": [.string(ResourceLister.schema)], "totalResults": count, "itemsPerPage": count,
        "startIndex": 1, "Resources": .array(resources),
      ])
  }
}
