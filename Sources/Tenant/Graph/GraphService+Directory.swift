import GRDB
import JSON

// The tenant itself, its domains, and objects of whatever kind.
extension GraphService {
  /// The tenant itself.
  func organization(_ request: GraphRequest, _ rest: [String]) async throws -> Reply {
    try allow(["GET"], request)
    try request.allowOptions(["$select"])
    let names = try Self.organization.names(request)
    let id = try await store.tenantID()
    guard rest.isEmpty || rest == [id] else {
      throw GraphError.notFound(rest.joined(separator: "/"))
    }
    let domains = verifiedDomains
    let object = try await store.read { database -> JSONObject in
      let last = try Self.lastSynchronization(database)
      let password = try FactTable.value(database, FactTable.lastPasswordSync)
      return JSONObject([
        "id": .string(id), "displayName": "Lockstep",
        "onPremisesSyncEnabled": last == nil ? .null : true,
        "onPremisesLastSyncDateTime": last.map { .string($0.prefix(19) + "Z") } ?? .null,
        "onPremisesLastPasswordSyncDateTime": password.map { .string($0.prefix(19) + "Z") }
          ?? .null,
        "verifiedDomains": domains,
      ])
    }
    let shown = Self.organization.shown(object, names)
    guard rest.isEmpty else { return json(200, .object(contextual(shown, "organization/$entity"))) }
    return json(
      200, .object(contextual(JSONObject(["value": [.object(shown)]]), "organization")))
  }

  // The first is the default one (Microsoft Graph, verifiedDomain).
  private var verifiedDomains: JSONValue {
    .array(
      values.verifiedDomains.enumerated().map { index, name in
        [
          "capabilities": "Email, OfficeCommunicationsOnline", "isDefault": .boolean(index == 0),
          "isInitial": .boolean(name.hasSuffix(".onmicrosoft.com")), "name": .string(name),
          "type": "Managed",
        ]
      })
  }

  // The newest stamp of an object from on premises; a stamp is never older than the object's last
  // write, so the first one found among the newest objects is it.
  private static func lastSynchronization(_ database: Database) throws -> String? {
    var newest: String?
    for type in [GraphType.user, .group] {
      guard let place = type.property("onPremisesLastSyncDateTime")?.place else { continue }
      let cursor = try Row.fetchCursor(
        database,
        sql: "SELECT \(StoredResource.columns) FROM resource WHERE type = ? "
          + "ORDER BY modified DESC LIMIT 1000", arguments: [type.resource.code])
      while let row = try cursor.next() {
        guard let stamp = place.value(in: try StoredResource(row).body)?.string else { continue }
        newest = max(newest ?? "", stamp)
        break
      }
    }
    return newest
  }

  /// The domains that user principal names may end with.
  func domains(_ request: GraphRequest, _ rest: [String]) async throws -> Reply {
    try allow(["GET"], request)
    try request.allowOptions(["$select"])
    let names = try Self.domain.names(request)
    let all = values.verifiedDomains.enumerated().map { index, name in
      JSONObject([
        "id": .string(name), "authenticationType": "Managed", "availabilityStatus": .null,
        "isAdminManaged": true, "isDefault": .boolean(index == 0),
        "isInitial": .boolean(name.hasSuffix(".onmicrosoft.com")), "isRoot": true,
        "isVerified": true, "supportedServices": ["Email", "OfficeCommunicationsOnline"],
        "passwordValidityPeriodInDays": .null, "passwordNotificationWindowInDays": .null,
        "state": .null,
      ])
    }
    guard let wanted = rest.first else {
      let shown = all.map { JSONValue.object(Self.domain.shown($0, names)) }
      return json(200, .object(contextual(JSONObject(["value": .array(shown)]), "domains")))
    }
    guard rest.count == 1,
      let domain = all.first(where: { $0["id"]?.string == wanted.lowercased() })
    else { throw GraphError.notFound(rest.joined(separator: "/")) }
    return json(
      200, .object(contextual(Self.domain.shown(domain, names), "domains/$entity")))
  }

