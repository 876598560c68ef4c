import Directory

/// By which means changes will be asked for, and whether this account has the rights and the limits
/// that they take.
struct DeltaCheck: Sendable {
  let context: DeltaContext

  private var settings: LDAPConnectorSettings { context.settings }

  /// A finding for each point.
  func findings() async throws -> [ConnectionFinding] {
    if settings.delta == .never {
      return [
        .good("changes: not asked for, as delta = \"none\" says: each import reads everything")
      ]
    }
    for strategy in DeltaStrategy.candidates(context.profile, settings) {
      // To begin with stamps takes a look at every entry.
      if strategy == .timestamps { return [try await stamps()] + backLinks }
      if let start = try await strategy.start(context) {
        return try await findings(strategy, start) + backLinks
      }
    }
    return [.bad((settings.delta ?? .timestamps).refusal)]
  }

  /// What a filter by back links costs.
  private var backLinks: [ConnectionFinding] {
    guard context.filtersByBackLinks else { return [] }
    return [
      .good(
        "filter: asks for what groups say of their members, which servers do not tell of the "
          + "members: each delta compares all that is there")
    ]
  }

  private func findings(
    _ strategy: DeltaStrategy, _ start: LDAPWatermark
  ) async throws -> [ConnectionFinding] {
    let deleted = DeletedObjectsCheck(context: context)
    switch strategy {
    case .contentSync:
      return [.good("changes: told by content synchronization (RFC 4533)")] + (try await limits())
    case .dirSync:
      let right =
        DirSyncSource.isLimited(start)
        ? ConnectionFinding.bad(
          "changes: told by DirSync, of what this account may see alone: it has not the right "
            + "Replicating Directory Changes",
          Grants(context).changes)
        : .good("changes: told by DirSync, with the right Replicating Directory Changes")
      guard DirSyncSource.hidesDeletes(from: start, context.profile) else {
        return [right, .good("deletes: told by DirSync")]
      }
      return [right] + (try await deleted.findings())
    case .updateNumbers:
      let controller = context.profile.root.dsServiceName ?? context.profile.root.hostName ?? ""
      var found = ConnectionFinding.good(
        "changes: told by the update numbers of this controller; when another one answers, "
          + "everything is read")
      if start[bytes: "invocation"]?.isEmpty != false {
        found = .bad(
          "changes: told by update numbers, of which nobody notices that they begin anew when the "
            + "controller is restored from a copy: its invocationId can't be read",
          "Let the connector's account read \(ServerWords.shown(controller)).")
      }
      return [found] + (try await deleted.findings())
    case .timestamps, .never: return []
    }
  }

  /// Whether entries show stamps.
  private func stamps() async throws -> ConnectionFinding {
    let name = TimestampSource.stamp(context.profile)
    let top = try await context.connection.entry(context.profile.base.text, [name])
    guard top?.text(name) != nil else {
      return .bad(
        "changes: not told: no entry shows \(name), and each import reads everything",
        "Let the connector's account read \(name).")
    }
    let minutes = (settings.comparisonInterval + 59) / 60
    let text =
      "changes: found by \(name), and deletes by a comparison of what is there, every \(minutes) "
      + "minutes"
    guard context.profile.kind == .openLDAP, settings.delta == nil else { return .good(text) }
    var found = ConnectionFinding.good(text)
    found.hint = "With the overlay syncprov (and syncprov-sessionlog) the server tells both."
    return found
  }

  /// Changes come in no pages: how many the server gives at a time.
  private func limits() async throws -> [ConnectionFinding] {
    let reader = try await context.connection.search(
      LDAPSearch(
        base: context.profile.base.text, filter: context.toldFilter, attributes: ["1.1"]))
    var count = 0
    while count < SampleCheck.limit, let messages = try await reader.next() {
      for case .entry in messages { count += 1 }
    }
    guard let result = await reader.result,
      [LDAPCode.sizeLimitExceeded, LDAPCode.adminLimitExceeded].contains(result.code)
    else { return [] }
    return [
      .bad(
        "The server gives this account \(count) objects without pages: when more have changed, "
          + "everything is read instead",
        "Raise its limits for this account (OpenLDAP: limits dn.exact=\"ACCOUNT\" size=unlimited).")
    ]
  }
}

/// The commands that give an account its rights in a domain.
struct Grants: Sendable {
  private let domain: String
  private let account: String
  private let isSamba: Bool

  init(_ context: DeltaContext) {
    domain = context.namingContext.text
    isSamba = context.profile.kind == .samba
    let name: String? =
      switch context.settings.connection.authentication {
      case .anonymous: nil
      case .simple(let name, _): name
      case .gssapi(let identity), .spnego(let identity): identity.principal
      }
    // A DN is none of the forms that the commands take.
    account = name.flatMap { $0.contains("=") ? nil : $0 } ?? "ACCOUNT"
  }

  /// For all changes.
  var changes: String {
    isSamba
      ? "Run on a domain controller: samba-tool dsacl set --objectdn=\"\(domain)\" "
        + "--car=get-changes --action=allow --trusteedn=\"DN of \(account)\"."
      : "Run on a domain controller: dsacls \"\(domain)\" /g "
        + "\"\(account):CA;Replicating Directory Changes\"."
  }

  /// For deleted objects, which are in `container`.
  func deletes(in container: String) -> String {
    let grant = "dsacls \"\(container)\" /g \(account):LCRP"
    return isSamba
      ? "Run on a Windows machine of the domain, as samba-tool does not reach it: \(grant)."
      : "Run on a domain controller: dsacls \"\(container)\" /takeownership, then \(grant)."
  }
}
