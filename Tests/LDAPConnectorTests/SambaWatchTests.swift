import Directory
import SambaTesting
import SyncEngine
import SyncStore
import Testing

@testable import LDAPConnector

/// Changes of a real domain are noticed, by all means that its controller has.
@Suite(
  .samba(users: 3), .serialized,
  .enabled(if: SambaDomain.hindrance == nil, "\(SambaDomain.hindrance ?? "")"))
struct SambaWatchTests {
  private static let domainName = "DC=phs,DC=test"
  private let domain: SambaDomain

  init() throws { domain = try #require(SambaDomain.current) }

  private func settings(as account: String, _ password: String) -> LDAPSettings {
    LDAPSettings(
      servers: [LDAPServer(host: domain.address)],
      authentication: .simple(name: account + "@" + SambaDomain.name) { password })
  }

  private func connector(
    _ means: WatchMeans?, as account: String = "changes",
    _ adjust: (inout LDAPConnectorSettings) -> Void = { _ in }
  ) -> LDAPConnector {
    var settings = LDAPConnectorSettings(
      connection: self.settings(as: account, "Pw-\(account)-Secret"))
    settings.watchMeans = means
    settings.pollInterval = 0.2
    adjust(&settings)
    return LDAPConnector(settings)
  }

  private func act(_ body: (LDAPConnection) async throws -> LDAPResult) async throws {
    let connection = LDAPConnection(settings(as: "Administrator", SambaDomain.administrator))
    try await connection.bind()
    let result = try await body(connection)
    #expect(result.code == 0, "\(result)")
  }

  private func entitle(_ user: String, _ title: String) async throws {
    let all = try await connector(nil).run()
    let entry = all.entries.first { $0.attributes.text("sAMAccountName") == user }
    let dn = try #require(entry?.dn.text)
    try await act {
      try await $0.modify(dn, [LDAPModification(.replace, "title", [Array(title.utf8)])])
    }
  }

  @Test(arguments: [WatchMeans.notify, .poll])
  func aChangeIsNoticed(means: WatchMeans) async throws {
    // Samba notifies of no delete: that is seen when the controller is asked beside it, long before an
    // answer would be given up, by who may see deleted objects.
    var administrator = settings(as: "Administrator", SambaDomain.administrator)
    administrator.operationTimeout = 600
    let connection = administrator
    let lookout = try await Lookout(connector(means) { $0.connection = connection })
    try await lookout.notices { try await entitle("user0001", "\(means) 1") }
    try await lookout.notices { try await entitle("user0001", "\(means) 2") }
    try await lookout.notices {
      try await act {
        try await $0.add(
          "CN=\(means),CN=Users,\(Self.domainName)",
          [
            SearchAttribute("objectClass", "group"), SearchAttribute("sAMAccountName", "\(means)"),
          ])
      }
    }
    try await lookout.notices {
      try await act { try await $0.delete("CN=\(means),CN=Users,\(Self.domainName)") }
    }
  }

  @Test("Samba, which notifies of no delete, is asked unless a configuration says otherwise")
  func choice() async throws {
    #expect(try await Lookout(connector(nil)).means.hasPrefix("asking"))
    #expect(try await Lookout(connector(.poll)).means.hasPrefix("asking"))
    let notified = try await Lookout(connector(.notify)).means
    #expect(notified.hasPrefix("notification") && notified.contains("asking for"))
    let (connection, profile) = try await connector(nil).connect()
    _ = connection
    #expect(profile.kind == .samba && profile.has(ControlOID.notification))
    #expect(WatchMeans.candidates(profile, connector(nil).settings) == [.poll])
    #expect(WatchMeans.candidates(profile, connector(.notify).settings) == [.notify])
  }

  /// The controller counts them as changes, and a cycle signs in by itself.
  @Test(arguments: [WatchMeans.notify, .poll])
  func signInsAreNoChanges(means: WatchMeans) async throws {
    let user = settings(as: "user0002", "Pw-user0002-Secret")
    // The first sign-in in two weeks is a change, which all controllers are told.
    try await LDAPConnection(user).bind()
    let lookout = try await Lookout(connector(means))
    let isSilent = try await lookout.isSilent(for: 8) {
      for _ in 0..<3 { try await LDAPConnection(user).bind() }
    }
    #expect(isSilent)
    try await lookout.notices { try await entitle("user0001", "after sign-ins \(means)") }
  }

  @Test func objectsOutsideAreNoChangesUnlessTheyMove() async throws {
    try await act {
      try await $0.add(
        "OU=read,\(Self.domainName)", [SearchAttribute("objectClass", "organizationalUnit")])
    }
    let lookout = try await Lookout(connector(.poll) { $0.base = "OU=read,\(Self.domainName)" })
    #expect(
      try await lookout.isSilent(for: 2) { try await entitle("user0001", "outside") })
    let all = try await connector(nil).run()
    let entry = all.entries.first { $0.attributes.text("sAMAccountName") == "user0001" }
    let (dn, rdn) = (try #require(entry?.dn.text), "CN=moved")
    try await lookout.notices {
      try await act {
        try await $0.rename(dn, to: rdn, below: "OU=read,\(Self.domainName)")
      }
    }
    try await lookout.notices {
      try await act {
        try await $0.rename(
          "CN=moved,OU=read,\(Self.domainName)", to: rdn, below: "CN=Users,\(Self.domainName)")
      }
    }
  }

  @Test func anAccountWithoutRightsIsToldByUpdateNumbers() async throws {
    let context = try await connector(nil, as: "plain").probeContext()
    let probe = UpdateNumberProbe(context)
    #expect(try await !probe.hasMoved())
    try await entitle("user0002", "numbers")
    #expect(try await probe.hasMoved())
    #expect(try await !probe.hasMoved())
  }

  @Test func aDeltaCycleFollowsAChange() async throws {
    let space = try ImportedSpace(
      connector(nil), watchedAt: ChangePace(quiet: 0.1, longestWait: 5, pause: 0.1))
    _ = try await space.engine.runCycle(.initial)
    try await space.whileWorking { space in
      try await space.eventually("the watch begins") { try $0.cycles.count == 2 }
      try await entitle("user0000", "watched")
      try await space.eventually("the change is read") {
        try $0.objects().values.contains { $0.attributes.text("title") == "watched" }
      }
      try await space.eventually("its cycle ends") { try $0.cycles.count >= 3 }
      let told = try space.cycles.contains { cycle in
        cycle.reason == "triggered by a change at source" && cycle.policy == .delta
          && cycle.steps.contains { $0.type == .deltaImport && $0.updates == 1 }
      }
      #expect(told)
    }
  }
}

extension LDAPConnector {
  /// What a probe of this directory knows.
  fileprivate func probeContext() async throws -> DeltaContext {
    let (connection, profile) = try await connect()
    return try await context(
      ImportRequest(watermark: nil, stagedCount: { 0 }), connection, profile)
  }
}
