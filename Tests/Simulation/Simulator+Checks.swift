import Directory
import SyncStore
import Synchronization

/// What must be true once everything is well again.
extension Simulator {
  private static let cycles = 8

  func fail(_ kind: Failure.Kind, _ words: String) { failures.append(Failure(kind, words)) }

  func conclude() async throws {
    trace.note("all is well")
    try heal()
    var isQuiet = false
    for _ in 0..<Self.cycles where !isQuiet {
      isQuiet = try await runsQuietly(.delta)
      try release()
    }
    if !isQuiet { fail(.unrest, "after \(Self.cycles) delta cycles there is still work") }
    compare("after delta cycles")
    guard failures.isEmpty else { return }
    try await checkStill(.delta, "another delta cycle")
    try await checkStill(.initial, "an initial cycle")
    compare("after an initial cycle")
    try checkErrors()
    try checkStatistics()
  }

  /// People correct what the tenant, or a rule for it, would refuse for ever.
  private func heal() throws {
    mend()
    if world.model.limitsMembers {
      try world.ad.state.withLock { try $0.content.shortenGroups(to: 1) }
      try world.hr.state.withLock { try $0.content.shortenGroups(to: 1) }
    }
    try world.ad.state.withLock { state in
      var seen: Set<String> = []
      for id in state.content.ids {
        guard let key = state.content.nodes[id]?.attributes.text("key") else { continue }
        if !seen.insert(key).inserted { try state.content.remove(id) }
      }
      for person in contested.sorted() {
        guard let id = state.content.find(.person(person)) else { continue }
        try state.content.set(id, "upn", [.string("p\(person).last@test")])
      }
    }
    watchWanted()
  }

  /// Runs a cycle; the answer is whether it found nothing to do and nothing wrong.
  private func runsQuietly(_ action: Sync.Action) async throws -> Bool {
    let last =
      try world.reader.get().operations(OperationFilter(), before: nil, limit: 1).first?.id ?? 0
    trace.note("\(action)")
    try await run(Sync(action: action, faults: []))
    return try world.reader.get().operations(OperationFilter(), before: nil, limit: 40)
      .filter { $0.id > last }
      .allSatisfy { $0.adds + $0.updates + $0.deletes == 0 && $0.severity == .success }
  }

  private func checkStill(_ action: Sync.Action, _ words: String) async throws {
    let before = world.cloud.state.withLock { $0.requests }
    if try await !runsQuietly(action) { fail(.unrest, "\(words) changed something") }
    let sent = world.cloud.state.withLock { $0.requests } - before
    if sent > 0 { fail(.unrest, "\(words) sent \(sent) requests") }
  }

  // MARK: The tenant

  /// Compares what the tenant holds with the naive calculation.
  private func compare(_ when: String) {
    let expected = world.expectation.objects
    let content = world.cloud.state.withLock { $0.content }
    var held: [String: TenantState.Object] = [:]
    for object in content.objects { if let key = object.key { held[key] = object } }
    for key in Set(held.keys).union(expected.keys).sorted() {
      switch (held[key], expected[key]) {
      case (let object?, let values?):
        compare(key, object, shown(object, content), values, when)
      case (nil, .some): fail(.missing, "\(when), \(key) is missing in the tenant")
      // What somebody made there before the engine knew the person stays theirs.
      case (let object?, nil) where !object.isBornInCloud:
        fail(.leftOver, "\(when), \(key) is still in the tenant")
      default: break
      }
    }
    for (id, note) in notes.sorted(by: { $0.key < $1.key }) {
      guard let object = content.object(id) else { continue }
      if object.attributes.text("note") != note {
        fail(.lostNote, "\(when), \(object.key ?? id) lost what a person noted there")
      }
    }
  }

  private func compare(
    _ key: String, _ object: TenantState.Object, _ shown: Expectation.Values,
    _ values: Expectation.Values, _ when: String
  ) {
    // What rules only found in the tenant stays of its type, whatever they make of others.
    let isFound = object.isMadeByHand || lastUnwanted[key] ?? -1 >= object.moment
    for name in world.model.written(key, as: values[Expectation.type]?.first) {
      let (is_, should) = (shown[name] ?? [], values[name] ?? [])
      if name == Expectation.type, isFound, world.model.knowsGuests { continue }
      if is_ != should {
        fail(
          .difference(attribute: name), "\(when), \(key) has \(name) \(is_), expected \(should)")
      }
    }
  }

  private func shown(_ object: TenantState.Object, _ content: TenantState) -> Expectation.Values {
    var values: Expectation.Values = [Expectation.type: [object.type]]
    for attribute in object.attributes.attributes {
      values[attribute.name.key] =
        attribute.values.map { value in
          guard case .reference(let id) = value else { return value.text }
          let other = content.object(id)
          return other?.key ?? other?.id ?? "gone:" + id
        }.sorted()
    }
    return values
  }

  // MARK: The store

  private func checkErrors() throws {
    for error in try world.reader.get().openErrors(connector: nil, after: nil, limit: 100) {
      fail(.openError, "an error is still open: \(error.type) of \(error.dn): \(error.message)")
    }
  }

  /// Every counter that can be opened lists as many objects as it counts.
  private func checkStatistics() throws {
    let reader = try world.reader.get()
    for step in try reader.operations(OperationFilter(), before: nil, limit: 10_000) {
      for counter in try reader.counters(step: step.id) where counter.hasDetail {
        let rows = try reader.changes(
          step: step.id, group: counter.group, counter: counter.name, after: nil, limit: 10_000)
        if rows.count != counter.count {
          fail(
            .wrongStatistics,
            "\(step.type.rawValue) \(step.connector) counts \(counter.count) "
              + "\(counter.name), and lists \(rows.count)")
        }
      }
      let errors = try reader.errors(step: step.id, after: nil, limit: 10_000)
      if errors.count != step.errors {
        fail(.wrongStatistics, "a step counts \(step.errors) errors, and lists \(errors.count)")
      }
    }
  }
}

extension SourceState {
  /// Takes members out of all groups that have more than `limit`.
  fileprivate mutating func shortenGroups(to limit: Int) throws {
    for id in ids {
      for member in (nodes[id]?.links["member"] ?? []).sorted().dropFirst(limit) {
        try toggle(id, "member", member)
      }
    }
  }
}

extension TenantState.Object {
  /// Whether somebody made it in the tenant by hand.
  var isBornInCloud: Bool {
    attributes.text("userName")?.hasSuffix("@cloud") == true
  }
}

extension RuleModel {
  /// The attributes of the tenant that the rules write, in lower case.
  func written(_ key: String, as type: String?) -> [String] {
    let plain = [Expectation.type, "externalid", "displayname"]
    guard key.hasPrefix("P") || key.hasPrefix("K") else {
      return plain + (flowsMembers && type == "group" ? ["members"] : [])
    }
    if type == "contact" {
      let hasManager = flowsManagers && !managersNeedDepartment
      return plain + ["title", "department"] + (hasManager ? ["manager"] : [])
        + (flowsPhones ? ["phone"] : [])
    }
    return [
      Expectation.type, "externalid", "username", "displayname", "title", "department", "emails",
    ]
      + (flowsManagers ? ["manager"] : []) + (hasDeputies ? ["assistant"] : [])
      + (marksManaged ? ["usertype"] : [])
      + (marksManagedInbound ? ["employeetype"] : []) + (flowsPhones ? ["phone"] : [])
  }
}
