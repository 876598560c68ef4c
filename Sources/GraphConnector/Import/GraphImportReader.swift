import Directory
import HTTP
import JSON

/// Reads a tenant by its delta queries: everything, or what changed since a watermark.
actor GraphImportReader: ImportReader {
  private let client: GraphClient
  private let types: [GraphObjectType]
  private let since: GraphWatermark?
  private var next = GraphWatermark()
  private var index = 0
  /// The link of the next page of the type that is being read; nil before its first.
  private var link: String?
  /// The links that were followed for the type that is being read.
  private var trail = LinkTrail()
  /// Groups of a full import, which come in parts: half of one is never taken for the whole.
  private var groups = GroupCollector()
  private var waiting: [ImportBatch] = []
  /// The users that a full import has given.
  private var seen: Set<String> = []
  /// Whether the provisioning log is read, or not asked for.
  private var isLogRead: Bool
  /// Whether the beginning of this round is told by the server's clock.
  private var hasServerTime = false

  init(client: GraphClient, types: [GraphObjectType], since: GraphWatermark?) {
    self.client = client
    self.types = types
    self.since = since
    isLogRead = client.settings.bulkUpload == nil
    next.began = Timestamp.now.milliseconds
  }

  /// The next batch, or nil when all has been read.
  func next() async throws -> ImportBatch? {
    do {
      while waiting.isEmpty {
        guard index < types.count else {
          guard !isLogRead, let settings = client.settings.bulkUpload else { return nil }
          isLogRead = true
          return try await readLog(settings)
        }
        try await readPage(types[index])
      }
      return waiting.removeFirst()
    } catch let error as RequestError {
      throw error.failure(url: client.settings.graphRoot, isStart: false)
    }
  }

  /// What became of users that the tenant accepted, after they were read: what is there by now was
  /// not refused.
  private func readLog(_ settings: BulkUploadSettings) async throws -> ImportBatch {
    let known = since?.logged ?? ""
    let start =
      known.isEmpty ? Timestamp.now.adding(seconds: -86_400 - settings.patience).description : known
    let (reports, newest) = try await ProvisioningLog(client: client, settings: settings)
      .failures(after: start)
    next.logged = newest
    var batch = ImportBatch(changes: [], watermark: next.watermark, fractionRead: 1)
    batch.reports = reports
    return batch
  }

  private func reader(_ type: GraphObjectType) -> GraphObjectReader {
    GraphObjectReader(
      type: type, anchorExtension: client.settings.groupAnchorExtension,
      bulkUpload: client.settings.bulkUpload)
  }

  private func selected(_ type: GraphObjectType) -> [String] {
    var names = type.selected
    if type.name == "group", let name = client.settings.groupAnchorExtension { names.append(name) }
    return names
  }

  private func readPage(_ type: GraphObjectType) async throws {
    let (answer, place) = try await page(type)
    let values = answer["value"]?.array
    let items = values?.compactMap(\.object) ?? []
    // What a page lacks would be taken for gone.
    guard let values, items.count == values.count else {
      throw RequestError.unexpected(
        "A page of \(type.endpoint) holds no list of objects",
        words: ServerWords.shown(JSONValue.object(answer).encoded))
    }
    let end = answer["@odata.deltaLink"]?.string
    link = try client.nextLink(answer, &trail, of: "GET \(type.endpoint)/delta")
    guard end != nil || link != nil else {
      throw RequestError.unexpected(
        "A page of \(type.endpoint) names neither a next one nor the end", words: "")
    }
    var batch: ImportBatch
    if let since {
      batch = try await changes(items, type, since: since, location: place)
    } else if type.name == "group" {
      for item in items { groups.add(item) }
      batch = ImportBatch(changes: [])
    } else {
      batch = try await whole(items, type, location: place)
    }
    if let end {
      next.links[type.name] = try client.checked(end)
      if since == nil, type.name == "group" { waiting += groups.batches(reader(type)) }
      seen = []
      trail = LinkTrail()
      index += 1
      link = nil
    }
    if index == types.count { batch.watermark = next.watermark }
    batch.fractionRead = Double(index) / Double(types.count)
    waiting.append(batch)
  }

  private func page(_ type: GraphObjectType) async throws -> (JSONObject, String) {
    var names = selected(type)
    if type.name == "user" { names.append("manager") }
    if type.name == "group" { names.append("members") }
    let first = type.endpoint + "/delta?$select=" + names.joined(separator: ",")
    let stored = try link == nil ? since?.links[type.name].map { try client.checked($0) } : nil
    let path = link ?? stored ?? first
    let answer = try await client.send(
      GraphCall("GET", path),
      headers: [(name: "Prefer", value: "odata.maxpagesize=\(client.settings.pageSize)")])
    if !hasServerTime, let date = answer.date {
      hasServerTime = true
      next.began = date.milliseconds
    }
    let error = answer.error
    // The docs name 410 and, for an expired token, codes of the 40X series, which are not all known:
    // a stored link that the server can't make sense of is of no more use. A proxy that has lost
    // its server says 404, too, but no code of Graph's.
    let isOld =
      answer.status == 410
      || (400..<500).contains(answer.status)
        && ["syncstatenotfound", "resyncrequired"].contains(error.code.lowercased())
      || stored != nil && !error.code.isEmpty && (answer.status == 400 || answer.status == 404)
    if isOld { throw RequestError.outdated(words: error.words) }
    if answer.status == 403 { throw RequestError.refused(error.words) }
    guard answer.isSuccess else { throw answer.fault("GET \(type.endpoint)/delta") }
    return (answer.object, type.endpoint)
  }

  // MARK: Everything

  private func whole(
    _ items: [JSONObject], _ type: GraphObjectType, location: String
  ) async throws -> ImportBatch {
    var batch = ImportBatch(changes: [])
    var again: [JSONObject] = []
    var removed: [String: Bool] = [:]
    for item in items {
      let id = item["id"]?.string ?? ""
      // Who comes back after that may be found late.
      removed[id]? = false
      if item["@removed"] != nil {
        removed[id] = true
        // Given before, and gone since.
        if seen.contains(id) { batch.changes.append(.delete(ObjectAddress(anchor: Anchor(id)))) }
      } else if id.isEmpty || seen.insert(id).inserted {
        add(item, type, to: &batch, location: location)
      } else if Self.isRelation(item) {
        // Graph may tell a relation apart from its object.
        let ids = GroupCollector.links(item["manager@delta"]?.array ?? []).added
        batch.changes.append(
          .modify(
            ObjectAddress(anchor: Anchor(id)),
            [AttributeChange("manager", .replace(ids.map { .reference($0) }))]))
      } else {
        again.append(item)
      }
    }
    // What is told again has changed since, and what is not told of it may be empty by now.
    for start in stride(from: 0, to: again.count, by: GraphClient.batchSize) {
      let part = Array(again[start..<min(start + GraphClient.batchSize, again.count)])
      try await readNow(
        part, type, since: nil, removed: removed, into: &batch, location: location)
    }
    return batch
  }

  private static func isRelation(_ item: JSONObject) -> Bool {
    item["manager@delta"] != nil
      && item.members.allSatisfy { $0.name == "id" || $0.name.contains("@") }
  }

  private func add(
    _ item: JSONObject, _ type: GraphObjectType, to batch: inout ImportBatch, location: String
  ) {
    var references: [AttributeName: [String]] = [:]
    if let managers = item["manager@delta"]?.array {
      references["manager"] = GroupCollector.links(managers).added
    } else if let manager = item["manager"]?["id"]?.string {
      references["manager"] = [manager]
    }
    do {
      batch.changes.append(
        .entry(try reader(type).entry(item, references: references, location: location)))
    } catch {
      batch.errors.append(error)
    }
  }

  // MARK: Changes

  private func changes(
    _ items: [JSONObject], _ type: GraphObjectType, since: GraphWatermark, location: String
  ) async throws -> ImportBatch {
    var batch = ImportBatch(changes: [])
    var changed: [JSONObject] = []
    var ids: Set<String> = []
    var removed: [String: Bool] = [:]
    for item in items {
      guard let id = item["id"]?.string, !id.isEmpty else {
        // It changes nothing, and says so.
        add(item, type, to: &batch, location: location)
        continue
      }
      // Who comes back after that may be found late.
      removed[id]? = false
      if item["@removed"] != nil {
        removed[id] = true
        batch.changes.append(.delete(ObjectAddress(anchor: Anchor(id))))
      } else if ids.insert(id).inserted {
        changed.append(item)
      } else if let at = changed.firstIndex(where: { $0["id"]?.string == id }) {
        let more = (changed[at]["members@delta"]?.array ?? [])
        changed[at]["members@delta"] = .array(more + (item["members@delta"]?.array ?? []))
      }
    }
    // A change tells at least what changed, not all: each object is read as it is now.
    for start in stride(from: 0, to: changed.count, by: GraphClient.batchSize) {
      let part = Array(changed[start..<min(start + GraphClient.batchSize, changed.count)])
      try await readNow(
        part, type, since: since, removed: removed, into: &batch, location: location)
    }
    return batch
  }

  /// Reads each of `items` as it is now.
  ///
  /// - Parameter removed: What is told as gone beside them; true where nothing is told after that.
  private func readNow(
    _ items: [JSONObject], _ type: GraphObjectType, since: GraphWatermark?,
    removed: [String: Bool], into batch: inout ImportBatch, location: String
  ) async throws {
    let more = type.name == "user" ? "&$expand=manager($select=id)" : ""
    let select = "?$select=" + selected(type).joined(separator: ",") + more
    let calls = items.map { item in
      GraphCall(
        "GET", type.endpoint + "/" + HTTPURL.encode(item["id"]?.string ?? "") + select)
    }
    let gone = Set(items.indices.filter { removed[items[$0]["id"]?.string ?? ""] == true })
    let answers = try await found(calls, gone: gone)
    for (item, answer) in zip(items, answers) {
      let id = item["id"]?.string ?? ""
      if answer.tellsAbsence {
        guard removed[id] != nil else { throw notFound(id, type, answer) }
      } else if !answer.isSuccess {
        throw answer.fault("GET \(type.endpoint)/\(id)")
      } else if since == nil {
        correct(answer.object, type, in: &batch, location: location)
      } else if type.name == "group", let since {
        try await addGroup(answer.object, item, since: since, to: &batch, location: location)
      } else {
        add(answer.object, type, to: &batch, location: location)
      }
    }
  }

  /// The answers to `calls`, those asked for again that find nothing.
  ///
  /// Graph keeps several copies: the one that is asked may not have yet what another has told.
  ///
  /// - Parameter gone: The places of those that need not be found.
  private func found(_ calls: [GraphCall], gone: Set<Int>) async throws -> [GraphAnswer] {
    var answers = try await client.settled(calls)
    let retry = client.settings.retry
    for attempt in 0..<max(0, retry.tries - 1) {
      let again = answers.indices.filter { answers[$0].tellsAbsence && !gone.contains($0) }
      guard !again.isEmpty else { break }
      try await Task.sleep(for: .seconds(retry.delay(after: attempt)))
      let fresh = try await client.settled(again.map { calls[$0] })
      for (index, answer) in zip(again, fresh) { answers[index] = answer }
    }
    return answers
  }

  // What is gone is told as removed. What is told as changed and can't be found may be new: taken
  // for gone, it would be made a second time.
  private func notFound(
    _ id: String, _ type: GraphObjectType, _ answer: GraphAnswer
  ) -> ConnectorFailure {
    ConnectorFailure(
      .stoppedImportRead,
      message: "\(client.settings.graphRoot) tells that the \(type.name) \(id) is there, and "
        + "does not find it",
      serverWords: answer.error.words,
      hint: "It is too new to be found everywhere, or was deleted just now: the next run reads the "
        + "same changes again. If it stays so, run a full import of this connector.")
  }

  // What a full import has given before.
  private func correct(
    _ json: JSONObject, _ type: GraphObjectType, in batch: inout ImportBatch, location: String
  ) {
    let manager = json["manager"]?["id"]?.string.map { [$0] } ?? []
    do {
      let entry = try reader(type).entry(
        json, references: type.name == "user" ? ["manager": manager] : [:], location: location)
      let names = type.attributes.filter { $0.shape != .links }.map(\.name)
      batch.changes.append(
        .modify(
          ObjectAddress(anchor: entry.anchor),
          names.map { AttributeChange($0, .replace(entry.attributes[$0])) }))
    } catch {
      batch.errors.append(error)
    }
  }

  // A group that is new is read whole, one that is known by what came and went.
  private func addGroup(
    _ json: JSONObject, _ change: JSONObject, since: GraphWatermark, to batch: inout ImportBatch,
    location: String
  ) async throws {
    let id = json["id"]?.string ?? ""
    let created = json["createdDateTime"]?.string.flatMap { Timestamp($0) }
    // Clocks differ, and a moment in whole seconds may be before one in parts of them.
    let isNew = created.map { $0.milliseconds > since.began - 600_000 } ?? true
    let members = isNew ? try await self.members(of: id) : []
    do {
      let entry = try reader(.group).entry(
        json, references: isNew ? ["member": members] : [:], location: location)
      guard !isNew else {
        batch.changes.append(.entry(entry))
        return
      }
      batch.changes.append(
        .modify(ObjectAddress(anchor: entry.anchor), modification(entry, change)))
    } catch {
      batch.errors.append(error)
    }
  }

  private func modification(_ entry: DirectoryEntry, _ change: JSONObject) -> [AttributeChange] {
    let plain = GraphObjectType.group.attributes.filter { $0.shape != .links }.map(\.name)
    var changes = plain.map { AttributeChange($0, .replace(entry.attributes[$0])) }
    let links = GroupCollector.links(change["members@delta"]?.array ?? [])
    if !links.added.isEmpty || !links.removed.isEmpty {
      changes.append(
        AttributeChange(
          "member",
          .update(
            added: links.added.map { .reference($0) }, removed: links.removed.map { .reference($0) }
          )))
    }
    return changes
  }

  private func members(of id: String) async throws -> [String] {
    var ids: [String] = []
    var path: String? = "/groups/\(HTTPURL.encode(id))/members?$select=id&$top=999"
    var trail = LinkTrail()
    while let next = path {
      let answer = try await client.send(GraphCall("GET", next))
      if answer.tellsAbsence { throw notFound(id, .group, answer) }
      guard answer.isSuccess, let values = answer.object["value"]?.array else {
        throw answer.fault("GET /groups/\(id)/members")
      }
      let found = values.compactMap { $0["id"]?.string }.filter { !$0.isEmpty }
      guard found.count == values.count else {
        throw RequestError.unexpected("A member of the group \(id) came without an id", words: "")
      }
      ids += found
      path = try client.nextLink(answer.object, &trail, of: "GET /groups/\(id)/members")
    }
    return ids
  }
}

extension GraphClient {
  /// The answers of repeatable calls, those sent again that the server was too busy for.
  ///
  /// - Throws: ``RequestError``.
  func settled(_ calls: [GraphCall]) async throws(RequestError) -> [GraphAnswer] {
    var answers = try await batch(calls)
    for attempt in 0..<settings.retry.tries {
      let again = answers.indices.filter { answers[$0].mayPass }
      guard !again.isEmpty else { break }
      for index in again { try hold(answers[index], attempt: attempt) }
      let fresh = try await batch(again.map { calls[$0] })
      for (index, answer) in zip(again, fresh) { answers[index] = answer }
    }
    return answers
  }
}
