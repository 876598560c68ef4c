import Directory
import EntraConfiguration
import Foundation
import LDIFConnector
import SCIMConnector
import SyncEngine
import SyncRules
import SyncStore
import Tenant
import Testing

/// The configuration of a real server, where it is present.
private let realFolder: String? = {
  let named = ProcessInfo.processInfo.environment["LOCKSTEP_ENTRA_DATA"]
  let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data/entra-connect-contoso").standardized.path
  return [named, beside].compactMap(\.self).first { EntraExport.isExport($0) }
}()

/// A directory in LDIF, the 62 rules of a real server as they are, and a tenant.
private final class EntraWorld {
  let folder: URL
  let export: EntraExport
  let rules: RuleSet
  private let token = Tenant.makeToken()
  private let server: TenantServer
  private(set) var port: UInt16 = 0

  static let source = "contoso.com"
  static let target = "contoso.onmicrosoft.com - AAD"

  init(_ content: String) async throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "entra-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: folder.appending(path: "changes"), withIntermediateDirectories: true)
    try Data(content.utf8).write(to: folder.appending(path: "directory.ldif"))
    export = try EntraExport.read(folder: realFolder ?? "")
    let names = Dictionary(uniqueKeysWithValues: export.connectors.map { ($0.id, $0.name) })
    let parameters = RuleParameters(
      connectors: Dictionary(
        uniqueKeysWithValues: export.connectors.map { ($0.name, $0.parameters) }))
    rules = try RuleSet(
      try EntraConversion(export, connectors: names).rules(), parameters: parameters)
    server = try TenantServer(
      TenantConfiguration(
        databasePath: folder.appending(path: "tenant.sqlite").path, token: .plain(token)))
    port = try await server.start()
  }

  func end() async {
    await server.stop()
    try? FileManager.default.removeItem(at: folder)
  }

  func target(names: SCIMAttributeNames = .entra) -> SCIMConnector {
    var settings = SCIMConnectorSettings(url: "http://127.0.0.1:\(port)/scim/v2") { [token] in
      token
    }
    settings.names = names
    return SCIMConnector(settings)
  }

  func change(_ number: Int, _ text: String) throws {
    try Data(text.utf8).write(to: folder.appending(path: "changes/\(number).ldif"))
  }

  var reader: StoreReader {
    get throws { try StoreReader(file: folder.appending(path: "store.sqlite").path) }
  }

  /// Runs a cycle by the imported rules, or by the standard ones under SCIM's names.
  func cycle(
    _ policy: CyclePolicy = .delta, isStandard: Bool = false
  ) async throws -> CycleSummary {
    let rules =
      isStandard
      ? try StandardRules.ruleSet(source: Self.source, target: Self.target) : self.rules
    let engine = SyncEngine(
      store: try SyncStore.open(file: folder.appending(path: "store.sqlite").path),
      lease: try EngineLease.take(lockFile: folder.appending(path: "engine.lock").path),
      connectors: [
        EngineConnector(
          name: Self.source, type: "ldif", isSource: true,
          connector: LDIFConnector(
            settings: LDIFConnectorSettings(
              content: [folder.appending(path: "directory.ldif").path],
              changes: folder.appending(path: "changes").path)), fingerprint: "1"),
        EngineConnector(
          name: Self.target, type: "scim", isSource: false,
          connector: target(names: isStandard ? .scim : .entra),
          fingerprint: isStandard ? "scim" : "entra"),
      ], rules: rules, options: EngineOptions(idleExitSeconds: nil, version: "test"))
    try engine.prepare()
    let id = try await engine.runCycle(policy)
    guard let summary = try reader.cycle(id: id) else { throw World.Missing() }
    return summary
  }

  /// What the tenant holds, by the source anchor, under the names that the rules use.
  func objects() async throws -> [String: DirectoryEntry] {
    let reader = try await target().openImport(
      ImportRequest(watermark: nil, stagedCount: { 0 }))
    var found: [String: DirectoryEntry] = [:]
    while let batch = try await reader.next() {
      for case .entry(let entry) in batch.changes {
        found[entry.attributes.text("sourceAnchor") ?? entry.anchor.text] = entry
      }
    }
    return found
  }
}

/// A GUID of sixteen equal bytes, in base64: the source anchor of the object that has it.
private func anchor(_ byte: UInt8) -> String {
  Data(repeating: byte, count: 16).base64EncodedString()
}

/// The SID of account `number` in the domain; without one, the rules make no person of an account.
private func sid(_ number: UInt8) -> Data {
  Data(
    [1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, number, 4, 0, 0])
}

