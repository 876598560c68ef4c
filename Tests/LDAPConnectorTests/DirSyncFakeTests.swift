import Directory
import Synchronization
import Testing

@testable import LDAPConnector

/// A domain controller that tells changes by DirSync as a test wants them, round by round.
final class TellingController: Sendable {
  static let suffix = "DC=contoso,DC=test"
  private let rounds: [[SearchEntry]]
  /// What objects say when they are asked for by their identifiers.
  private let whole: [SearchEntry]
  /// How it says what it is.
  private let root: [SearchAttribute]
  /// What the base says besides its identifier.
  private let base: [SearchAttribute]
  /// The update numbers of what is in the naming context; nil if they are not told.
  private let numbers: [Int64]?
  /// The last round before which a filter by title finds whom it is asked for.
  private let last: Int
  private let round = Mutex(0)
  /// Who refers to a name that is asked for.
  private let referring: [SearchEntry]

  init(
    _ rounds: [[SearchEntry]], whole: [SearchEntry], root: [SearchAttribute] = [],
    base: [SearchAttribute] = [], numbers: [Int64]? = [], wantedUntil last: Int = .max,
    referring: [SearchEntry] = []
  ) {
    (self.rounds, self.whole, self.root, self.base) = (rounds, whole, root, base)
    (self.numbers, self.last, self.referring) = (numbers, last, referring)
  }

  /// The update numbers that a search asks for; nil if it asks for others.
  static func window(_ request: FakeServer.Request) -> ClosedRange<Int64>? {
    guard request.attributes == ["uSNChanged"] else { return nil }
    let bounds = String(decoding: request.filter, as: UTF8.self).split(separator: "uSNChanged")
      .dropFirst().compactMap { Int64($0.filter(\.isNumber)) }
    guard bounds.count == 2, bounds[0] <= bounds[1] else { return nil }
    return bounds[0]...bounds[1]
  }

  static func anchor(_ number: UInt8) -> Anchor {
    Anchor(GUID(bytes: [UInt8](repeating: number, count: 16))?.description ?? "")
  }

  static func entry(
    _ number: UInt8, _ name: String, _ attributes: [SearchAttribute]
  ) -> SearchEntry {
    SearchEntry(dn: "CN=\(name)," + suffix, attributes: [.guid(number)] + attributes)
  }

  /// A value of a link as DirSync tells it.
  static func link(_ number: UInt8, _ name: String) -> String {
    "<GUID=\(anchor(number).text)>;CN=\(name)," + suffix
  }

  func answer(_ request: FakeServer.Request) -> FakeServer.Answer {
    if request.base.isEmpty {
      return .controllerRoot(Self.suffix, hasDirSync: true, more: root)
    }
    if let window = Self.window(request) {
      guard let numbers else { return .refusing(LDAPCode.insufficientAccessRights) }
      return .init(
        numbers.filter(window.contains).map {
          SearchEntry(
            dn: "CN=\($0)," + Self.suffix, attributes: [SearchAttribute("uSNChanged", "\($0)")])
        })
    }
    guard let value = request.controlValues[ControlOID.dirSync] else {
      // The base itself is asked for by presence.
      if request.filter.first == 0x87 {
        return .init([SearchEntry(dn: request.base, attributes: [.guid(0)] + base)])
      }
      // Who refers to a name does so by another one, but for those that are told here.
      if request.filter.firstRange(of: Array("member".utf8)) != nil { return .init(referring) }
      if round.withLock({ $0 }) >= last,
        request.filter.firstRange(of: Array("title".utf8)) != nil
      {
        return .init([])
      }
      return .init(whole.filter { request.filter.firstRange(of: $0["objectGUID"][0]) != nil })
    }
    let cookie = (try? DirSyncControl.answer(value).cookie)?.first.map { Int($0) } ?? 0
    let isStart = request.filter.first == 0xA2
    if !isStart { round.withLock { $0 = cookie } }
    var answer = FakeServer.Answer(isStart ? [] : rounds[cookie])
    let next = isStart ? 0 : cookie + 1
    let control =
      BERWriter.integer(!isStart && next < rounds.count ? 1 : 0) + BERWriter.integer(0)
      + BERWriter.piece(BERTag.octets, [UInt8(next)])
    answer.controls = [
      ServerControl(ControlOID.dirSync, value: BERWriter.piece(BERTag.sequence, control))
    ]
    return answer
  }
}

