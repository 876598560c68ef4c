import Directory
import HTTP
import JSON
import Synchronization

// Objects that may be there already.
extension SingleExport {
  /// The object that has the plan's external id.
  func find() async throws(RequestError) -> Anchor? {
    guard let externalID = plan.externalID else { return nil }
    let (found, isCertain) = try await filtered("externalId", externalID) { $0 == externalID }
    if found != nil || isCertain { return found }
    // A server that can't filter, or ignores the filter, is read until the object comes.
    let lister = ResourceLister(
      client: client, features: server.features,
      query: ListQuery(type: plan.type, attributes: "id,externalId", mayBeWider: true))
    while let items = try await lister.next() {
      if let item = items.first(where: { $0["externalId"]?.string == externalID }) {
        return item["id"]?.id.map { Anchor($0) }
      }
    }
    return nil
  }

  /// The object that has the name which the plan's object was to get.
  func holder(
    of name: (attribute: String, value: String)
  ) async throws(RequestError) -> Anchor? {
    let wanted = name.value.lowercased()
    return try await filtered(name.attribute, name.value) { $0.lowercased() == wanted }.found
  }

  /// The object of which a filter says that it has `value`, checked against the object; and whether
  /// the server's answer can be believed when there is none.
  private func filtered(
    _ attribute: String, _ value: String, isSame: (String) -> Bool
  ) async throws(RequestError) -> (found: Anchor?, isCertain: Bool) {
    guard server.features.canFilter else { return (nil, false) }
    let query = ListQuery(
      type: plan.type, filter: Self.filter(attribute, value), attributes: "id," + attribute,
      mayBeWider: true)
    let items: [JSONValue]
    do {
      items = try await client.page(query, startIndex: 1, count: 10).items
    } catch {
      switch error {
      // It says that it can filter, but not by this attribute; some fail at it.
      case .unexpected, .busy: return (nil, false)
      default: throw error
      }
    }
    let found = items.first { $0[attribute]?.string.map(isSame) ?? false }
    if let id = found?["id"]?.id { return (Anchor(id), true) }
    // What differs in its case only is another object; all else was not asked for.
    let isObeyed = items.allSatisfy {
      $0[attribute]?.string?.lowercased() == value.lowercased()
    }
    return (nil, isObeyed)
  }

  /// The objects of the type that have this name, with their external ids.
  func namesakes(
    _ name: (attribute: String, value: String)
  ) async throws(RequestError) -> [JSONValue] {
    let found = try await named(name)
    if let found, !found.isEmpty { return found }
    if found != nil, try await findsNames(name.attribute) { return [] }
    let lister = ResourceLister(
      client: client, features: server.features, query: namesQuery(name.attribute))
    var same: [JSONValue] = []
    while let items = try await lister.next() {
      same += items.filter { Self.isSame($0[name.attribute]?.string, name.value) }
    }
    return same
  }

  private static func isSame(_ one: String?, _ other: String) -> Bool {
    one?.lowercased() == other.lowercased()
  }

  private func namesQuery(_ attribute: String, filter: String? = nil) -> ListQuery {
    ListQuery(
      type: plan.type, filter: filter, attributes: "id,externalId," + attribute, mayBeWider: true)
  }

  /// The objects that a filter finds by their name; nil if the server can't do that.
  private func named(
    _ name: (attribute: String, value: String)
  ) async throws(RequestError) -> [JSONValue]? {
    guard server.features.canFilter else { return nil }
    let filter = Self.filter(name.attribute, name.value)
    let items: [JSONValue]
    do {
      items = try await client.page(
        namesQuery(name.attribute, filter: filter), startIndex: 1, count: 100
      ).items
    } catch {
      switch error {
      case .unexpected, .busy: return nil
      default: throw error
      }
    }
    let isObeyed = items.allSatisfy { Self.isSame($0[name.attribute]?.string, name.value) }
    guard isObeyed else { return nil }
    if !items.isEmpty { client.filtersNames.withLock { _ = $0.insert(plan.type.endpoint) } }
    return items
  }

  /// Whether the server finds an object by its name: some find nothing by what they can't filter by.
  private func findsNames(_ attribute: String) async throws(RequestError) -> Bool {
    if client.filtersNames.withLock({ $0.contains(plan.type.endpoint) }) { return true }
    let page = try await client.page(namesQuery(attribute), startIndex: 1, count: 1)
    guard let name = page.items.first?[attribute]?.string, !name.isEmpty else { return false }
    return try await named((attribute, name))?.isEmpty == false
  }

  private static func filter(_ attribute: String, _ value: String) -> String {
    attribute + " eq " + String(decoding: JSONValue.string(value).encoded, as: UTF8.self)
  }
}
