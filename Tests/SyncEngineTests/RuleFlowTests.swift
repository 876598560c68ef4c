import Directory
import SyncEngine
import SyncStore
import Synchronization
import Testing

/// The usual rules with more: `inbound` and `outbound` are flows of rules that go before them.
private func rules(
  inbound: String = "", outbound: String = "", groups: String = "", once: String = ""
) -> String {
  func rule(_ name: String, _ direction: String, _ types: (String, String), _ flows: String)
    -> String
  {
    flows.isEmpty
      ? ""
      : """
      [[rule]]
      name = "\(name)"
      direction = "\(direction)"
      connector = "\(direction == "inbound" ? "source" : "target")"
      source = "\(types.0)"
      target = "\(types.1)"
      link = "join"
      precedence = \(name.utf8.count)
      flow = [\(flows)]

      """
  }
  return World.rules + "\n" + rule("Own", "inbound", ("user", "person"), inbound)
    + rule("Own out", "outbound", ("person", "user"), outbound)
    + rule("Own groups", "outbound", ("group", "group"), groups)
    + rule("Own count", "inbound", ("group", "group"), once)
}

/// A certificate that was made for these tests; nobody holds its key.
private let deviceCertificate = """
  MIIBPjCB8aADAgECAhROMJl6It1S/ThsYR4wCgJLnpZOrTAFBgMrZXAwFDESMBAGA1UEAwwJZGV2aWNlLTE3MCAXDTI2
  MTEzMDEzMDIzNVoYDzIxMjYxMTA2MTMwMjM1WjAUMRIwEAYDVQQDDAlkZXZpY2UtMTcwKjAFBgMrZXADIQA5ri0Qj+xz
  V0EVgCNKdzInfjMnoJzlBXv53iaTgPBspqNTMFEwHQYDVR0OBBYEFEczrtntQz+rAwd8AB7gnsxX2IkFMB8GA1UdIwQY
  MBaAFEczrtntQz+rAwd8AB7gnsxX2IkFMA8GA1UdEwEB/wQFMAMBAf8wBQYDK2VwA0EAlOTgu7/baxEcjfFSwdCSv6N2
  ZdNKwOnkv0jCjdrDcSuto6Uyp5/L+y5OLgyE2wHmRhYhXYsUQqHw5FLSiVweAA==
  """

