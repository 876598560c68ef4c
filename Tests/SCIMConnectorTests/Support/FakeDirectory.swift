import Directory
import HTTP
import HTTPTesting
import JSON
import Synchronization

@testable import SCIMConnector

/// A SCIM server of a few lines that keeps users and groups in memory.
///
/// It is for asking how the connector behaves when a server misbehaves: it checks nothing; the
/// script says what goes wrong.
final class FakeDirectory: Sendable {
  /// What `totalResults` counts: the list, the page alone, the page and what is behind it, nothing.
  enum Total: Sendable { case list, page, rest, nothing }

  /// How a page is found: by its index, by its number (the index divided by the count), by a cursor
  /// only, or not at all, so that everything is always given.
  enum Paging: Sendable { case index, number, cursor, none }

  /// How members that are to go are known: by a selector in a path as by a list of values; by a selector
  /// alone, so that a path without one means all; by a list alone, so that nothing comes of a selector.
  enum Removal: Sendable { case both, bySelector, byList }

  struct Options: Sendable {
    var hasBulk = false
    var canFilter = true
    /// Whether what it says of filters is true.
    var obeysFilter = true
    var canPatch = true
    var hasETags = false
    var hasCursors = false
    /// Whether pages have a cursor though the server does not say so.
    var givesCursors = false
    var total = Total.list
    var paging = Paging.index
    /// Whether a list of nothing, to count, is refused (RFC 9865 §2).
    var givesNoEmptyPage = false
    var removal = Removal.both
    /// Whether it keeps the externalId of a new group.
    var keepsGroupAnchors = true
    var maxResults = 100
    var maxOperations = 1000
    var maxPayloadSize = 1 << 20
    var date: String? = "Sun, 22 Nov 2026 20:00:00 GMT"
  }

  /// What happens instead of the ordinary answer; nil for the ordinary one.
  ///
  /// `carryOut` does what the request asks, whatever is answered then.
  typealias Fault = @Sendable (ReceivedRequest, _ carryOut: () -> Reaction) -> Reaction?

  private struct State {
    var resources: [String: [JSONObject]] = ["/Users": [], "/Groups": []]
    var lastID = 0
  }

  let options: Options
  private let state = Mutex(State())

  init(_ options: Options = Options()) { self.options = options }

  /// A server over this directory.
  func serve(_ fault: @escaping Fault = { _, _ in nil }) throws -> ScriptedServer {
    try ScriptedServer { request in
      fault(request) { self.answer(request) } ?? self.answer(request)
    }
  }

  func resources(_ endpoint: String) -> [JSONObject] {
    state.withLock { $0.resources[endpoint] ?? [] }
  }

  /// A directory with the groups `g` and `h`, each with the members `u1` to as many.
  static func withGroups(
    of count: Int, _ removal: Removal, hasBulk: Bool = false
  ) -> FakeDirectory {
    var options = Options()
    (options.removal, options.hasBulk) = (removal, hasBulk)
    let directory = FakeDirectory(options)
    for id in ["g", "h"] {
      let members: [JSONValue] = (1...count).map { ["value": .string("u\($0)")] }
      directory.add(
        "/Groups", id: id, [("displayName", .string(id)), ("members", .array(members))])
    }
    return directory
  }

  /// Puts a resource in; its id is `id` or the next number.
  @discardableResult
  func add(
    _ endpoint: String, id: String? = nil, modified: String = "2026-11-22T10:00:00.000Z",
    _ members: [(String, JSONValue)]
  ) -> String {
    state.withLock { state in
      state.lastID += 1
      let id = id ?? "id-\(state.lastID)"
      var object = JSONObject(members: [
        JSONMember(
          name: "schemas",
          value: [.string(endpoint == "/Users" ? SCIMSchema.userURN : SCIMSchema.groupURN)]),
        JSONMember(name: "id", value: .string(id)),
      ])
      for (name, value) in members where name != "schemas" { object[name] = value }
      object["meta"] = ["lastModified": .string(modified)]
      state.resources[endpoint, default: []].append(object)
      return id
    }
  }

