import JSON

// The switches of synchronization (Microsoft Graph, onPremisesDirectorySynchronization).
extension GraphService {
  /// Answers what is asked of the switches: reads them, or changes those that are named.
  func onPremisesSynchronization(_ request: GraphRequest, _ rest: [String]) async throws -> Reply {
    try allow(rest.isEmpty ? ["GET"] : ["GET", "PATCH"], request)
    let id = try await store.tenantID()
    guard rest.isEmpty || rest == [id] else {
      throw GraphError.notFound(rest.joined(separator: "/"))
    }
    if request.method == "PATCH" {
      let changes = try Self.features(try request.object())
      try await store.write { context in
        for (feature, isOn) in changes { try FactTable.set(try context.database, feature, isOn) }
      }
      return Reply(204)
    }
    let features = try await store.read { database in
      try TenantFeature.allCases.map {
        JSONMember(name: $0.rawValue, value: .boolean(try FactTable.isOn(database, $0)))
      }
    }
    let object = JSONObject([
      "id": .string(id), "features": .object(JSONObject(members: features)),
    ])
    let what = "directory/onPremisesSynchronization"
    guard rest.isEmpty else { return json(200, .object(contextual(object, what + "/$entity"))) }
    return json(200, .object(contextual(JSONObject(["value": [.object(object)]]), what)))
  }

  private static func features(_ input: JSONObject) throws -> [(TenantFeature, Bool)] {
    let named = input.members.filter { !GraphWriter.isAnnotation($0.name) }
    guard named.map(\.name) == ["features"], let object = named[0].value.object else {
      throw GraphError.bad("Only 'features' can be changed, which is an object.")
    }
    return try object.members.filter { !GraphWriter.isAnnotation($0.name) }.map { member in
      guard let feature = TenantFeature(rawValue: member.name) else {
        throw GraphError.bad("There is no feature '\(member.name)' here.")
      }
      guard let isOn = member.value.boolean else {
        throw GraphError.value(member.name, of: "features", "InvalidValue")
      }
      return (feature, isOn)
    }
  }
}