/// One group that is staged, and refers to a name that nobody bore.
private struct GroupStaged: StagedObjects {
  let group: Anchor
  let name: DistinguishedName
  var dangling: DistinguishedName?

  func names(of anchors: [Anchor]) -> [Anchor: DistinguishedName] {
    anchors.contains(group) ? [group: name] : [:]
  }
  func below(_ dn: DistinguishedName) -> [Anchor] { [] }
  func referrers(to anchors: [Anchor]) -> [Anchor] { [] }
  func waiting(for names: [DistinguishedName]?) -> [AttributeName: [Anchor]] {
    guard let dangling, names?.contains(dangling) == true else { return [:] }
    return ["member": [group]]
  }
}

/// A container and a person in it, who are staged, and a group that was read when one of them had
/// another name.
private struct StagedByOldName: StagedObjects {
  let all: [Anchor: DistinguishedName]
  let container: DistinguishedName
  let person: Anchor
  let group: Anchor

  func names(of anchors: [Anchor]) -> [Anchor: DistinguishedName] {
    all.filter { anchors.contains($0.key) }
  }
  func below(_ dn: DistinguishedName) -> [Anchor] { dn == container ? [person] : [] }
  func referrers(to anchors: [Anchor]) -> [Anchor] { [] }
  func waiting(for names: [DistinguishedName]?) -> [AttributeName: [Anchor]] {
    names == nil ? ["member": [group]] : [:]
  }
}

@Suite("What DirSync may tell, and servers at hand do not")
struct DirSyncFakeTests {
  private typealias Controller = TellingController

  private static let group = SearchAttribute("objectClass", "top", "group")

  private func name(_ name: String) throws -> DistinguishedName {
    try DistinguishedName("CN=\(name)," + Controller.suffix)
  }

  /// What a delta tells of a group that is staged as `CN=G`; it must come to its end in few batches.
  private func delta(
    _ rounds: [[SearchEntry]], whole: [SearchEntry], dangling: DistinguishedName? = nil,
    staged other: (any StagedObjects)? = nil, referring: [SearchEntry] = [],
    wantedUntil last: Int = .max, _ adjust: (inout LDAPConnectorSettings) -> Void = { _ in }
  ) async throws -> [ImportedChange] {
    let controller = TellingController(
      rounds, whole: whole, wantedUntil: last, referring: referring)
    let server = try FakeServer { controller.answer($0) }
    defer { server.stop() }
    let connector = server.connector(adjust)
    let start = try #require(try await connector.run().batches.last?.watermark)
    #expect(start.kind == "ldap-dirsync")
    let group = GroupStaged(
      group: Controller.anchor(1), name: try name("G"), dangling: dangling)
    let reader = try await connector.openImport(
      ImportRequest(watermark: start, staged: other ?? group, stagedCount: { 0 }))
    var changes: [ImportedChange] = []
    for _ in 0..<3 {
      guard let batch = try await reader.next() else {
        // The identifier comes with each part.
        return changes.filter { change in
          guard case .modify(_, let parts) = change else { return true }
          return parts.map(\.name) != ["objectGUID"]
        }
      }
      changes += batch.changes
    }
    Issue.record("The delta goes on for ever: \(changes.count) changes")
    return changes
  }

  @Test("A link that was told before its object was read whole is not laid over that")
  func olderLinks() async throws {
    let member = SearchAttribute("member;range=1-1", Controller.link(2, "X"))
    let changes = try await delta(
      [
        [Controller.entry(1, "G", [member])],
        [Controller.entry(1, "G2", [SearchAttribute("name", "G2")])],
      ],
      whole: [
        Controller.entry(
          1, "G2", [Self.group, SearchAttribute("member", "CN=Y," + Controller.suffix)])
      ])
    #expect(changes.count == 1)
    guard case .entry(let entry)? = changes.first else {
      Issue.record("\(changes)")
      return
    }
    #expect(entry.dn == (try name("G2")) && entry.attributes["member"].count == 1)
  }