  func remove(_ endpoint: String, id: String) -> Bool {
    state.withLock { state in
      let before = state.resources[endpoint]?.count ?? 0
      state.resources[endpoint]?.removeAll { $0["id"]?.string == id }
      return state.resources[endpoint]?.count != before
    }
  }

  func answer(_ request: ReceivedRequest) -> Reaction {
    switch (request.method, request.path) {
    case ("GET", "/ServiceProviderConfig"): return reply(200, config)
    case ("GET", "/ResourceTypes"), ("GET", "/Schemas"): return reply(404, ["detail": "no"])
    case ("POST", "/Bulk"): return bulk(request)
    case ("GET", "/Users"), ("GET", "/Groups"): return list(request)
    default:
      let body = try? JSONValue(parsing: request.body)
      let (status, json) = carryOut(request.method, request.path, body?.object ?? JSONObject())
      return reply(status, json)
    }
  }

  private var config: JSONValue {
    [
      "patch": ["supported": .boolean(options.canPatch)],
      "etag": ["supported": .boolean(options.hasETags)],
      "filter": ["supported": .boolean(options.canFilter)],
      "bulk": [
        "supported": .boolean(options.hasBulk),
        "maxOperations": .integer(Int64(options.maxOperations)),
        "maxPayloadSize": .integer(Int64(options.maxPayloadSize)),
      ],
      "pagination": ["cursor": .boolean(options.hasCursors)],
      "meta": ["location": "/ServiceProviderConfig"],
    ]
  }

  private func carryOut(
    _ method: String, _ path: String, _ body: JSONObject
  ) -> (Int, JSONValue?) {
    let parts = path.split(separator: "/").map(String.init)
    guard let first = parts.first else { return (404, ["detail": "no such path"]) }
    let endpoint = "/" + first
    if method == "POST" {
      let kept = body.members.filter { member in
        member.name != "externalId" || endpoint != "/Groups" || options.keepsGroupAnchors
      }
      let id = add(endpoint, kept.map { ($0.name, $0.value) })
      return (201, ["id": .string(id)])
    }
    let found = resources(endpoint).first { $0["id"]?.string == parts.last }
    guard parts.count == 2, let found else { return (404, ["detail": "no such resource"]) }
    switch method {
    case "GET": return (200, .object(found))
    case "DELETE":
      _ = remove(endpoint, id: parts[1])
      return (204, nil)
    case "PATCH":
      change(endpoint, id: parts[1], body["Operations"]?.array ?? [])
      let changed = resources(endpoint).first { $0["id"]?.string == parts[1] }
      return (200, .object(changed ?? found))
    default: return (200, .object(found))
    }
  }

  /// Sets what operations replace, and takes members in and out; only attributes of the resource itself.
  private func change(_ endpoint: String, id: String, _ operations: [JSONValue]) {
    state.withLock { state in
      let index = state.resources[endpoint]?.firstIndex { $0["id"]?.string == id }
      guard let index else { return }
      for operation in operations {
        let path = operation["path"]?.string ?? ""
        let isPlain = !path.contains { ":[.".contains($0) }
        let old = state.resources[endpoint]?[index][path]?.array ?? []
        switch operation["op"]?.string?.lowercased() {
        case "replace" where isPlain:
          state.resources[endpoint]?[index][path] = operation["value"]
        case "add" where isPlain:
          guard let new = operation["value"]?.array else { continue }
          let ids = Set(new.map { $0["value"]?.string })
          let kept = old.filter { !ids.contains($0["value"]?.string) }
          state.resources[endpoint]?[index][path] = .array(kept + new)
        case "remove":
          let members = state.resources[endpoint]?[index]["members"]?.array ?? []
          state.resources[endpoint]?[index]["members"] = .array(remaining(members, operation))
        default: continue
        }
      }
    }
  }

