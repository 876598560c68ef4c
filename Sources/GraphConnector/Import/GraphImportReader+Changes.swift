import Directory
import HTTP
import JSON

// What changed since a watermark.
extension GraphImportReader {
  /// The changes that the items of a page tell.
  func changes(
    _ items: [JSONObject], _ type: GraphObjectType, since: GraphWatermark, location: String
  ) async throws -> ImportBatch {
    var batch = ImportBatch(changes: [])
    var changed: [JSONObject] = []
    var ids: Set<String> = []
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
        aside[id] = nil
        if type.name == "user" { gone.insert(id) }
        told[id] = nil
        batch.changes.append(.delete(ObjectAddress(anchor: Anchor(id))))
      } else if ids.insert(id).inserted {
        changed.append(aside.removeValue(forKey: id).map { Self.joined($0, item) } ?? item)
      } else if let at = changed.firstIndex(where: { $0["id"]?.string == id }) {
        changed[at] = Self.joined(changed[at], item)
      }
    }
    // A change tells at least what changed, not all: each object is read as it is now.
    try await readInParts(changed, type, since: since, into: &batch, location: location)
    return batch
  }

  /// What two items tell of one object, the second of them later.
  private static func joined(_ first: JSONObject, _ second: JSONObject) -> JSONObject {
    var joined = first
    let members = (first["members@delta"]?.array ?? []) + (second["members@delta"]?.array ?? [])
    for member in second.members { joined[member.name] = member.value }
    if !members.isEmpty { joined["members@delta"] = .array(members) }
    return joined
  }

  /// Reads what was told as changed and could not be found once more, when all of the round is told.
  ///
  /// What is not found then is an error of that one object, and holds up no other.
  func settleAside(
    _ type: GraphObjectType, since: GraphWatermark?, into batch: inout ImportBatch,
    location: String
  ) async throws {
    guard !aside.isEmpty else { return }
    let items = aside.sorted { $0.key < $1.key }.map(\.value)
    aside = [:]
    try await readInParts(
      items, type, since: since, isAllTold: true, into: &batch, location: location)
  }

  /// Reads each of `items` as it is now.
  ///
  /// - Parameters:
  ///   - since: From where a delta goes on; nil in a full import, which has given them before.
  ///   - isAllTold: Whether no later page tells what became of those that are not found.
  func readInParts(
    _ items: [JSONObject], _ type: GraphObjectType, since: GraphWatermark?,
    isAllTold: Bool = false, into batch: inout ImportBatch, location: String
  ) async throws {
    guard !items.isEmpty else { return }
    let anchors = since == nil ? [] : items.compactMap { $0["id"]?.string }.map { Anchor($0) }
    let known = Set(try await staged.names(of: anchors).keys.map(\.text))
    for start in stride(from: 0, to: items.count, by: GraphClient.batchSize) {
      let part = Array(items[start..<min(start + GraphClient.batchSize, items.count)])
      try await readNow(
        part, type, since: since, isAllTold: isAllTold, known: known, into: &batch,
        location: location)
    }
  }

  /// Reads at most as many as go into one request; `known` are those that are staged.
  private func readNow(
    _ items: [JSONObject], _ type: GraphObjectType, since: GraphWatermark?, isAllTold: Bool,
    known: Set<String>, into batch: inout ImportBatch, location: String
  ) async throws {
    let more = type.name == "user" ? "&$expand=manager($select=id)" : ""
    let select = "?$select=" + selected(type).joined(separator: ",") + more
    let calls = items.map { item in
      GraphCall(
        "GET", type.endpoint + "/" + HTTPURL.encode(item["id"]?.string ?? "") + select)
    }
    let answers = try await isAllTold ? found(calls, asked: 1) : client.settled(calls)
    var restored: [String] = []
    for (item, answer) in zip(items, answers) {
      let id = item["id"]?.string ?? ""
      func setAside(_ answer: GraphAnswer) {
        if !isAllTold {
          if removed[id] != true { aside[id] = item }
        } else if removed[id] == nil {
          batch.errors.append(unfound(item, id, type, answer, isFull: since == nil, location))
        }
      }
      if !answer.isSuccess {
        guard answer.tellsAbsence else { throw answer.fault("GET \(type.endpoint)/\(id)") }
        setAside(answer)
        continue
      }
      // A copy that is behind may still show what is told as removed after that.
      if removed[id] == true { continue }
      let object = Self.laid(item, over: answer.object)
      guard let since else {
        correct(object, type, in: &batch, location: location)
        continue
      }
      let created = object["createdDateTime"]?.string.flatMap { Timestamp($0)?.milliseconds }
      if type.name == "group" {
        // Clocks differ, and a moment in whole seconds may be before one in parts of them. One that is
        // not staged may have been made long ago, and brought back.
        let isNew = created.map { $0 > since.began - 600_000 } ?? true
        do {
          try await addGroup(
            object, item, isNew: isNew || !known.contains(id), to: &batch, location: location)
        } catch let absence as Absence {
          setAside(absence.answer)
        }
        continue
      }
      // It is read with its manager.
      if type.name == "user" { managersBack[id] = nil }
      add(object, type, to: &batch, location: location)
      // Of users who were made long ago Graph tells no time, of others whole seconds. One who is
      // older may have been told before, and be back.
      let isNew = created.map { $0 >= since.began / 1000 * 1000 } ?? false
      if type.name == "user", self.gone.contains(id) || !known.contains(id) && !isNew {
        restored.append(id)
      }
    }
    try await noteReferrers(of: restored)
  }

  /// What a change tells, over what a copy shows that may be older.
  ///
  /// A change that came after it is told by the next round.
  private static func laid(_ item: JSONObject, over shown: JSONObject) -> JSONObject {
    var object = shown
    for member in item.members
    where !member.name.contains("@") || member.name == "manager@delta" {
      if var inner = object[member.name]?.object, let told = member.value.object {
        for part in told.members { inner[part.name] = part.value }
        object[member.name] = .object(inner)
      } else {
        object[member.name] = member.value
      }
    }
    return object
  }

  /// Notes what refers to users who were brought back: the groups and people that had them before.
  ///
  /// They are given with what is told of those themselves, or when all is told: each would otherwise
  /// be taken for a whole change of its own, which lacks what is told of it later.
  ///
  /// "Users that have been temporary deleted keep their group memberships and won't appear in the
  /// delta result" of groups, neither then nor when they come back (learn.microsoft.com, "Get
  /// incremental changes to groups").
  private func noteReferrers(of ids: [String]) async throws {
    // It takes a right more to read the groups, which is not asked for where nobody wants them.
    let names = types.contains { $0.name == "group" } ? ["memberOf"] : []
    let lists = ids.flatMap { id in
      (names + ["directReports"]).map { (id, "/users/\(HTTPURL.encode(id))/" + $0) }
    }
    for start in stride(from: 0, to: lists.count, by: GraphClient.batchSize) {
      let part = lists[start..<min(start + GraphClient.batchSize, lists.count)]
      let pages = try await found(part.map { Self.firstPage(of: $0.1) })
      for ((id, list), page) in zip(part, pages) {
        let isGroups = list.hasSuffix("/memberOf")
        if page.status == 403 { throw mayNotLook(list, isGroups: isGroups, page) }
        // Contacts have managers, too, who are not read.
        let kind = isGroups ? "group" : "user"
        let anchors: [Anchor]
        do {
          anchors = try await related(list, of: kind, first: page).map { Anchor($0) }
        } catch let absence as Absence {
          throw notFound(id, absence.answer)
        }
        // Others are read whole when they are told, or are none that is read.
        let known = try await staged.names(of: anchors)
        for anchor in anchors where known[anchor] != nil {
          if isGroups {
            membersBack[anchor.text, default: []].insert(id)
          } else {
            managersBack[anchor.text] = id
          }
        }
      }
    }
  }

  /// Forgets what was found of those that are gone since, as who refers and as who is referred to.
  func forgetReferrersGone() {
    let gone = Set(removed.filter(\.value).keys)
    guard !gone.isEmpty else { return }
    managersBack = managersBack.filter { !gone.contains($0.key) && !gone.contains($0.value) }
    membersBack = membersBack.filter { !gone.contains($0.key) }
      .mapValues { $0.subtracting(gone) }.filter { !$0.value.isEmpty }
  }

  /// Gives what refers to users who were brought back and was not told itself.
  func takeReferrers() -> [ImportedChange] {
    defer { (managersBack, membersBack) = ([:], [:]) }
    let groups = membersBack.mapValues { ids in
      AttributeChange(
        "member", .update(added: ids.sorted().map { .reference($0) }, removed: []))
    }
    let people = managersBack.mapValues { AttributeChange("manager", .replace([.reference($0)])) }
    return [groups, people].flatMap { changes in
      changes.sorted { $0.key < $1.key }
        .map { .modify(ObjectAddress(anchor: Anchor($0.key)), [$0.value]) }
    }
  }

  // A full import reads the groups and people themselves, and needs no such list. Without it each
  // delta would end at the same user.
  private func mayNotLook(
    _ list: String, isGroups: Bool, _ answer: GraphAnswer
  ) -> ConnectorFailure {
    let right = isGroups ? "Directory.Read.All" : GraphObjectType.user.right
    return ConnectorFailure(
      .fullImportRequired,
      message: "\(client.settings.graphRoot) does not let the application see what refers to a "
        + "user who came back",
      serverWords: "GET \(list): \(answer.error.words) It takes the application's right \(right).",
      hint: "Run a full import of this connector, which does without; or give the application that "
        + "right, so that deltas can read it.")
  }

  /// The answers to `calls`, those asked for again that find nothing.
  ///
  /// Graph keeps several copies: the one that is asked may not have yet what another has told.
  ///
  /// - Parameter asked: How often they were asked for already.
  private func found(_ calls: [GraphCall], asked: Int = 0) async throws -> [GraphAnswer] {
    let retry = client.settings.retry
    if asked > 0 { try await Task.sleep(for: .seconds(retry.delay(after: asked - 1))) }
    var answers = try await client.settled(calls)
    for attempt in asked..<max(asked, retry.tries - 1) {
      let again = answers.indices.filter { answers[$0].tellsAbsence }
      guard !again.isEmpty else { break }
      try await Task.sleep(for: .seconds(retry.delay(after: attempt)))
      let fresh = try await client.settled(again.map { calls[$0] })
      for (index, answer) in zip(again, fresh) { answers[index] = answer }
    }
    return answers
  }

  // What is gone is told as removed. What is told as changed and can't be found may be new: taken
  // for gone, it would be made a second time. Only what all the tenant holds tells which it is.
  private func unfound(
    _ item: JSONObject, _ id: String, _ type: GraphObjectType, _ answer: GraphAnswer,
    isFull: Bool, _ location: String
  ) -> DiscoveryError {
    var error = DiscoveryError(
      .needFullObject,
      dn: GraphNames.dn(sourceAnchor: item["onPremisesImmutableId"]?.string ?? "", id: id),
      location: location,
      message: "\(client.settings.graphRoot) tells that the \(type.name) \(id) is there, and "
        + "does not find it: \(answer.error.words)",
      hint: "It is too new to be found everywhere, or was deleted just now: "
        + (isFull ? "the next import finds out" : "the next cycle imports everything and finds out")
    )
    error.anchor = Anchor(id)
    return error
  }

  private func notFound(_ id: String, _ answer: GraphAnswer) -> ConnectorFailure {
    ConnectorFailure(
      .stoppedImportRead,
      message: "\(client.settings.graphRoot) shows the user \(id), and does not find what refers "
        + "to it",
      serverWords: answer.error.words,
      hint: "It is too new to be found everywhere, or was deleted just now: the next run reads the "
        + "same changes again. If it stays so, run a full import of this connector.")
  }

  // What a full import has given before.
  private func correct(
    _ json: JSONObject, _ type: GraphObjectType, in batch: inout ImportBatch, location: String
  ) {
    let references: [AttributeName: [String]] =
      type.name == "user" ? ["manager": Self.managers(json) ?? []] : [:]
    do {
      let entry = try reader(type).entry(json, references: references, location: location)
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
    _ json: JSONObject, _ change: JSONObject, isNew: Bool, to batch: inout ImportBatch,
    location: String
  ) async throws {
    let id = json["id"]?.string ?? ""
    let shown = isNew ? try await self.members(of: id, change) : []
    let back = membersBack.removeValue(forKey: id) ?? []
    do {
      let entry = try reader(.group).entry(
        json, references: isNew ? ["member": shown] : [:], location: location)
      guard !isNew else {
        batch.changes.append(.entry(entry))
        return
      }
      batch.changes.append(
        .modify(
          ObjectAddress(anchor: entry.anchor), modification(entry, change, bringingBack: back)))
    } catch {
      batch.errors.append(error)
    }
  }

  private func modification(
    _ entry: DirectoryEntry, _ change: JSONObject, bringingBack back: Set<String>
  ) -> [AttributeChange] {
    let plain = GraphObjectType.group.attributes.filter { $0.shape != .links }.map(\.name)
    var changes = plain.map { AttributeChange($0, .replace(entry.attributes[$0])) }
    var links = GroupCollector.links(change["members@delta"]?.array ?? [])
    // What is told of who came back is newer than the list in which he was found.
    links.added += back.subtracting(links.added).subtracting(links.removed).sorted()
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

  // The members of a new group: those shown, with what was told since of who came and went.
  private func members(of id: String, _ change: JSONObject) async throws -> [String] {
    let shown = try await related("/groups/\(HTTPURL.encode(id))/members")
    let links = GroupCollector.links(change["members@delta"]?.array ?? [])
    var now = told[id] ?? ([], [])
    now.added.formUnion(links.added)
    now.added.subtract(links.removed)
    now.removed.formUnion(links.removed)
    now.removed.subtract(links.added)
    told[id] = now
    return shown.filter { !now.removed.contains($0) }
      + now.added.subtracting(shown).sorted()
  }

  private static func firstPage(of list: String) -> GraphCall {
    GraphCall("GET", list + "?$select=id&$top=999")
  }

  /// The answer that the object is not there around which a list was to be read.
  private struct Absence: Error {
    var answer: GraphAnswer
  }

  /// The ids of all that a list of objects around one names.
  ///
  /// - Parameters:
  ///   - kind: The kind of object to give, and no other; nil gives all.
  ///   - first: Its first page, if that was read.
  /// - Throws: ``Absence``, ``RequestError``.
  private func related(
    _ list: String, of kind: String? = nil, first: GraphAnswer? = nil
  ) async throws -> [String] {
    var ids: [String] = []
    var call: GraphCall? = Self.firstPage(of: list)
    var known = first
    var trail = LinkTrail()
    while let next = call {
      let answer: GraphAnswer
      if let page = known.take() {
        answer = page
      } else if let page = try await found([next]).first {
        answer = page
      } else {
        break
      }
      if answer.tellsAbsence { throw Absence(answer: answer) }
      if answer.status == 403 {
        throw RequestError.refused(
          "GET \(list): \(answer.error.words) It takes the application's right "
            + "\(GraphObjectType.group.right), or Directory.Read.All.")
      }
      guard answer.isSuccess, let values = answer.object["value"]?.array else {
        throw answer.fault("GET \(list)")
      }
      for value in values {
        guard let id = value["id"]?.string, !id.isEmpty else {
          throw RequestError.unexpected("GET \(list) names an object without an id", words: "")
        }
        guard let kind, let type = value["@odata.type"]?.string else {
          ids.append(id)
          continue
        }
        if type == "#microsoft.graph." + kind { ids.append(id) }
      }
      call = try client.nextLink(answer.object, &trail, of: "GET \(list)")
        .map { GraphCall("GET", $0) }
    }
    return ids
  }
}