  @Test("A link that is told after its object was read whole is")
  func youngerLinks() async throws {
    let member = SearchAttribute("member;range=1-1", Controller.link(2, "X"))
    let changes = try await delta(
      [
        [Controller.entry(1, "G2", [SearchAttribute("name", "G2")])],
        [Controller.entry(1, "G", [member])],
      ], whole: [Controller.entry(1, "G2", [Self.group])])
    #expect(
      changes.last
        == .modify(
          ObjectAddress(anchor: Controller.anchor(1)),
          [
            AttributeChange(
              "member",
              .update(added: [.reference("CN=X," + Controller.suffix)], removed: []))
          ]))
  }

  @Test("A link that went to who is not read is told by his name, and as who left is known")
  func linkOfLeaver() async throws {
    let member = SearchAttribute("member;range=0-0", Controller.link(3, "Y"))
    let changes = try await delta([[Controller.entry(1, "G", [member])]], whole: [])
    let removed: [AttributeValue] = [
      .reference("CN=Y," + Controller.suffix),
      .reference(AwaitedReference.address(of: Controller.anchor(3))),
    ]
    #expect(
      changes.last
        == .modify(
          ObjectAddress(anchor: Controller.anchor(1)),
          [AttributeChange("member", .update(added: [], removed: removed))]))
  }

  @Test("What else changed of an object is told at once with its links, in its order")
  func besidesLinks() async throws {
    func entry(_ title: String, _ more: [SearchAttribute] = []) -> SearchEntry {
      Controller.entry(1, "G", [SearchAttribute("description", title)] + more)
    }
    let links = [
      SearchAttribute("member;range=1-1", Controller.link(2, "X")),
      SearchAttribute("managedBy;range=0-0", Controller.link(3, "Y")),
    ]
    let changes = try await delta([[entry("a", links)], [entry("b")]], whole: [])
    guard changes.count == 1, case .modify(_, let parts)? = changes.first else {
      Issue.record("\(changes)")
      return
    }
    #expect(parts.map(\.name) == ["description", "description", "managedBy", "member"])
    #expect(parts[1].operation == .replace(["b"]))
  }

  @Test("An empty attribute beside values that came or went says nothing; alone, that all went")
  func emptyLinks() async throws {
    let (empty, came) = (
      SearchAttribute("member"), SearchAttribute("member;range=1-1", "CN=X,DC=y")
    )
    let update = AttributeChange.Operation.update(added: [.reference("CN=X,DC=y")], removed: [])
    let cases: [([SearchAttribute], AttributeChange.Operation)] = [
      ([empty, came], update), ([came, empty], update), ([empty], .replace([])),
    ]
    for (attributes, operation) in cases {
      let changes = try await delta([[Controller.entry(1, "G", attributes)]], whole: [])
      #expect(
        changes == [
          .modify(
            ObjectAddress(anchor: Controller.anchor(1)), [AttributeChange("member", operation)])
        ])
    }
  }

  @Test("A name with bytes before it is told without its identifier, as a full import reads it")
  func namesWithBytes() async throws {
    let value = "B:8:0A1B2C3D:" + Controller.link(2, "X")
    let changes = try await delta(
      [[Controller.entry(1, "G", [SearchAttribute("sealed", value, "B:x", "S:1:<GUID=:")])]],
      whole: [])
    guard changes.count == 1, case .modify(_, let parts)? = changes.first else {
      Issue.record("\(changes)")
      return
    }
    let told = parts.first { $0.name == "sealed" }?.operation
    let name = "B:8:0A1B2C3D:CN=X," + Controller.suffix
    #expect(told == .replace([.string(name), "B:x", "S:1:<GUID=:"]))
  }

  @Test("Of an object with an attribute that comes in parts all is read")
  func parts() async throws {
    let all = ["a", "b", "c"]
    let changes = try await delta(
      [[Controller.entry(1, "G", [SearchAttribute("proxyAddresses;range=0-1", "a", "b")])]],
      whole: [
        Controller.entry(
          1, "G",
          [
            Self.group,
            SearchAttribute(description: "proxyAddresses", values: all.map { Array($0.utf8) }),
          ])
      ])
    guard changes.count == 1, case .entry(let entry)? = changes.first else {
      Issue.record("\(changes)")
      return
    }
    #expect(entry.attributes["proxyAddresses"].map(\.text) == all)
  }

  @Test("A group that gets the name to which it refers is read twice, and not for ever")
  func ownName() async throws {
    let changes = try await delta(
      [[Controller.entry(1, "N", [SearchAttribute("name", "N")])]],
      whole: [Controller.entry(1, "N", [Self.group])], dangling: try name("N"))
    #expect(changes.count == 2)
  }

  private static let person = SearchAttribute("objectClass", "top", "person", "user")

  @Test("Who is new and gone again within one delta is told as both")
  func newAndDeleted() async throws {
    let changes = try await delta(
      [
        [Controller.entry(3, "X", [Self.person])],
        [
          Controller.entry(
            3, "X\\0ADEL:x,CN=Deleted Objects", [SearchAttribute("isDeleted", "TRUE")])
        ],
      ], whole: [Controller.entry(3, "X", [Self.person])])
    let anchor = Controller.anchor(3)
    guard changes.count == 2, case .entry(let entry)? = changes.first else {
      Issue.record("\(changes)")
      return
    }
    #expect(entry.anchor == anchor && changes.last == .delete(ObjectAddress(anchor: anchor)))
  }

  @Test("Who is new and leaves what is read within one delta is told as both")
  func newAndMovedOut() async throws {
    let changes = try await delta(
      [
        [Controller.entry(3, "X,OU=In", [Self.person])],
        [Controller.entry(3, "X,OU=Out", [SearchAttribute("name", "X")])],
      ], whole: [Controller.entry(3, "X,OU=In", [Self.person])]
    ) { settings in
      settings.included = [ContainerName("OU=In," + Controller.suffix)].compactMap(\.self)
    }
    let anchor = Controller.anchor(3)
    guard changes.count == 2, case .entry(let entry)? = changes.first else {
      Issue.record("\(changes)")
      return
    }
    #expect(entry.anchor == anchor && changes.last == .leave(ObjectAddress(anchor: anchor)))
  }

  @Test("Who is wanted in one round of a delta and not in the next one is told as both")
  func newAndUnwanted() async throws {
    func entry(_ title: String) -> SearchEntry {
      Controller.entry(3, "X", [Self.person, SearchAttribute("title", title)])
    }
    let changes = try await delta(
      [[entry("in")], [Controller.entry(3, "X", [SearchAttribute("title", "out")])]],
      whole: [entry("in")], wantedUntil: 1
    ) { $0.filter = "(title=in)" }
    let anchor = Controller.anchor(3)
    guard changes.count == 2, case .entry(let found)? = changes.first else {
      Issue.record("\(changes)")
      return
    }
    #expect(found.anchor == anchor && changes.last == .leave(ObjectAddress(anchor: anchor)))
  }

  @Test("A watch follows a container that is read to its new name")
  func watchedContainerIsRenamed() async throws {
    let controller = StepwiseController([
      SearchEntry(
        dn: "OU=New," + Controller.suffix, attributes: [.guid(5), SearchAttribute("name", "New")]),
      Controller.entry(6, "X,OU=New", [SearchAttribute("title", "Head")]),
      Controller.entry(7, "Y,OU=Other", [SearchAttribute("title", "Foot")]),
    ])
    let server = try FakeServer { controller.answer($0) }
    defer { server.stop() }
    let connector = server.connector { $0.included = [.anchor(Controller.anchor(5).text)] }
    let (connection, profile) = try await connector.connect()
    let context = try await connector.context(
      ImportRequest(watermark: nil) { 0 }, connection, profile)
    let start = try #require(try await DirSyncSource.start(context))
    let probe = DirSyncProbe(context, from: start)
    for moves in [true, true, false] {
      let hasMoved = try await probe.hasMoved()
      #expect(hasMoved == moves)
    }
  }

  @Test("A container that is named by its identifier stands where it is, whatever the anchor is")
  func containerWithAnotherAnchor() async throws {
    let identifier = Mutex<UInt8>(5)
    let server = try FakeServer { request in
      if request.base.isEmpty { return .controllerRoot(Controller.suffix) }
      let attributes = [
        SearchAttribute.guid(identifier.withLock { $0 }), SearchAttribute("cn", "X"),
      ]
      return .init([SearchEntry(dn: "CN=X," + Controller.suffix, attributes: attributes)])
    }
    defer { server.stop() }
    let connector = server.connector {
      $0.anchorAttribute = "cn"
      $0.excluded = [.anchor(Controller.anchor(5).text)]
    }
    let (connection, profile) = try await connector.connect()
    let places = try await connection.scope(profile, connector.settings).excludedPlaces
    #expect(places.count == 1)
    try await connection.check(places, profile)
    // Another one has its name.
    identifier.withLock { $0 = 6 }
    await #expect(throws: ConnectorFailure.self) {
      try await connection.check(places, profile)
    }
  }

  @Test(
    "What refers to who was renamed while all was read, or whose container was, is read anew",
    arguments: ["name", "parentGUID", "container"])
  func renamedWhileRead(what: String) async throws {
    let isContainer = what == "container"
    let container = isContainer ? "New" : "Old"
    let told =
      isContainer
      ? Controller.entry(3, "New", [SearchAttribute("name", "New")])
      : Controller.entry(2, "Z,CN=Old", [SearchAttribute(what, "Z")])
    let person = "Z,CN=" + container
    let staged = StagedByOldName(
      all: [
        Controller.anchor(1): try name("G"), Controller.anchor(2): try name(person),
        Controller.anchor(3): try name(container),
      ], container: try name(container), person: Controller.anchor(2), group: Controller.anchor(1))
    let link = SearchAttribute("member", "CN=\(person)," + Controller.suffix)
    let changes = try await delta(
      [[told]], whole: [Controller.entry(1, "G", [Self.group, link])], staged: staged,
      referring: [Controller.entry(1, "G", [])])
    let groups = changes.compactMap { change in
      if case .entry(let entry) = change { entry } else { nil }
    }
    #expect(groups.map(\.anchor) == [Controller.anchor(1)])
  }
}