@Suite("Flows by expression, through the engine")
struct RuleFlowTests {
  private func openErrors(_ world: World) throws -> [ErrorRow] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 100)
  }

  @Test("What an expression makes reaches the target, from both sides of the metaverse")
  func values() async throws {
    let world = try World(
      rules: rules(
        inbound: #"{ target = "displayName", expression = 'UCase([displayName])' }"#,
        outbound: #"{ target = "title", expression = '"Mx " & [displayName]' }"#))
    world.source.put(try world.user("ann"))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["displayname"] == ["ANN"])
    #expect(world.outcome["g-ann"]?["title"] == ["Mx ANN"])
    world.source.change("g-ann") { $0["displayName"] = ["anna"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Mx ANNA"])
  }

  @Test("What a target gives a value by itself, and keeps, stays where the rules give it none")
  func kept() async throws {
    let world = try World(targetAttributes: ["title": .init(.string, keepsValue: true)])
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob", ["title": ["Clerk"]]))
    try await world.cycle()
    let made = try #require(
      world.target.all.first { $0.attributes.text("externalId") == "g-ann" })
    world.target.change(made.anchor.text) { $0["title"] = ["made"] }
    world.source.change("g-bob") { $0["title"] = [] }
    let sent = world.target.operations.count
    for _ in 0..<2 { try await world.cycle() }
    #expect(try await world.cycle().isQuiet)
    #expect(world.target.operations.count == sent)
    #expect(world.outcome["g-ann"]?["title"] == ["made"])
    #expect(world.outcome["g-bob"]?["title"] == ["Clerk"])
    #expect(try openErrors(world).isEmpty)
    let run = try await world.engine().verify("target", .stored)
    let step = try #require(
      try world.reader.operations(OperationFilter(), before: nil, limit: 1).first)
    #expect(step.runID == run)
    let counters = try world.reader.counters(step: step.id).filter { $0.group == .drift }
    #expect(counters.allSatisfy { !$0.hasDetail }, "\(counters)")
    // Another value goes out, and so does all else.
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    world.source.change("g-bob") { $0["displayName"] = ["Robert"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
    #expect(world.outcome["g-bob"]?["displayname"] == ["Robert"])
  }

  @Test("Certificates are read, and digests made, on both sides of the metaverse")
  func certificates() async throws {
    let world = try World(
      rules: rules(
        inbound: #"""
          { target = "displayName", expression = '''
              CertSubject(Item(Where($c,[cert],IsCert($c) && CertNotAfter($c) > Now()),1))''' },
          { target = "key", direct = "key" }
          """#,
        outbound: #"""
          { target = "title", expression = 'ConvertToBase64(Thumbprint([key]))' }
          """#), sourceAttributes: ["key": .init(.binary)])
    let key = AttributeValue.binary(Array("ann@contoso.test".utf8))
    world.source.put(
      try world.user("ann", ["cert": [.string(deviceCertificate)], "key": [key]]))
    try await world.cycle()
    #expect(try openErrors(world).map(\.message) == [])
    #expect(world.outcome["g-ann"]?["displayname"] == ["CN=device-17"])
    #expect(world.outcome["g-ann"]?["title"] == ["x6HSDq+Hs125S8Hof0TvErJyQ+oHWsHHTPtC2WL/Ppc="])
  }

  @Test("Equal values are one, also where the target takes one only")
  func equalValues() async throws {
    let world = try World(
      rules: rules(outbound: #"{ target = "title", expression = 'Split([displayName],"-")' }"#))
    world.source.put(try world.user("ann", ["displayName": ["x-x"]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["x"])
    #expect(try openErrors(world).isEmpty)
    world.source.change("g-ann") { $0["displayName"] = ["x-y"] }
    try await world.cycle()
    #expect(try openErrors(world).first?.message.contains("2 values flow to title") == true)
  }

  @Test("Error stops the object with the rule's words, keeps what it had, and ends by itself")
  func error() async throws {
    let world = try World(
      rules: rules(
        inbound: #"""
          { target = "displayName", expression = '''
            IIF([displayName] = "bad", Error("No bad names"), [displayName])''' }
          """#))
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    world.source.change("g-ann") {
      $0["displayName"] = ["bad"]
      $0["title"] = ["Boss"]
    }
    world.source.change("g-bob") { $0["title"] = ["Clerk"] }
    try await world.cycle()
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "sync-rule-error-function-triggered")
    #expect(error.message.contains("No bad names") && error.message.contains("rule Own"))
    #expect(error.attribute == "displayName" && error.value == "displayName = bad")
    #expect(world.outcome["g-ann"]?["displayname"] == ["ann"])
    #expect(world.outcome["g-ann"]?["title"] == nil)
    #expect(world.outcome["g-bob"]?["title"] == ["Clerk"])
    world.source.change("g-ann") { $0["displayName"] = ["Ann"] }
    try await world.cycle()
    #expect(try openErrors(world).isEmpty)
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
  }

  @Test("IgnoreThisFlow keeps what the flow gave before, inbound and outbound")
  func ignored() async throws {
    let world = try World(
      rules: rules(
        inbound:
          #"{ target = "title", expression = 'IIF(IsPresent([rank]),[rank],IgnoreThisFlow)' }"#,
        outbound: #"""
          { target = "active", expression = 'IIF([title] = "Gone",False,IgnoreThisFlow)' }
          """#))
    world.source.put(try world.user("ann", ["rank": ["Queen"]]))
    world.source.put(try world.user("bob", ["title": ["Clerk"]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Queen"])
    #expect(world.outcome["g-bob"]?["title"] == ["Clerk"])
    #expect(world.outcome["g-ann"]?["active"] == nil)
    world.source.change("g-ann") { $0["rank"] = [] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Queen"])
    try await world.cycle(.initial)
    #expect(world.outcome["g-ann"]?["title"] == ["Queen"])
    // It gives way to a weaker rule that has a value, for good.
    for title in ["Clerk", nil] as [String?] {
      world.source.change("g-ann") { $0["title"] = title.map { [.string($0)] } ?? [] }
      try await world.cycle()
      #expect(world.outcome["g-ann"]?["title"] == title.map { [$0] })
    }
    world.source.change("g-ann") { $0["rank"] = ["Gone"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["active"] == ["false"])
    // Once the flow is ignored, what it gave stays.
    world.source.change("g-ann") { $0["rank"] = ["King"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["King"])
    #expect(world.outcome["g-ann"]?["active"] == ["false"])
  }

  @Test("IgnoreThisFlow takes back a change that was never sent")
  func ignoredBeforeSent() async throws {
    let world = try World(
      rules: rules(
        outbound: #"""
          { target = "active", expression = '''
              IIF([title] = "Gone",False,IIF([title] = "Back",True,IgnoreThisFlow))''' }
          """#))
    world.source.put(try world.user("ann", ["title": ["Back"]]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["active"] == ["true"])
    for title in ["Gone", "Clerk"] {
      world.source.change("g-ann") { $0["title"] = [.string(title)] }
      _ = try await world.engine().runProfile(connector: "source", .deltaImport)
      _ = try await world.engine().runProfile(connector: "source", .deltaSynchronization)
    }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["title"] == ["Clerk"])
    #expect(world.outcome["g-ann"]?["active"] == ["true"])
    #expect(try await world.cycle().isQuiet)
  }

  private static let onlyIfGiven = #"""
    { target = "title", expression = '''
        IIF(IsNullOrEmpty([title]),IgnoreThisFlow,[title])''' }
    """#

  @Test("IgnoreThisFlow keeps no value of one whom the target refused to make for it")
  func ignoredAfterRefusal() async throws {
    let world = try World(rules: rules(outbound: Self.onlyIfGiven))
    world.source.put(try world.user("ann", ["title": ["DEU"]]))
    world.source.put(try world.user("bob", ["title": ["DE"]]))
    world.target.state.withLock { $0.refuseValue = "DEU" }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome.keys.sorted() == ["g-bob"])
    #expect(try openErrors(world).map(\.value) == ["DEU"])
    for name in ["g-ann", "g-bob"] { world.source.change(name) { $0["title"] = [] } }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome.keys.sorted() == ["g-ann", "g-bob"])
    #expect(world.outcome["g-ann"]?["title"] == nil)
    // What was taken before stays.
    #expect(world.outcome["g-bob"]?["title"] == ["DE"])
    #expect(try openErrors(world).isEmpty)
    #expect(try await world.cycle().isQuiet)
  }

  @Test("Nor of one who was sent without an answer and is refused since")
  func ignoredAfterLostRequest() async throws {
    let world = try World(rules: rules(outbound: Self.onlyIfGiven))
    world.source.put(try world.user("ann", ["title": ["DEU"]]))
    world.target.state.withLock {
      $0.dropRequests = 1
      $0.refuseValue = "DEU"
    }
    for _ in 0..<3 { try await world.cycle() }
    #expect(world.outcome.isEmpty)
    world.source.change("g-ann") { $0["title"] = [] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome.keys.sorted() == ["g-ann"])
    #expect(try openErrors(world).isEmpty)
  }

  @Test("IgnoreThisFlow keeps what was taken and not shown yet, or taken and the answer lost")
  func ignoredBeforeShown() async throws {
    for isLost in [false, true] {
      let world = try World(rules: rules(outbound: Self.onlyIfGiven))
      world.source.put(try world.user("ann", ["title": ["DE"]]))
      if isLost { world.target.state.withLock { $0.dropAnswers = 1 } }
      _ = try await world.engine().runProfile(connector: "target", .fullImport)
      for profile in [StepType.fullImport, .fullSynchronization] {
        _ = try await world.engine().runProfile(connector: "source", profile)
      }
      _ = try await world.engine().runProfile(connector: "target", .export)
      #expect(world.outcome["g-ann"]?["title"] == ["DE"])
      world.source.change("g-ann") { $0["title"] = [] }
      for profile in [StepType.deltaImport, .deltaSynchronization] {
        _ = try await world.engine().runProfile(connector: "source", profile)
      }
      for _ in 0..<2 { try await world.cycle() }
      #expect(world.outcome["g-ann"]?["title"] == ["DE"])
      #expect(try openErrors(world).isEmpty)
      #expect(try await world.cycle().isQuiet)
    }
  }

  @Test("AuthoritativeNull takes the value from the target, whatever weaker rules give")
  func authoritativeNull() async throws {
    let world = try World(
      rules: rules(
        inbound:
          #"{ target = "title", expression = 'IIF(IsPresent([secret]),AuthoritativeNull,NULL)' }"#
      ))
    world.source.put(try world.user("ann", ["title": ["Clerk"]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Clerk"])
    world.source.change("g-ann") { $0["secret"] = ["yes"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == nil)
  }

  @Test("A check beside a flow of members stops a group that is too large, and lets it go on later")
  func memberCount() async throws {
    let world = try World(
      rules: rules(
        groups: #"""
          { target = "members", expression = '''
            IIF([memberCount] > 2, Error("Too many members"), IgnoreThisFlow)''' }
          """#, once: #"{ target = "memberCount", expression = 'ValueCount("member")' }"#))
    for name in ["ann", "bob", "eve"] { world.source.put(try world.user(name)) }
    world.source.put(try world.group("team", members: ["ann", "bob"]))
    try await world.cycle()
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob"])
    world.source.put(try world.group("team", members: ["ann", "bob", "eve"]))
    try await world.cycle()
    #expect(try openErrors(world).map(\.type) == ["sync-rule-error-function-triggered"])
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-bob"])
    world.source.put(try world.group("team", members: ["ann", "eve"]))
    for _ in 0..<2 { try await world.cycle() }
    #expect(try openErrors(world).isEmpty)
    #expect(world.outcome["g-team"]?["members"] == ["g-ann", "g-eve"])
  }

  @Test("A flow that applies once is sent when the object is made, and then left alone")
  func once() async throws {
    let world = try World(
      rules: rules(
        outbound: #"{ target = "active", constant = true, apply_once = true }"#))
    world.target.put(
      DirectoryEntry(
        anchor: Anchor("old-1"), dn: try DistinguishedName("CN={1}"), objectType: "user",
        attributes: ["externalId": ["g-bob"], "userName": ["b"], "active": [false]]))
    world.source.put(try world.user("ann"))
    world.source.put(try world.user("bob"))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["active"] == ["true"])
    #expect(world.outcome["g-bob"]?["active"] == ["false"])
    let anchor = try #require(
      world.target.all.first { $0.attributes.text("externalId") == "g-ann" }?.anchor.text)
    world.target.change(anchor) { $0["active"] = [false] }
    world.source.change("g-ann") { $0["title"] = ["Boss"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["active"] == ["false"])
    #expect(world.outcome["g-ann"]?["title"] == ["Boss"])
  }

  @Test("A value that flowed once into the metaverse stays when its source changes or goes")
  func onceInbound() async throws {
    let world = try World(
      rules: rules(
        inbound: #"{ target = "kind", direct = "rank", apply_once = true }"#,
        outbound: #"{ target = "title", direct = "kind" }"#))
    world.source.put(try world.user("ann", ["rank": ["Queen"]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["title"] == ["Queen"])
    for values: [AttributeValue] in [["King"], []] {
      world.source.change("g-ann") { $0["rank"] = values }
      try await world.cycle()
      #expect(world.outcome["g-ann"]?["title"] == ["Queen"])
    }
    try await world.cycle(.initial)
    #expect(world.outcome["g-ann"]?["title"] == ["Queen"])
  }

  @Test("An expression that hands on references lets them flow row by row")
  func handedOn() async throws {
    let world = try World(
      rules: rules(
        outbound:
          #"{ target = "manager", expression = 'IIF([title] = "Boss",AuthoritativeNull,[manager])' }"#
      ))
    world.source.put(try world.user("eve"))
    let eve = AttributeValue.reference(try world.dn("eve", ou: "Staff").text)
    world.source.put(try world.user("ann", ["manager": [eve]]))
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == ["g-eve"])
  }

  @Test("IgnoreThisFlow keeps references that the flow gave before, until it says otherwise")
  func ignoredReferences() async throws {
    let flow = #"""
      { target = "boss", expression = '''
        IIF(IsPresent([manager]),[manager],IIF([title] = "Free",NULL,IgnoreThisFlow))''' }
      """#
    let world = try World(
      rules: rules(inbound: flow, outbound: #"{ target = "manager", direct = "boss" }"#))
    // The usual flow to the target gives way.
    world.rulesText = world.rulesText.replacing(
      "target = \"manager\"\ndirect = \"manager\"", with: "target = \"info\"\ndirect = \"info\"")
    for name in ["ann", "bob", "eve"] { world.source.put(try world.user(name)) }
    let bob = AttributeValue.reference(try world.dn("bob", ou: "Staff").text)
    let eve = AttributeValue.reference(try world.dn("eve", ou: "Staff").text)
    world.source.change("g-ann") { $0["manager"] = [bob] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
    world.source.change("g-ann") { $0["manager"] = [] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
    try await world.cycle(.initial)
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
    // Nor does a change of other rules take it.
    world.rulesText = world.rulesText.replacing(
      "direct = \"title\"", with: "expression = 'Trim([title])'")
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
    world.source.change("g-ann") { $0["manager"] = [eve] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == ["g-eve"])
    world.source.change("g-ann") { $0["manager"] = [] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == ["g-eve"])
    world.source.change("g-ann") { $0["title"] = ["Free"] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == nil)
  }

  @Test("References that an ignored flow keeps give way to those of a weaker flow, for good")
  func ignoredBehindWeaker() async throws {
    let flow = #"""
      { target = "manager", expression = '''
        IIF(IsPresent([boss]),CRef("CN=" & [boss] & ",OU=Staff,DC=contoso,DC=test"),
        IIF([title] = "Free",NULL,IgnoreThisFlow))''' }
      """#
    let world = try World(rules: rules(inbound: flow))
    for name in ["bob", "cay", "eve"] { world.source.put(try world.user(name)) }
    func reference(_ name: String) throws -> AttributeValue {
      .reference(try world.dn(name, ou: "Staff").text)
    }
    func expect(_ name: String?, sourceLocation: SourceLocation = #_sourceLocation) async throws {
      for policy in [CyclePolicy.delta, .delta, .initial] {
        try await world.cycle(policy)
        #expect(
          world.outcome["g-ann"]?["manager"] == name.map { ["g-" + $0] },
          sourceLocation: sourceLocation)
      }
    }
    world.source.put(try world.user("ann", ["boss": ["bob"], "manager": [try reference("cay")]]))
    try await expect("bob")
    world.source.change("g-ann") { $0["boss"] = [] }
    try await expect("cay")
    world.source.change("g-ann") { $0["manager"] = [] }
    try await expect(nil)
    world.source.change("g-ann") { $0["boss"] = ["bob"] }
    try await expect("bob")
    world.source.change("g-ann") { $0["boss"] = [] }
    try await expect("bob")
    for name in ["bob", "eve"] {
      let manager = try reference(name)
      world.source.change("g-ann") { $0["manager"] = [manager] }
      try await expect(name)
    }
    world.source.change("g-ann") { $0["title"] = ["Free"] }
    try await expect("eve")
  }

  @Test("References that apply once go out with the new object, and are then left alone")
  func onceReferences() async throws {
    let world = try World(
      rules: rules().replacing(
        """
        target = "manager"
        direct = "manager"

        [[rule]]
        name = "Out - Group"
        """,
        with: """
          target = "manager"
          direct = "manager"
          apply_once = true

          [[rule]]
          name = "Out - Group"
          """))
    for name in ["ann", "bob", "eve"] { world.source.put(try world.user(name)) }
    let bob = AttributeValue.reference(try world.dn("bob", ou: "Staff").text)
    let eve = AttributeValue.reference(try world.dn("eve", ou: "Staff").text)
    world.source.change("g-ann") { $0["manager"] = [bob] }
    world.source.change("g-eve") { $0["manager"] = [bob] }
    try await world.cycle()
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
    #expect(world.outcome["g-eve"]?["manager"] == ["g-bob"])
    world.source.change("g-ann") { $0["manager"] = [eve] }
    world.source.change("g-eve") { $0["manager"] = [] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-ann"]?["manager"] == ["g-bob"])
    #expect(world.outcome["g-eve"]?["manager"] == ["g-bob"])
    #expect(try await world.cycle().isQuiet)
  }
}
