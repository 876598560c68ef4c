import Directory
import Foundation
import GraphConnector
import HTTP
import SyncEngine
import SyncStore
import Tenant
import Testing

@Suite("Exports that a target accepts and carries out later")
final class BulkUploadTests {
  private let world: World
  private let folder: String
  private let server: TenantServer

  init() async throws {
    world = try World(rules: Self.rules)
    folder = world.folder.path
    let token = Tenant.makeToken()
    server = try TenantServer(
      TenantConfiguration(databasePath: folder + "/tenant.sqlite", token: .plain(token)))
    let root = "http://127.0.0.1:\(try await server.start())"
    var settings = GraphConnectorSettings(
      graphRoot: root, loginRoot: root, tenant: "contoso", credentials: .bearer { token })
    settings.bulkUpload = BulkUploadSettings(
      servicePrincipal: ProvisioningJob.standard.servicePrincipal, job: ProvisioningJob.standard.id)
    connect(settings)
  }

  private var settings: GraphConnectorSettings?

  private func connect(_ settings: GraphConnectorSettings) {
    self.settings = settings
    world.wrap = { _ in GraphConnector(settings) }
  }

  private func isLate(_ late: Bool) {
    server.faults.knobs.provisioningDelayMilliseconds = late ? 3_600_000 : 0
  }