  /// Answers what is asked of objects whose kind is not told.
  func directoryObjects(_ request: GraphRequest, _ rest: [String]) async throws -> Reply {
    guard let id = rest.first else {
      throw GraphError.bad("Resource not found for the segment 'directoryObjects'.")
    }
    if rest == ["getByIds"] { return try await objects(request) }
    let kind = try await store.read { try ResourceTable.reference($0, id: id)?.type }
    guard let type = kind.flatMap(GraphType.numbered) else { throw GraphError.notFound(id) }
    guard rest.count == 1 else {
      return try await related(type, id, Array(rest.dropFirst()), request)
    }
    try allow(["GET"], request)
    try request.allowOptions(["$select"])
    let names = try request.selected(type)
    let body = try await store.read {
      GraphRenderer(database: $0, names: names).json(
        try Self.object($0, type, id), isTyped: true)
    }
    return json(200, .object(contextual(body, "directoryObjects/$entity")))
  }

  // The objects of these ids that are there, of these kinds if any are named.
  private func objects(_ request: GraphRequest) async throws -> Reply {
    try allow(["POST"], request)
    try request.allowOptions(["$select"])
    let (body, names) = (try request.object(), try request.selectedOfAny())
    let ids = try Self.ids(body, "ids", most: 1000)
    let kinds = body["types"]?.array?.compactMap { $0.string?.lowercased() } ?? []
    let isAny = kinds.isEmpty || kinds.contains("directoryobject")
    let found = try await store.read { database in
      try ids.compactMap { id -> JSONValue? in
        guard let seq = try ResourceTable.reference(database, id: id)?.seq,
          let object = try ResourceTable.fetch(database, seq: seq),
          let type = GraphType.numbered(object.typeCode),
          isAny || kinds.contains(type.name.lowercased())
        else { return nil }
        return .object(GraphRenderer(database: database, names: names).json(object, isTyped: true))
      }
    }
    return json(
      200, .object(contextual(JSONObject(["value": .array(found)]), "directoryObjects")))
  }

  private static let organization = PlainEntity(
    name: "organization",
    members: """
      id displayName onPremisesSyncEnabled onPremisesLastSyncDateTime \
      onPremisesLastPasswordSyncDateTime verifiedDomains createdDateTime deletedDateTime \
      tenantType countryLetterCode defaultUsageLocation preferredLanguage city country \
      postalCode state street mobileDeviceManagementAuthority privacyProfile \
      partnerTenantType
      """,
    lists: """
      assignedPlans businessPhones marketingNotificationEmails provisionedPlans \
      securityComplianceNotificationMails securityComplianceNotificationPhones \
      technicalNotificationMails
      """)

  private static let domain = PlainEntity(
    name: "domain",
    members: """
      id authenticationType availabilityStatus isAdminManaged isDefault isInitial isRoot \
      isVerified passwordNotificationWindowInDays passwordValidityPeriodInDays state manufacturer model
      """, lists: "supportedServices")
}

/// What can be chosen of an object that is no resource in the store.
private struct PlainEntity: Sendable {
  private let title: String
  private let names: [String]
  private let lists: Set<String>

  init(name: String, members: String, lists: String) {
    title = "microsoft.graph." + name
    self.lists = Set(lists.split(separator: " ").map(String.init))
    names = members.split(separator: " ").map(String.init) + self.lists.sorted()
  }

  /// The names that are asked for; nil for all that there is.
  func names(_ request: GraphRequest) throws -> [String]? {
    try request.selected(title) { name in
      names.first { $0.lowercased() == name.lowercased() }
    }
  }

  /// What is asked for of `object`.
  func shown(_ object: JSONObject, _ asked: [String]?) -> JSONObject {
    guard let asked else { return object }
    let wanted = ["id"] + asked.filter { $0 != "id" }
    return JSONObject(
      members: wanted.map { name in
        JSONMember(name: name, value: object[name] ?? (lists.contains(name) ? [] : .null))
      })
  }
}
