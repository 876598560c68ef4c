import Directory

/// The connection test of a directory, a finding a line.
struct DirectoryCheck: Sendable {
  let settings: LDAPConnectorSettings

  /// What was tried and seen; it ends with the first thing without which nothing else can work.
  func run() async -> [ConnectionFinding] {
    let connection = LDAPConnection(settings.connection)
    var findings: [ConnectionFinding] = []
    for server in settings.connection.servers {
      findings.append(await ServerCheck(server: server, settings: settings.connection).finding())
    }
    do {
      try await connection.bind()
      findings.append(try await bound(connection))
      let profile = try await connection.profile(settings)
      findings += try await about(profile, connection)
      let scope = try await connection.scope(profile, settings)
      findings += containers(scope, profile)
      findings += try await deltas(scope, profile, connection)
      findings += try await SampleCheck(
        connection: connection, profile: profile, settings: settings
      ).findings()
      if settings.isTarget, !settings.connection.isReadOnly {
        findings += try await WriteCheck(
          connection: connection, profile: profile, settings: settings, scope: scope
        ).findings()
      }
    } catch let error as LDAPError {
      let finding = ConnectionFinding.bad(error.failure(isStart: true))
      // What keeps the only server from being reached has been said already.
      if !findings.contains(finding) { findings.append(finding) }
    } catch let failure as ConnectorFailure {
      findings.append(.bad(failure))
    } catch {
      findings.append(.bad("\(error)"))
    }
    return findings
  }

  private func bound(_ connection: LDAPConnection) async throws(LDAPError) -> ConnectionFinding {
    let server = await connection.server?.description ?? ""
    let encryption = try await connection.perform { (session, _) throws(LDAPError) in
      try session.encryption()
    }
    let who =
      switch settings.connection.authentication {
      case .anonymous: "nobody"
      case .simple(let name, _): name
      case .gssapi(let identity), .spnego(let identity):
        identity.principal ?? "the one whose Kerberos tickets these are"
      }
    return .good("\(server) takes the bind as \(who), \(encryption ?? "not encrypted")")
  }

  private func about(
    _ profile: DirectoryProfile, _ connection: LDAPConnection
  ) async throws(LDAPError) -> [ConnectionFinding] {
    let server = await connection.server?.description ?? ""
    var findings = [ConnectionFinding.good(profile.summary(server))]
    if profile.root.isSynchronized == false {
      findings.append(
        .bad(
          "This domain controller has not caught up since it started",
          "Wait until it has, or name another one first."))
    }
    let count = profile.schema.types.count
    findings.append(
      count > 0
        ? .good("schema: \(count) attributes")
        : .bad(
          "The schema can't be read: types are guessed by the attributes' names",
          "Let the connector's account read \(profile.root.subschemaSubentry ?? "the subschema")."))
    findings.append(
      profile.has(ControlOID.pagedResults)
        ? .good("pages (RFC 2696): supported")
        : .bad(
          "pages (RFC 2696): not supported",
          "The server has to give this account all objects in one answer: raise its limits."))
    findings.append(Self.clock(profile.root.currentTime, now: .now))
    return findings
  }

  /// What the server's `currentTime`, which is in whole seconds, says of its clock.
  static func clock(_ text: String?, now: Timestamp) -> ConnectionFinding {
    guard let moment = text.flatMap({ Timestamp(generalizedTime: $0) }) else {
      return .good("The server does not tell the time")
    }
    let difference = Int(abs(now.seconds(since: moment)).rounded(.down))
    guard difference > 30 else {
      guard difference > 1 else { return .good("The server's clock and this one agree") }
      return .good("The server's clock differs by \(difference) s")
    }
    return .bad(
      "The server's clock differs by \(difference) s",
      "Set both clocks by NTP; Kerberos refuses more than 300 s.")
  }

  private func deltas(
    _ scope: ContainerScope, _ profile: DirectoryProfile, _ connection: LDAPConnection
  ) async throws -> [ConnectionFinding] {
    let context = DeltaContext(
      connection: connection, profile: profile, settings: settings,
      request: ImportRequest(watermark: nil) { 0 }, scope: scope,
      filter: profile.filter(settings, objectTypes: []),
      attributes: profile.requestedAttributes(settings))
    return try await DeltaCheck(context: context).findings()
  }

  private func containers(
    _ scope: ContainerScope, _ profile: DirectoryProfile
  ) -> [ConnectionFinding] {
    var findings: [ConnectionFinding] = []
    for root in scope.roots where root != profile.base {
      findings.append(.good("read: \(root.text)"))
    }
    for excluded in scope.excluded {
      let isInside = scope.roots.contains { excluded == $0 || excluded.isBelow($0) }
      findings.append(
        isInside
          ? .good("not read: \(excluded.text)")
          : .bad(
            "not read: \(excluded.text), which is in no container that is read",
            "Take it out of \"exclude\"."))
    }
    return findings
  }
}

extension ConnectionFinding {
  static func good(_ text: String) -> ConnectionFinding {
    ConnectionFinding(isGood: true, text: text)
  }

  static func bad(_ text: String, _ hint: String = "") -> ConnectionFinding {
    ConnectionFinding(isGood: false, text: text, hint: hint)
  }

  static func bad(_ failure: ConnectorFailure) -> ConnectionFinding {
    let words = failure.serverWords.isEmpty ? "" : ": " + failure.serverWords
    return ConnectionFinding(isGood: false, text: failure.message + words, hint: failure.hint)
  }
}