  private func errors() throws -> [ErrorRow] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 100)
  }

  private func states() throws -> [UserRow.State: Int] { try world.reader.usersHeader().byState }

  private func titles() throws -> [String] {
    let reader = try world.reader
    let users = try reader.users(
      order: .displayName, descending: false, text: "", state: nil, after: nil, limit: 9)
    return try users.map { row in
      let object = try reader.object(id: row.id, valueLimit: 9)
      return object?.attributes.first { $0.name == "title" }?.values.first?.text ?? ""
    }
  }

  private func amount(_ cycle: CycleSummary) -> Int {
    cycle.steps.filter { $0.type == .export }.map { $0.adds + $0.updates + $0.deletes }
      .reduce(0, +)
  }

  @Test("What was for a job that is not there was not sent, and goes once the job is right")
  func noSuchJob() async throws {
    let right = try #require(settings)
    var wrong = right
    wrong.bulkUpload?.job = "another"
    connect(wrong)
    world.source.put(try world.user("ann"))
    let cycle = try await world.cycle(.initial)
    let step = try #require(cycle.steps.first { $0.type == .export })
    #expect(step.result == "no-start-bad-ma-configuration")
    let ann = try #require(
      try world.reader.users(
        order: .displayName, descending: false, text: "", state: nil, after: nil, limit: 9
      ).first)
    #expect(try world.reader.object(id: ann.id, valueLimit: 9)?.exportState == .idle)
    connect(right)
    for _ in 0..<2 { try await world.cycle() }
    #expect(try errors().isEmpty)
    #expect(try await world.cycle().isQuiet)
  }

  @Test("A late tenant makes no error and gets nothing twice, and what it shows in the end settles")
  func late() async throws {
    isLate(true)
    world.source.put(try world.user("ann", ["title": ["Engineer"]]))
    world.source.put(try world.user("bob", ["title": ["Clerk"]]))
    let first = try await world.cycle()
    #expect(amount(first) == 2)
    #expect(first.steps.map(\.result) == first.steps.map { _ in "success" })
    #expect(try states() == [.pending: 2])
    for policy in [CyclePolicy.delta, .initial] {
      let again = try await world.cycle(policy)
      #expect(amount(again) == 0)
      #expect(try errors().isEmpty && states() == [.pending: 2])
    }
    isLate(false)
    try await world.cycle()
    #expect(try states() == [.synced: 2] && errors().isEmpty)
    #expect(amount(try await world.cycle(.initial)) == 0)
    await server.stop()
  }

  @Test("A value that changes while the first is on its way is sent at once, and wins")
  func changedMeanwhile() async throws {
    world.source.put(try world.user("ann", ["title": ["Engineer"]]))
    try await world.cycle()
    isLate(true)
    for title in ["Manager", "Director"] {
      world.source.change("g-ann") { $0["title"] = [.string(title)] }
      #expect(amount(try await world.cycle()) == 1)
    }
    #expect(try errors().isEmpty && states() == [.pending: 1])
    // Read whole while it shows the old value: that is no difference yet.
    try await world.cycle(.initial)
    #expect(try errors().isEmpty && states() == [.pending: 1])
    isLate(false)
    try await world.cycle()
    #expect(try states() == [.synced: 1] && errors().isEmpty && titles() == ["Director"])
    await server.stop()
  }

  @Test("What is refused after it was accepted is an error with the tenant's words, until it works")
  func refused() async throws {
    world.source.put(try world.user("ann"))
    try await world.cycle()
    world.source.put(try world.user("bob", ["upn": ["ann@contoso.test"]]))
    try await world.cycle()
    let error = try #require(try errors().first)
    #expect(try errors().count == 1)
    #expect(error.type == SyncErrorType.attributeValueMustBeUnique.text)
    #expect(error.code == "AzureActiveDirectoryObjectConflict")
    #expect(error.message.contains("userPrincipalName already exists"))
    #expect(try states() == [.synced: 1, .error: 1])
    world.source.change("g-bob") { $0["upn"] = ["bob@contoso.test"] }
    try await world.cycle()
    #expect(try states() == [.synced: 2] && errors().isEmpty)
    await server.stop()
  }

  @Test("What is not shown when the time for it is over is an error, and is sent again")
  func overdue() async throws {
    var settings = try #require(self.settings)
    settings.bulkUpload?.patience = 0
    connect(settings)
    isLate(true)
    world.source.put(try world.user("ann", ["title": ["Engineer"]]))
    #expect(amount(try await world.cycle()) == 1)
    #expect(try errors().isEmpty)
    #expect(amount(try await world.cycle()) == 1)
    let error = try #require(try errors().first)
    #expect(error.type == SyncErrorType.exportedChangeNotReimported.text)
    #expect(
      error.message.contains("accepted the export") && error.message.contains("does not show"))
    #expect(!error.attribute.isEmpty && !error.rule.isEmpty)
    #expect(try states() == [.error: 1])
    isLate(false)
    try await world.cycle()
    #expect(try states() == [.synced: 1] && errors().isEmpty)
    await server.stop()
  }

  @Test("A user who is not wanted any more before it was made is deleted once it is")
  func givenUp() async throws {
    isLate(true)
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    world.source.remove("g-bob")
    try await world.cycle()
    isLate(false)
    try await world.cycle()
    try await world.cycle()
    #expect(try states() == [.synced: 1] && errors().isEmpty)
    await server.stop()
  }

  @Test("A manager follows once the tenant shows who that is")
  func manager() async throws {
    world.source.put(try world.user("ann"))
    world.source.put(
      try world.user("bob", ["manager": [.reference(world.dn("ann", ou: "Staff").text)]]))
    try await world.cycle()
    try await world.cycle()
    #expect(try states() == [.synced: 2] && errors().isEmpty)
    #expect(amount(try await world.cycle(.initial)) == 0)
    await server.stop()
  }

  private static let rules = #"""
    [[rule]]
    name = "In - User"
    direction = "inbound"
    connector = "source"
    source = "user"
    target = "person"
    link = "provision"
    precedence = 100
    [[rule.join]]
    conditions = [{ source = "employeeNumber", target = "sourceAnchor" }]
    [[rule.flow]]
    target = "sourceAnchor"
    direct = "employeeNumber"
    [[rule.flow]]
    target = "userPrincipalName"
    direct = "upn"
    [[rule.flow]]
    target = "displayName"
    direct = "displayName"
    [[rule.flow]]
    target = "title"
    direct = "title"
    [[rule.flow]]
    target = "manager"
    direct = "manager"

    [[rule]]
    name = "In from target - User"
    direction = "inbound"
    connector = "target"
    source = "user"
    target = "person"
    link = "join"
    precedence = 120
    [[rule.join]]
    conditions = [{ source = "sourceAnchor", target = "sourceAnchor", case_sensitive = true }]

    [[rule]]
    name = "Out - User"
    direction = "outbound"
    connector = "target"
    source = "person"
    target = "user"
    link = "provision"
    precedence = 200
    [[rule.join]]
    conditions = [{ source = "sourceAnchor", target = "sourceAnchor" }]
    [[rule.flow]]
    target = "sourceAnchor"
    direct = "sourceAnchor"
    [[rule.flow]]
    target = "userPrincipalName"
    direct = "userPrincipalName"
    [[rule.flow]]
    target = "displayName"
    direct = "displayName"
    [[rule.flow]]
    target = "accountEnabled"
    constant = true
    [[rule.flow]]
    target = "title"
    direct = "title"
    [[rule.flow]]
    target = "manager"
    direct = "manager"
    """#
}