/// A controller that tells one change each time when it is asked; by the first of them, the container
/// `OU=Old` has become `OU=New`.
private final class StepwiseController: Sendable {
  private let steps: [SearchEntry]
  private let isRenamed = Mutex(false)

  init(_ steps: [SearchEntry]) { self.steps = steps }

  func answer(_ request: FakeServer.Request) -> FakeServer.Answer {
    let suffix = TellingController.suffix
    if request.base.isEmpty { return .controllerRoot(suffix, hasDirSync: true) }
    if request.base.hasPrefix("<GUID=") {
      let name = isRenamed.withLock { $0 } ? "New" : "Old"
      return .init([SearchEntry(dn: "OU=\(name)," + suffix, attributes: [.guid(5)])])
    }
    guard let value = request.controlValues[ControlOID.dirSync] else {
      return .init([SearchEntry(dn: request.base, attributes: [.guid(0)])])
    }
    let cookie = (try? DirSyncControl.answer(value).cookie)?.first.map { Int($0) } ?? 0
    let isStart = request.filter.first == 0xA2
    if !isStart { isRenamed.withLock { $0 = true } }
    var answer = FakeServer.Answer(isStart ? [] : [steps[cookie]])
    let control =
      BERWriter.integer(0) + BERWriter.integer(0)
      + BERWriter.piece(BERTag.octets, [UInt8(isStart ? 0 : cookie + 1)])
    answer.controls = [
      ServerControl(ControlOID.dirSync, value: BERWriter.piece(BERTag.sequence, control))
    ]
    return answer
  }
}