private let directory = """
  version: 1

  dn: CN=Ann,OU=Staff,DC=contoso,DC=com
  objectClass: user
  cn: Ann
  objectGUID:: \(anchor(1))
  objectSid:: \(sid(1).base64EncodedString())
  sAMAccountName: ann
  userPrincipalName: ann@contoso.com
  userAccountControl: 512
  pwdLastSet: 129699324000000000
  displayName: Ann Example
  givenName: Ann
  sn: Example
  mail: ann@contoso.com
  mailNickname: annie
  proxyAddresses: SMTP:ann@contoso.com
  proxyAddresses: smtp:a.example@contoso.com
  l: Bern
  st: BE
  c: CH
  co: Switzerland
  countryCode: 756
  department:  Sales\u{20}
  extensionAttribute1: one
  description: first
  manager: CN=Bo,OU=Staff,DC=contoso,DC=com
  msExchHideFromAddressLists: TRUE

  dn: CN=Bo,OU=Staff,DC=contoso,DC=com
  objectClass: user
  cn: Bo
  objectGUID:: \(anchor(2))
  objectSid:: \(sid(2).base64EncodedString())
  sAMAccountName: bo
  userAccountControl: 514

  dn: CN=Sync,CN=Users,DC=contoso,DC=com
  objectClass: user
  cn: Sync
  objectGUID:: \(anchor(3))
  objectSid:: \(sid(3).base64EncodedString())
  sAMAccountName: MSOL_0123
  userPrincipalName: msol@contoso.com
  userAccountControl: 512

  dn: CN=krbtgt,CN=Users,DC=contoso,DC=com
  objectClass: user
  cn: krbtgt
  objectGUID:: \(anchor(4))
  objectSid:: \(sid(4).base64EncodedString())
  sAMAccountName: krbtgt
  userAccountControl: 514
  isCriticalSystemObject: TRUE

  dn: CN=Carla,OU=Partners,DC=contoso,DC=com
  objectClass: contact
  cn: Carla
  objectGUID:: \(anchor(5))
  displayName: Carla Partner
  mail: carla@partner.example
  company: Partner Ltd
  targetAddress: SMTP:carla@partner.example
  proxyAddresses: SMTP:carla@partner.example

  dn: CN=NoMail,OU=Partners,DC=contoso,DC=com
  objectClass: contact
  cn: NoMail
  objectGUID:: \(anchor(6))
  displayName: Without Mail

  dn: CN=Everyone,OU=Groups,DC=contoso,DC=com
  objectClass: group
  cn: Everyone
  objectGUID:: \(anchor(7))
  sAMAccountName: everyone
  groupType: -2147483646
  description: All of us
  member: CN=Ann,OU=Staff,DC=contoso,DC=com
  member: CN=Bo,OU=Staff,DC=contoso,DC=com
  member: CN=Carla,OU=Partners,DC=contoso,DC=com
  member: CN=Sync,CN=Users,DC=contoso,DC=com
  managedBy: CN=Ann,OU=Staff,DC=contoso,DC=com

  dn: CN=News,OU=Groups,DC=contoso,DC=com
  objectClass: group
  cn: News
  objectGUID:: \(anchor(8))
  groupType: 2
  displayName: The News
  mail: news@contoso.com
  mailNickname: news
  proxyAddresses: SMTP:news@contoso.com
  member: CN=Everyone,OU=Groups,DC=contoso,DC=com

  dn: CN=Quiet,OU=Groups,DC=contoso,DC=com
  objectClass: group
  cn: Quiet
  objectGUID:: \(anchor(9))
  groupType: 2

  """

@Suite(
  "A directory through the rules of a real server, unchanged", .serialized,
  .enabled(if: realFolder != nil))