  private func remaining(_ members: [JSONValue], _ operation: JSONValue) -> [JSONValue] {
    let path = operation["path"]?.string ?? ""
    if path == "members" {
      guard let going = operation["value"]?.array, options.removal != .bySelector else { return [] }
      return members.filter { member in !going.contains { $0["value"] == member["value"] } }
    }
    guard options.removal != .byList, let selector = SCIMAttributePath(path)?.selector,
      path.hasPrefix("members[")
    else { return members }
    return members.filter { !selector.matches($0) }
  }

  private func bulk(_ request: ReceivedRequest) -> Reaction {
    let body = try? JSONValue(parsing: request.body)
    let answers: [JSONValue] = (body?["Operations"]?.array ?? []).map { operation in
      let method = operation["method"]?.string ?? ""
      let path = operation["path"]?.string ?? ""
      let (status, json) = carryOut(method, path, operation["data"]?.object ?? JSONObject())
      var answer = JSONObject()
      answer["method"] = .string(method)
      answer["bulkId"] = operation["bulkId"]
      answer["status"] = .string(String(status))
      if let id = json?["id"]?.string, status == 201 {
        answer["location"] = .string("http://x" + path + "/" + id)
      } else if status >= 400 {
        answer["response"] = json
      }
      return .object(answer)
    }
    return reply(200, ["Operations": .array(answers)])
  }

  private func list(_ request: ReceivedRequest) -> Reaction {
    let query = request.query
    var all = resources(request.path)
    if let filter = query["filter"], options.obeysFilter {
      all = all.filter { Self.matches($0, filter) }
    }
    let asked = Int(query["count"] ?? "100") ?? 100
    if asked == 0, options.givesNoEmptyPage {
      return reply(400, ["scimType": "invalidCount", "detail": "count must be 1 or more"])
    }
    let cursor = query["cursor"]
    let index = (Int(query["startIndex"] ?? "1") ?? 1) - 1
    var count = min(asked, options.maxResults)
    var start = cursor.map { Int($0) ?? 0 } ?? index
    switch options.paging {
    case .index: break
    case .number where asked == 0: return reply(500, ["detail": "/ by zero"])
    case .number: start = index / asked * count
    case .cursor: if cursor == nil { start = 0 }
    case .none: (start, count) = (0, all.count)
    }
    let page = all.dropFirst(start).prefix(count)
    var json = JSONObject()
    json["schemas"] = ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    switch options.total {
    // Who pages by cursor need not count.
    case _ where options.paging == .cursor && cursor != nil: break
    case .list: json["totalResults"] = .integer(Int64(all.count))
    case .page: json["totalResults"] = .integer(Int64(page.count))
    case .rest: json["totalResults"] = .integer(Int64(all.count - min(start, all.count)))
    case .nothing: break
    }
    json["itemsPerPage"] = .integer(Int64(page.count))
    let items: [JSONValue] = page.map { item in
      guard query["attributes"] == "id" else { return .object(item) }
      return ["id": item["id"] ?? .null]
    }
    // A page without resources has no list (RFC 7644 §3.4.2).
    if !items.isEmpty { json["Resources"] = .array(items) }
    let mayGiveCursor = cursor != nil && options.paging != .number || options.givesCursors
    if mayGiveCursor, start + count < all.count {
      json["nextCursor"] = .string("\(start + count)")
    }
    return reply(200, .object(json))
  }

  private static func matches(_ object: JSONObject, _ filter: String) -> Bool {
    let words = filter.split(separator: " ", maxSplits: 2).map(String.init)
    guard words.count == 3, let value = try? JSONValue(parsing: Array(words[2].utf8)) else {
      return false
    }
    guard words[1] == "ge" else { return object[words[0]] == value }
    return object["meta"]?["lastModified"]?.string ?? "" >= value.string ?? ""
  }

