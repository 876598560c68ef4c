import Directory
import HTTP
import JSON
import Synchronization

/// What is asked of a resource type's list.
struct ListQuery: Sendable {
  var type: SCIMResourceType
  /// A filter (RFC 7644 §3.4.2.2), or nil for all.
  var filter: String?
  /// The attributes that are wanted, or nil for all that are given by default.
  var attributes: String?
  /// Whether all attributes will do as well as those that are wanted: not every server takes a choice.
  var mayBeWider = false
  /// Whether a server that can't list anything by this filter is to be told from one that fails.
  var mayBeRefused = false

  /// The parameters of the query.
  var parameters: [(String, String)] {
    (filter.map { [("filter", $0)] } ?? []) + (attributes.map { [("attributes", $0)] } ?? [])
  }
}

/// One answer to a ``ListQuery`` (RFC 7644 §3.4.2).
struct ListPage: Sendable {
  var items: [JSONValue]
  /// The length of the whole list, as the server counts it at this moment.
  var total: Int?
  /// Where the next page begins, with cursors; nil on the last page.
  var cursor: String?
  /// The moment of the answer by the server's clock.
  var date: Timestamp?
  /// Why the server does not list anything by this query.
  var refusal: SCIMErrorMessage?

  private static let urn = "urn:ietf:params:scim:api:messages:2.0:listresponse"

  /// The page that `response` holds.
  ///
  /// - Throws: ``RequestError`` if it is no list.
  init(_ response: SCIMResponse, isCountOnly: Bool = false) throws(RequestError) {
    let object = try response.object()
    let urns = object["schemas"]?.array?.compactMap { $0.string?.lowercased() } ?? []
    let total = object["totalResults"]?.lenientInteger.map(Int.init(clamping:))
    let items = object["Resources"]?.array
    // An empty page may leave the list out (RFC 7644 §3.4.2); a member of another kind is a fault.
    let isEmpty = isCountOnly || total == 0 || object["itemsPerPage"]?.lenientInteger == 0
    let hasItems = items != nil || isEmpty && object["Resources"] == nil
    guard urns.contains(Self.urn), hasItems, total ?? 0 >= 0 else {
      throw .unexpected(
        "\(response.request) was answered with JSON that is no list of SCIM resources",
        words: ServerWords.shown(response.http.body))
    }
    self.items = items ?? []
    self.total = total
    cursor = object["nextCursor"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    date = response.date
  }

  /// The page that is none, since the server refused the query.
  init(refusal: SCIMErrorMessage) {
    items = []
    self.refusal = refusal
  }
}

extension SCIMClient {
  /// One page of a list, from `startIndex`, counted from 1.
  func page(
    _ query: ListQuery, startIndex: Int, count: Int
  ) async throws(RequestError) -> ListPage {
    try await page(query, [("startIndex", String(startIndex)), ("count", String(count))])
  }

  /// One page of a list, from `cursor` (RFC 9865 §2); the first has an empty one.
  func page(
    _ query: ListQuery, cursor: String, count: Int
  ) async throws(RequestError) -> ListPage {
    try await page(query, [("cursor", cursor), ("count", String(count))])
  }

  /// How many resources of a type there are; nil if the server does not count them.
  ///
  /// Some refuse to list nothing: RFC 9865 §2 has a count of at least one, and others divide by it.
  func count(
    _ type: SCIMResourceType, _ features: SCIMServer.Features
  ) async throws(RequestError) -> (total: Int?, date: Timestamp?) {
    if !givesNoEmptyPage.withLock(\.self) {
      let response = try await send(
        "GET", type.endpoint, query: [("startIndex", "1"), ("count", "0")])
      if ![400, 500, 501].contains(response.status) {
        let page = try ListPage(response, isCountOnly: true)
        return (page.total, page.date)
      }
      givesNoEmptyPage.withLock { $0 = true }
    }
    let query = ListQuery(type: type)
    let page =
      features.hasCursors
      ? try await page(query, cursor: "", count: 1)
      : try await page(query, startIndex: 1, count: 1)
    return (page.total, page.date)
  }

  private func page(
    _ query: ListQuery, _ place: [(String, String)]
  ) async throws(RequestError) -> ListPage {
    let response = try await send("GET", query.type.endpoint, query: query.parameters + place)
    if response.status == 400, query.mayBeWider, query.attributes != nil {
      var wider = query
      wider.attributes = nil
      let all = try await send("GET", query.type.endpoint, query: wider.parameters + place)
      if all.isSuccess { return try ListPage(all) }
    }
    if [400, 500, 501].contains(response.status) {
      let error = SCIMErrorMessage(response)
      if query.mayBeRefused, try await isRefusal(response.status, query, place) {
        return ListPage(refusal: error)
      }
      if response.status == 400, error.scimType.lowercased().hasSuffix("cursor") {
        throw .outdated(words: error.words)
      }
    }
    return try ListPage(response)
  }

  /// Whether a status says that `query` can't be answered: a server in trouble answers everything with
  /// 500, and who took that for a refusal would read all of it.
  private func isRefusal(
    _ status: Int, _ query: ListQuery, _ place: [(String, String)]
  ) async throws(RequestError) -> Bool {
    guard status == 500, query.filter != nil else { return true }
    var query = query
    query.filter = nil
    let start = place.filter { $0.0 != "count" }
    let response = try await send(
      "GET", query.type.endpoint, query: query.parameters + start + [("count", "1")])
    return response.isSuccess
  }
}
