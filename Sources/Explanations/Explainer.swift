import Directory
public import SyncRules
public import SyncStore

/// Says why an object did not arrive: goes its way from the source to the target, and stops at the
/// first gate that it did not pass.
///
/// What is stored is the evidence; the rules are asked only about scopes and links. Nothing is
/// computed that a synchronization would have to compute, so the answer takes a few short queries.
public struct Explainer {
  let store: any StoreReading
  let rules: RuleSet

  /// Values of an attribute that are looked at: as many as the engine's rules see.
  static let valueLimit = 1_000_000

  /// An explainer of what `store` holds under `rules`.
  public init(store: any StoreReading, rules: RuleSet) {
    self.store = store
    self.rules = rules
  }

  /// Why what is called `text` is not in the target, or in each target that there is.
  ///
  /// - Parameter text: an object's number, DN, anchor, user principal name, account name, mail
  ///   address or display name.
  /// - Throws: ``StoreError``.
  public func whyNot(_ text: String, target: String? = nil) throws -> [WhyNot] {
    if let id = Int64(text), try store.object(id: id, valueLimit: 1) != nil {
      return try whyNot(object: id, target: target)
    }
    let found = try store.find(text)
    let connectors = try store.connectors()
    let sources = Set(connectors.filter(\.isSource).map(\.name))
    // A person has one source as a rule; the object there is where the way begins.
    let begins = found.filter { sources.contains($0.connector) }
    let rows = begins.isEmpty ? found : begins
    if rows.isEmpty {
      if let error = try discoveryError(text) { return [error] }
      let past = try store.findPast(text)
      // Who has another name now is not gone.
      if let renamed = past.first(where: { !$0.isGone }) {
        return try whyNot(object: renamed.id, target: target)
      }
      return [try past.first.map(gone) ?? absent(text, connectors, try unreadCounts())]
    }
    return try rows.flatMap { try whyNot(object: $0.id, target: target) }
  }

  /// Why an object of a connector space is not in the target, or in each target that there is.
  ///
  /// - Throws: ``StoreError``.
  public func whyNot(object id: Int64, target: String? = nil) throws -> [WhyNot] {
    guard let object = try store.object(id: id, valueLimit: Self.valueLimit) else { return [] }
    if object.row.isGone { return [try gone(object.row)] }
    let connectors = try store.connectors()
    guard connectors.contains(where: { $0.name == object.row.connector }) else {
      return [try retired(object)]
    }
    if let own = connectors.first(where: { $0.name == object.row.connector }), !own.isSource {
      return [try arrival(of: object, in: own, passed: [], subject: object.row)]
    }
    let targets = connectors.filter {
      !$0.isSource && (target == nil || $0.name.lowercased() == target?.lowercased())
    }
    let stopped = try inbound(object, connectors)
    var findings = try stopped.map { [$0] } ?? targets.map { try outbound(object, to: $0) }
    if object.isOnlyLookedAtAgain {
      for index in findings.indices { findings[index].evidence.append(Self.lookedAtAgain) }
    }
    return try noteUnread(findings, of: object)
  }

  private static let lookedAtAgain =
    "nothing of it has changed since it was synchronized; the next synchronization looks at it again"

  // MARK: Before the connector space

  /// Nothing in any connector space is called so.
  ///
  /// - Parameter unread: How many entries of a connector could not be read, by its name: of those only
  ///   the DN is known.
  private func absent(
    _ text: String, _ connectors: [ConnectorRow], _ unread: [String: Int]
  ) -> WhyNot {
    let sources = connectors.filter(\.isSource)
    return WhyNot(
      subject: text, object: nil, gate: .notImported,
      sentence:
        "No connector shows an object of this name, and of those that are gone the history knows "
        + "none by it.",
      evidence: sources.map { source in
        let last = source.lastSteps.first { $0.type == .fullImport || $0.type == .deltaImport }
        let words = last.map { "last \($0.type.profileName) \($0.started.local): \($0.result)" }
        let count = unread[source.name] ?? 0
        return "\(source.name) holds \(source.objects) objects; "
          + (words ?? "it was never imported")
          + (count == 0
            ? ""
            : "; \(count) more could not be read, and it may be one of them: lockstep errors")
      },
      hint: "See that the object is in a container that its connector reads and that the "
        + "connector's account may read it; then import")
  }

  /// An object of a connector that is not configured any more.
  private func retired(_ object: ObjectDetail) throws -> WhyNot {
    let name = object.row.connector
    return WhyNot(
      subject: object.row.dn, object: object.row.id, gate: .notImported,
      sentence: "\(name), which had it, is not in lockstep.toml any more.",
      evidence: [
        object.metaverseID == nil
          ? "what it gave is gone from the metaverse"
          : "what it gave leaves with the next full synchronization"
      ]
        + (try store.history(of: [object.row.id], limit: 5).map {
          "\($0.time.local) step \($0.stepID): \($0.summary)"
        }),
      hint:
        "If it is to arrive, have a connector read it; 'lockstep history \(object.row.id)' shows "
        + "all that happened to it")
  }

  func gone(_ row: ObjectRow) throws -> WhyNot {
    let past = try store.history(of: [row.id], limit: 20)
    let end = past.first { $0.counter == "stage-delete" || $0.counter == "export-delete" }
    let when = end.map {
      ", by \($0.type.profileName) on \($0.connector), step \($0.stepID), \($0.time.local)"
    }
    return WhyNot(
      subject: row.dn, object: row.id, gate: .deleted,
      sentence: "It is gone from \(row.connector)" + (when ?? "") + ".",
      evidence: try left(of: row)
        + past.prefix(5).map {
          "\($0.time.local) step \($0.stepID): \($0.summary)"
        },
      hint: "'lockstep history \(row.id)' shows all that happened to it")
  }

  /// What targets still hold of an object that is gone, a line each.
  private func left(of row: ObjectRow) throws -> [String] {
    guard let metaverse = row.metaverseID else { return [] }
    let there = try store.linkedEver(to: metaverse).filter {
      !$0.isGone && $0.id != row.id && $0.pendingExport == "delete"
    }
    return try there.map { other in
      let held = try store.object(id: other.id, valueLimit: 1)?.held
      let words = held.map { held in
        "that is held: lockstep release " + (held.group.map { "g\($0)" } ?? "\(other.id)")
      }
      return "\(other.connector) is to delete \(other.dn); " + (words ?? "the next export does it")
    }
  }

  /// What an error says, a line each.
  static func evidence(_ error: ErrorRow) -> [String] {
    var lines = [error.message]
    if !error.attribute.isEmpty {
      // The value of a clause is the clause.
      let isWhole = error.value.hasPrefix(error.attribute + " = ")
      lines.append(
        isWhole ? error.value : error.attribute + (error.value.isEmpty ? "" : " = " + error.value))
    }
    if !error.rule.isEmpty { lines.append("rule " + error.rule) }
    if !error.otherSubject.isEmpty { lines.append("in conflict with " + error.otherSubject) }
    if !error.location.isEmpty { lines.append("read from " + error.location) }
    let retries = error.retries == 0 ? "" : ", tried again \(error.retries)×"
    lines.append("since \(error.firstOccurred.local)" + retries)
    return lines.filter { !$0.isEmpty }
  }
}
