import Directory

/// What a look at the first objects in scope shows: how many, of which types, and whether this
/// account sees what it needs of them.
struct SampleCheck: Sendable {
  let connection: LDAPConnection
  let profile: DirectoryProfile
  let settings: LDAPConnectorSettings

  /// How many objects are looked at.
  static let limit = 5000

  /// What was seen.
  struct Sample: Hashable, Sendable {
    var types: [String: Int] = [:]
    var count = 0
    var withoutAnchor = 0
    var isCut = false
    /// The most objects that came in one page with others behind it.
    var largestPage: Int?
    /// Why it ended early; nil if it did not.
    var refusal: LDAPResult?
  }

  /// A finding for each point.
  func findings() async throws -> [ConnectionFinding] {
    let scope = try await connection.scope(profile, settings)
    var sample = Sample()
    for root in scope.roots where !sample.isCut && sample.refusal == nil {
      try await look(root, scope, &sample)
    }
    return findings(sample)
  }

  private func look(
    _ root: DistinguishedName, _ scope: ContainerScope, _ sample: inout Sample
  ) async throws {
    let names = ["objectClass"] + (profile.anchorAttribute.map { [$0.text] } ?? [])
    let wanted = LDAPSearch(
      base: root.text, filter: profile.filter(settings, objectTypes: []), attributes: names)
    let size = profile.has(ControlOID.pagedResults) ? settings.pageSize : 0
    let search = PagedSearch(connection, wanted, pageSize: size)
    while let messages = try await search.next() {
      for message in messages {
        switch message {
        case .entry(let entry): take(entry, scope, &sample)
        case .done(let result) where result.code != LDAPCode.success: sample.refusal = result
        case .done, .reference, .intermediate: break
        }
      }
      if sample.count >= Self.limit {
        sample.isCut = true
        break
      }
    }
    sample.largestPage = await search.largestPage ?? sample.largestPage
  }

  private func take(_ entry: SearchEntry, _ scope: ContainerScope, _ sample: inout Sample) {
    if let dn = try? DistinguishedName(entry.dn), scope.isExcluded(dn) { return }
    sample.count += 1
    let classes = entry.texts("objectClass")
    let lower = classes.map { $0.lowercased() }
    let rule = profile.typeRules(settings).first { $0.applies(to: lower) }
    sample.types[rule?.objectType ?? classes.last ?? "?", default: 0] += 1
    if let name = profile.anchorAttribute, EntryMapper.anchorText(entry, name) == nil {
      sample.withoutAnchor += 1
    }
  }

  /// What `sample` means.
  func findings(_ sample: Sample) -> [ConnectionFinding] {
    // Of what was refused at once it is not known whether it can be seen.
    var findings = sample.count == 0 && sample.refusal != nil ? [] : [counts(sample)]
    if let refusal = sample.refusal {
      let error = refusal.error("Not all objects can be read", "")
      findings.append(.bad(error.failure(isStart: false)))
    }
    if sample.withoutAnchor > 0, let name = profile.anchorAttribute {
      findings.append(
        .bad(
          "\(sample.withoutAnchor) of \(sample.count) objects show no \(name), which anchors them",
          "Let the connector's account read it, or name another attribute as \"anchor\"."))
    }
    if let page = sample.largestPage, page < settings.pageSize {
      findings.append(
        .good("The server gives \(page) objects in a page instead of \(settings.pageSize)"))
    }
    return findings
  }

  private func counts(_ sample: Sample) -> ConnectionFinding {
    guard sample.count > 0 else {
      return .bad(
        "No object can be seen",
        "Give the connector's account the right to read; check \"base\", \"filter\" and the "
          + "containers.")
    }
    let types = sample.types.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\(ServerWords.shown($0.key, limit: 40)) \($0.value)" }
    let number = sample.isCut ? "the first \(sample.count) objects" : "\(sample.count) objects"
    return .good(number + ": " + types.prefix(12).joined(separator: ", "))
  }
}