struct ImportedRulesCycleTests {
  @Test("Users, contacts and groups arrive with the values that the rules mean")
  func arrives() async throws {
    let world = try await EntraWorld(directory)
    let cycle = try await world.cycle()
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 100)
    #expect(errors.isEmpty, "\(errors.map { $0.message })")
    #expect(cycle.steps.map(\.result) == cycle.steps.map { _ in "success" })
    let objects = try await world.objects()
    // The account that sync tools made, the system's own, the contact without a mail address, and
    // the group that is neither for security nor for mail stay here.
    #expect(
      Set(objects.keys) == Set([1, 2, 5, 7, 8].map { anchor($0) }))
    try expectUsers(objects)
    try expectContact(objects)
    try expectGroups(objects)
    await world.end()
  }

  private func expectUsers(_ objects: [String: DirectoryEntry]) throws {
    let ann = try #require(objects[anchor(1)])
    let bo = try #require(objects[anchor(2)])
    #expect(ann.objectType == "user")
    let expected: AttributeSet = [
      "userPrincipalName": ["ann@contoso.com"], "accountEnabled": [true],
      "displayName": ["Ann Example"], "givenName": ["Ann"], "surname": ["Example"],
      "commonName": ["Ann"], "mail": ["ann@contoso.com"], "alias": ["annie"],
      "proxyAddresses": ["SMTP:ann@contoso.com", "smtp:a.example@contoso.com"],
      "city": ["Bern"], "state": ["BE"], "countryLetterCode": ["CH"],
      "country": ["Switzerland"], "countryCode": [756], "department": ["Sales"],
      "extensionAttribute1": ["one"], "description": ["first"],
      "onPremisesSamAccountName": ["ann"], "onPremiseSecurityIdentifier": [.binary(Array(sid(1)))],
      "dnsDomainName": ["contoso.com"], "netBiosName": ["CONTOSO"],
      "lastPasswordChangeTimestamp": ["20120101230000.0Z"],
      "manager": [.reference(bo.anchor.text)], "msExchHideFromAddressLists": [true],
      "cloudMastered": [false],
      "dn": [.string("CN={" + Hexadecimal.encode(anchor(1).utf8).uppercased() + "}")],
    ]
    for attribute in expected.attributes {
      #expect(ann.attributes[attribute.name] == attribute.values, "\(attribute.name)")
    }
    #expect(bo.attributes["userPrincipalName"] == ["bo@contoso.com"])
    #expect(bo.attributes["accountEnabled"] == [false])
    #expect(bo.attributes["displayName"] == ["Bo"])
    #expect(!bo.attributes.contains("mail"))
  }

  private func expectContact(_ objects: [String: DirectoryEntry]) throws {
    let carla = try #require(objects[anchor(5)])
    #expect(carla.objectType == "contact")
    #expect(carla.attributes["displayName"] == ["Carla Partner"])
    #expect(carla.attributes["mail"] == ["carla@partner.example"])
    #expect(carla.attributes["company"] == ["Partner Ltd"])
    #expect(carla.attributes["targetAddress"] == ["SMTP:carla@partner.example"])
    // A contact without a mailNickname is called as its cn.
    #expect(carla.attributes["alias"] == ["Carla"])
  }

  private func expectGroups(_ objects: [String: DirectoryEntry]) throws {
    let everyone = try #require(objects[anchor(7)])
    let news = try #require(objects[anchor(8)])
    func references(_ bytes: UInt8...) -> Set<AttributeValue> {
      Set(bytes.compactMap { objects[anchor($0)].map { .reference($0.anchor.text) } })
    }
    #expect(everyone.objectType == "group")
    #expect(everyone.attributes["displayName"] == ["Everyone"])
    #expect(everyone.attributes["description"] == ["All of us"])
    #expect(everyone.attributes["securityEnabled"] == [true])
    #expect(Set(everyone.attributes["member"]) == references(1, 2, 5))
    #expect(Set(everyone.attributes["managedBy"]) == references(1))
    #expect(news.attributes["displayName"] == ["The News"])
    #expect(news.attributes["securityEnabled"] == [false])
    #expect(news.attributes["mail"] == ["news@contoso.com"])
    #expect(news.attributes["alias"] == ["news"])
    #expect(Set(news.attributes["member"]) == references(7))
  }

  @Test("The next cycle has nothing to do, and a full calculation neither")
  func settles() async throws {
    let world = try await EntraWorld(directory)
    _ = try await world.cycle()
    for policy in [CyclePolicy.delta, .delta, .initial] {
      let again = try await world.cycle(policy)
      let work = again.steps.filter { $0.type == .export }.map { $0.adds + $0.updates + $0.deletes }
      #expect(work == work.map { _ in 0 }, "\(policy)")
    }
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 100)
    #expect(errors.isEmpty, "\(errors.map { $0.message })")
    await world.end()
  }

  @Test("A workspace that the standard rules filled goes on with the imported ones, and back")
  func switchedNames() async throws {
    let world = try await EntraWorld(directory)
    _ = try await world.cycle(isStandard: true)
    _ = try await world.cycle(isStandard: true)
    let before = try await world.objects()
    // What a person set there by hand meanwhile is put right under the new names.
    let cycle = try await world.cycle()
    #expect(cycle.reason.contains("the synchronization rules changed"))
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 100)
    #expect(errors.isEmpty, "\(errors.map { $0.message })")
    let objects = try await world.objects()
    #expect(Set(objects.keys) == Set([1, 2, 5, 7, 8].map { anchor($0) }))
    for (key, object) in objects {
      if let old = before[key] { #expect(object.anchor == old.anchor, "\(key) was made again") }
    }
    try expectUsers(objects)
    try expectContact(objects)
    try expectGroups(objects)
    try await expectQuiet(world)
    let back = try await world.cycle(isStandard: true)
    #expect(back.reason.contains("the synchronization rules changed"))
    let after = try await world.objects()
    #expect(
      after.mapValues(\.anchor).filter { before[$0.key] != nil } == before.mapValues(\.anchor))
    try await expectQuiet(world, isStandard: true)
    await world.end()
  }

  private func expectQuiet(_ world: EntraWorld, isStandard: Bool = false) async throws {
    for policy in [CyclePolicy.delta, .delta, .initial] {
      let again = try await world.cycle(policy, isStandard: isStandard)
      let exports = again.steps.filter { $0.type == .export }
      #expect(exports.allSatisfy { $0.adds + $0.updates + $0.deletes == 0 }, "\(policy)")
    }
    let target = try #require(try world.reader.connectors().first { $0.name == EntraWorld.target })
    #expect(target.pendingExports == 0)
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 100)
    #expect(errors.isEmpty, "\(errors.map { $0.message })")
  }

  @Test("Who is an inetOrgPerson arrives by the rules for it, of which none sends a password")
  func inetOrgPerson() async throws {
    let world = try await EntraWorld(
      directory + """

        dn: CN=Ina,OU=Staff,DC=contoso,DC=com
        objectClass: user
        objectClass: inetOrgPerson
        cn: Ina
        objectGUID:: \(anchor(10))
        objectSid:: \(sid(10).base64EncodedString())
        sAMAccountName: ina
        userAccountControl: 512
        displayName: Ina Example
        manager: CN=Ann,OU=Staff,DC=contoso,DC=com

        """)
    _ = try await world.cycle()
    let errors = try world.reader.openErrors(connector: nil, after: nil, limit: 100)
    #expect(errors.isEmpty, "\(errors.map { $0.message })")
    let objects = try await world.objects()
    let ina = try #require(objects[anchor(10)])
    #expect(ina.objectType == "user" && ina.attributes["displayName"] == ["Ina Example"])
    #expect(ina.attributes["userPrincipalName"] == ["ina@contoso.com"])
    #expect(
      ina.attributes["manager"] == [.reference(objects[anchor(1)]?.anchor.text ?? "")])
    let row = try #require(
      try world.reader.find("Ina Example").first { $0.connector == EntraWorld.source })
    #expect(row.objectType == "inetOrgPerson")
    let detail = try #require(try world.reader.object(id: row.id, valueLimit: 9))
    let givers = detail.metaverse.flatMap(\.contributors)
    let rules = Set(givers.filter { $0.connector == EntraWorld.source }.map(\.rule))
    #expect(!rules.isEmpty && rules.allSatisfy { $0.contains("InetOrgPerson") }, "\(rules)")
    let image = AttributeSet(
      detail.attributes.map { Attribute(AttributeName($0.name), $0.values) })
    let said = world.rules.evaluateInbound(
      connector: EntraWorld.source, objectType: row.objectType, attributes: image, references: [])
    #expect(!said.inScope.isEmpty && !said.enablesPasswordSync)
    await world.end()
  }

  @Test("A change, a filter and a delete arrive by delta cycles")
  func changes() async throws {
    let world = try await EntraWorld(directory)
    _ = try await world.cycle()
    _ = try await world.cycle()
    try world.change(
      1,
      """
      version: 1

      dn: CN=Ann,OU=Staff,DC=contoso,DC=com
      changetype: modify
      replace: userAccountControl
      userAccountControl: 514
      -
      replace: l
      l: Basel
      -
      delete: department
      -

      dn: CN=Carla,OU=Partners,DC=contoso,DC=com
      changetype: delete

      dn: CN=Quiet,OU=Groups,DC=contoso,DC=com
      changetype: modify
      replace: mail
      mail: quiet@contoso.com
      -

      """)
    _ = try await world.cycle()
    _ = try await world.cycle()
    let objects = try await world.objects()
    #expect(Set(objects.keys) == Set([1, 2, 7, 8, 9].map { anchor($0) }))
    let ann = try #require(objects[anchor(1)])
    #expect(ann.attributes["accountEnabled"] == [false])
    #expect(ann.attributes["city"] == ["Basel"])
    #expect(!ann.attributes.contains("department"))
    #expect(objects[anchor(7)]?.attributes["member"].count == 2)
    await world.end()
  }
}