  /// An answer with `json`.
  func reply(_ status: Int, _ json: JSONValue?, _ headers: [(String, String)] = []) -> Reaction {
    let date = options.date.map { [("Date", $0)] } ?? []
    return .answer(
      status, [("Content-Type", "application/scim+json")] + date + headers, json?.encoded ?? [])
  }
}

/// A connector to `server` that does not wait long.
func connector(
  _ server: ScriptedServer, _ change: (inout SCIMConnectorSettings) -> Void = { _ in }
) -> SCIMConnector { connector(server.url, change) }

/// A connector to the server at `url` that does not wait long.
func connector(
  _ url: String, _ change: (inout SCIMConnectorSettings) -> Void = { _ in }
) -> SCIMConnector {
  var settings = SCIMConnectorSettings(url: url, token: { "secret-token" })
  settings.retry = RetryPolicy(tries: 4, firstDelay: 0.01, longestDelay: 0.05)
  settings.timeout = 10
  settings.connectTimeout = 5
  change(&settings)
  return SCIMConnector(settings)
}

/// All batches of an import.
func readAll(
  _ connector: SCIMConnector, since watermark: Watermark? = nil, types: [String] = [],
  knowing known: Set<String> = [], staged: @escaping @Sendable () async throws -> Int = { 0 }
) async throws -> [ImportBatch] {
  let reader = try await connector.openImport(
    ImportRequest(
      watermark: watermark, objectTypes: types, staged: KnownObjects(anchors: known),
      stagedCount: staged))
  var batches: [ImportBatch] = []
  while let batch = try await reader.next() { batches.append(batch) }
  return batches
}

/// What is staged, by its anchors.
private struct KnownObjects: StagedObjects {
  var anchors: Set<String>

  func names(of anchors: [Anchor]) throws -> [Anchor: DistinguishedName] {
    try anchors.filter { self.anchors.contains($0.text) }.reduce(into: [:]) {
      $0[$1] = try DistinguishedName("CN={\($1.text)}")
    }
  }
  func below(_ dn: DistinguishedName) -> [Anchor] { [] }
  func referrers(to anchors: [Anchor]) -> [Anchor] { [] }
  func waiting(for names: [DistinguishedName]?) -> [AttributeName: [Anchor]] { [:] }
}

/// The entries in `batches`.
func entries(_ batches: [ImportBatch]) -> [DirectoryEntry] {
  batches.flatMap(\.changes).compactMap { change in
    if case .entry(let entry) = change { entry } else { nil }
  }
}

/// The failure that `body` throws.
func failure(_ body: () async throws -> Void) async -> ConnectorFailure? {
  do {
    try await body()
    return nil
  } catch {
    return error as? ConnectorFailure
  }
}

/// An operation for tests; its DN follows from the id.
func operation(
  _ id: Int64, _ kind: ExportOperation.Kind, _ type: String = "user", anchor: String? = nil,
  isRetry: Bool = false
) throws -> ExportOperation {
  ExportOperation(
    id: id, kind: kind, objectType: type, anchor: anchor.map { Anchor($0) },
    dn: try DistinguishedName("CN={\(id)}"), isRetry: isRetry)
}

/// The operation that adds a user called `name` with an external id.
func addUser(_ id: Int64, _ name: String, isRetry: Bool = false) throws -> ExportOperation {
  try operation(
    id, .add(["userName": [.string(name)], "externalId": [.string("ext-" + name)]]),
    isRetry: isRetry)
}

extension ExportOutcome {
  /// The anchor of a done operation.
  var anchor: String? { if case .done(let anchor) = self { anchor?.text } else { nil } }
  /// Whether it is done.
  var isDone: Bool { if case .done = self { true } else { false } }
  /// The failure of a refused operation.
  var failure: ObjectFailure? { if case .failed(let failure) = self { failure } else { nil } }
  /// What is refused of an operation that is otherwise done.
  var part: PartialExport? { if case .partly(let part) = self { part } else { nil } }
  /// Whether nobody knows.
  var isUnknown: Bool { if case .unknown = self { true } else { false } }
}
