import Directory
import HTTP
import JSON

/// Reads a tenant by its delta queries: everything, or what changed since a watermark.
actor GraphImportReader: ImportReader {
  let client: GraphClient
  let types: [GraphObjectType]
  private let since: GraphWatermark?
  let staged: any StagedObjects
  private var next = GraphWatermark()
  private var index = 0
  /// The link of the next page of the type that is being read; nil before its first.
  private var link: String?
  /// The links that were followed for the type that is being read.
  private var trail = LinkTrail()
  /// Groups of a full import, which come in parts: half of one is never taken for the whole.
  private var groups = GroupCollector()
  private var waiting: [ImportBatch] = []
  /// The users that a full import has given, with a digest of what it gave of each.
  private var seen: [String: Int] = [:]
  /// The objects of the type that were told as gone, on any of its pages; true where nothing was told
  /// after that.
  var removed: [String: Bool] = [:]
  /// What was told as changed and not found, by id: a later page may tell that it is gone.
  ///
  /// "There's no guarantee of the order" of changes, and an object may be told several times on the
  /// pages of one round (learn.microsoft.com, "Use delta query to track changes").
  var aside: [String: JSONObject] = [:]
  /// The users that were told as gone.
  var gone: Set<String> = []
  /// The members that new groups are told to have, and to have no more: a copy that is behind does
  /// not show all of them.
  var told: [String: (added: Set<String>, removed: Set<String>)] = [:]
  /// Who has a user who was brought back as manager, and the groups that have such members, by id:
  /// what was not told itself since.
  var managersBack: [String: String] = [:]
  var membersBack: [String: Set<String>] = [:]
  /// Whether the provisioning log is read, or not asked for.
  private var isLogRead: Bool
  /// Whether the beginning of this round is told by the server's clock.
  private var hasServerTime = false

  init(
    client: GraphClient, types: [GraphObjectType], since: GraphWatermark?,
    staged: any StagedObjects
  ) {
    self.client = client
    self.types = types
    self.since = since
    self.staged = staged
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

  func reader(_ type: GraphObjectType) -> GraphObjectReader {
    GraphObjectReader(
      type: type, anchorExtension: client.settings.groupAnchorExtension,
      bulkUpload: client.settings.bulkUpload)
  }

  func selected(_ type: GraphObjectType) -> [String] {
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
    if end != nil { try await settleAside(type, since: since, into: &batch, location: place) }
    if let end {
      next.links[type.name] = try client.checked(end)
      if since == nil, type.name == "group" { waiting += groups.batches(reader(type)) }
      forgetReferrersGone()
      seen = [:]
      gone = []
      removed = [:]
      aside = [:]
      told = [:]
      trail = LinkTrail()
      index += 1
      link = nil
    }
    if index == types.count {
      batch.changes += takeReferrers()
      batch.watermark = next.watermark
    }
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
    if answer.status == 400, link != nil, error.code == "Directory_ExpiredPageToken" {
      throw ConnectorFailure(
        .stoppedImportRead,
        message: "The list of \(type.endpoint) took so long that \(client.settings.graphRoot) does "
          + "not know any more where its next page is", serverWords: error.words,
        hint: "Nothing is lost: the next run reads the list again.")
    }
    if answer.status == 403 {
      throw RequestError.refused(
        "GET \(type.endpoint)/delta: \(error.words) It takes the application's right "
          + "\(type.right), or Directory.Read.All.")
    }
    guard answer.isSuccess else { throw answer.fault("GET \(type.endpoint)/delta") }
    return (answer.object, type.endpoint)
  }

  // MARK: Everything

  private func whole(
    _ items: [JSONObject], _ type: GraphObjectType, location: String
  ) async throws -> ImportBatch {
    var batch = ImportBatch(changes: [])
    var again: [JSONObject] = []
    for item in items {
      let id = item["id"]?.string ?? ""
      // Who comes back after that may be found late.
      removed[id]? = false
      if item["@removed"] != nil {
        removed[id] = true
        aside[id] = nil
        // Given before, and gone since.
        if seen[id] != nil { batch.changes.append(.delete(ObjectAddress(anchor: Anchor(id)))) }
        continue
      }
      let digest = Self.digest(item)
      guard !id.isEmpty, let known = seen.updateValue(digest, forKey: id) else {
        add(item, type, to: &batch, location: location)
        continue
      }
      guard known == digest || Self.isRelation(item) else {
        again.append(item)
        continue
      }
      if Self.isRelation(item) { seen[id] = known }
      // Graph may tell a relation apart from its object, or with all of it once more.
      if let links = item["manager@delta"]?.array {
        let ids = GroupCollector.links(links).added
        batch.changes.append(
          .modify(
            ObjectAddress(anchor: Anchor(id)),
            [AttributeChange("manager", .replace(ids.map { .reference($0) }))]))
      }
    }
    // What is told again has changed since, and what is not told of it may be empty by now.
    try await readInParts(again, type, since: nil, into: &batch, location: location)
    return batch
  }

  private static func isRelation(_ item: JSONObject) -> Bool {
    item["manager@delta"] != nil
      && item.members.allSatisfy { $0.name == "id" || $0.name.contains("@") }
  }

  /// A number that is the same for what tells the same of an object itself, in whatever order.
  private static func digest(_ item: JSONObject) -> Int {
    item.members.reduce(0) { sum, member in
      guard !member.name.contains("@") else { return sum }
      var hasher = Hasher()
      hasher.combine(member.name)
      hasher.combine(member.value)
      return sum &+ hasher.finalize()
    }
  }

  func add(
    _ item: JSONObject, _ type: GraphObjectType, to batch: inout ImportBatch, location: String
  ) {
    var references: [AttributeName: [String]] = [:]
    if let managers = Self.managers(item) { references["manager"] = managers }
    do {
      batch.changes.append(
        .entry(try reader(type).entry(item, references: references, location: location)))
    } catch {
      batch.errors.append(error)
    }
  }

  // The manager as a change tells it, or as the object shows it.
  static func managers(_ item: JSONObject) -> [String]? {
    if let told = item["manager@delta"]?.array { return GroupCollector.links(told).added }
    return item["manager"]?["id"]?.string.map { [$0] }
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
