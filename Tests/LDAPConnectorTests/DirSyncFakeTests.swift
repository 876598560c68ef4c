import Directory
import Testing

@testable import LDAPConnector

/// A domain controller that tells changes by DirSync as a test wants them, round by round.
private final class TellingController: Sendable {
  static let suffix = "DC=contoso,DC=test"
  private let rounds: [[SearchEntry]]
  /// What objects say when they are asked for by their identifiers.
  private let whole: [SearchEntry]
  /// How it says what it is.
  private let root: [SearchAttribute]
  /// What the base says besides its identifier.
  private let base: [SearchAttribute]

  init(
    _ rounds: [[SearchEntry]], whole: [SearchEntry], root: [SearchAttribute] = [],
    base: [SearchAttribute] = []
  ) {
    (self.rounds, self.whole, self.root, self.base) = (rounds, whole, root, base)
  }

  static func guid(_ number: UInt8) -> SearchAttribute {
    SearchAttribute(description: "objectGUID", values: [[UInt8](repeating: number, count: 16)])
  }

  static func anchor(_ number: UInt8) -> Anchor {
    Anchor(GUID(bytes: [UInt8](repeating: number, count: 16))?.description ?? "")
  }

  static func entry(
    _ number: UInt8, _ name: String, _ attributes: [SearchAttribute]
  ) -> SearchEntry {
    SearchEntry(dn: "CN=\(name)," + suffix, attributes: [guid(number)] + attributes)
  }

  /// A value of a link as DirSync tells it.
  static func link(_ number: UInt8, _ name: String) -> String {
    "<GUID=\(anchor(number).text)>;CN=\(name)," + suffix
  }

  func answer(_ request: FakeServer.Request) -> FakeServer.Answer {
    if request.base.isEmpty {
      return .init([
        SearchEntry(
          dn: "",
          attributes: [
            SearchAttribute("supportedCapabilities", "1.2.840.113556.1.4.800"),
            SearchAttribute("supportedControl", ControlOID.dirSync),
            SearchAttribute("defaultNamingContext", Self.suffix),
            SearchAttribute("namingContexts", Self.suffix),
          ] + root)
      ])
    }
    guard let value = request.controlValues[ControlOID.dirSync] else {
      // The base itself is asked for by presence.
      if request.filter.first == 0x87 {
        return .init([SearchEntry(dn: request.base, attributes: [Self.guid(0)] + base)])
      }
      // Who refers to a name does so by another one.
      let asks = request.filter.firstRange(of: Array("member".utf8)) != nil
      return .init(
        asks ? [] : whole.filter { request.filter.firstRange(of: $0["objectGUID"][0]) != nil })
    }
    let cookie = (try? DirSyncControl.answer(value).cookie)?.first.map { Int($0) } ?? 0
    let isStart = request.filter.first == 0xA2
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

@Suite("What DirSync may tell, and servers at hand do not")
struct DirSyncFakeTests {
  private typealias Controller = TellingController

  private static let group = SearchAttribute("objectClass", "top", "group")

  private func name(_ name: String) throws -> DistinguishedName {
    try DistinguishedName("CN=\(name)," + Controller.suffix)
  }

  /// What a delta tells of a group that is staged as `CN=G`; it must come to its end in few batches.
  private func delta(
    _ rounds: [[SearchEntry]], whole: [SearchEntry], dangling: DistinguishedName? = nil
  ) async throws -> [ImportedChange] {
    let controller = TellingController(rounds, whole: whole)
    let server = try FakeServer { controller.answer($0) }
    defer { server.stop() }
    let connector = server.connector()
    let start = try #require(try await connector.run().batches.last?.watermark)
    #expect(start.kind == "ldap-dirsync")
    let staged = GroupStaged(
      group: Controller.anchor(1), name: try name("G"), dangling: dangling)
    let reader = try await connector.openImport(
      ImportRequest(watermark: start, staged: staged, stagedCount: { 0 }))
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
}

@Suite("A domain controller that has less than was read of another one")
struct ControllerLagTests {
  private static let suffix = "DC=contoso,DC=test"
  private static let other = [UInt8](repeating: 0xA, count: 16)
  private static let own = [UInt8](repeating: 0xB, count: 16)

  /// An up-to-dateness vector as it is stored.
  private static func vector(_ version: UInt8, _ cursors: [([UInt8], UInt8)]) -> [UInt8] {
    let rest = [UInt8](repeating: 0, count: version == 1 ? 7 : 15)
    return [version, 0, 0, 0, 0, 0, 0, 0, UInt8(cursors.count), 0, 0, 0, 0, 0, 0, 0]
      + cursors.flatMap { cursor in cursor.0 + [cursor.1] + rest }
  }

  /// How a full import from a controller with this vector ends, after another one was read up to its
  /// update number 100.
  private func ending(_ vector: [UInt8]?) async throws -> ConnectorFailure? {
    let server = try FakeServer { request in
      switch request.base {
      case "":
        return .init([
          SearchEntry(
            dn: "",
            attributes: [
              SearchAttribute("supportedCapabilities", "1.2.840.113556.1.4.800"),
              SearchAttribute("defaultNamingContext", Self.suffix),
              SearchAttribute("namingContexts", Self.suffix),
              SearchAttribute("dsServiceName", "CN=B"),
              SearchAttribute("highestCommittedUSN", "50"),
            ])
        ])
      case "CN=B":
        return .init([
          SearchEntry(
            dn: "CN=B",
            attributes: [SearchAttribute(description: "invocationId", values: [Self.own])])
        ])
      default:
        let guid = SearchAttribute(
          description: "objectGUID", values: [[UInt8](repeating: 1, count: 16)])
        let shown = vector.map {
          [SearchAttribute(description: "replUpToDateVector", values: [$0])]
        }
        return .init([SearchEntry(dn: Self.suffix, attributes: [guid] + (shown ?? []))])
      }
    }
    defer { server.stop() }
    var before = LDAPWatermark(.updateNumbers)
    before[bytes: "invocation"] = Self.other
    before[number: "usn"] = 100
    let stored = before.stored
    do {
      _ = try await server.connector().openImport(
        ImportRequest(watermark: nil, stagedUpTo: stored, stagedCount: { 0 }))
      return nil
    } catch let failure as ConnectorFailure {
      return failure
    }
  }

  @Test("It is not read until it has got that", arguments: [1, 2] as [UInt8])
  func lag(version: UInt8) async throws {
    let third = ([UInt8](repeating: 0xC, count: 16), UInt8(200))
    let less: [[([UInt8], UInt8)]] = [[third], [third, (Self.other, 99)]]
    for cursors in less {
      let failure = try await ending(Self.vector(version, cursors))
      #expect(failure?.result == .serverBehind, "\(cursors)")
    }
    let enough: [[([UInt8], UInt8)]] = [[(Self.other, 100), third], [(Self.other, 101)]]
    for cursors in enough {
      #expect(try await ending(Self.vector(version, cursors)) == nil, "\(cursors)")
    }
  }

  @Test("Where nobody can tell, it is read", arguments: [nil, [], [1, 2, 3]] as [[UInt8]?])
  func unknown(vector: [UInt8]?) async throws {
    #expect(try await ending(vector) == nil)
  }

  /// The last batch of a delta from a controller with the other one's cursor at `number`, after that
  /// one was read up to its update number 100.
  private func delta(_ number: UInt8, vendor: String?) async throws -> ImportBatch {
    let controller = TellingController(
      [[]], whole: [],
      root: (vendor.map { [SearchAttribute("vendorName", $0)] } ?? []) + [
        SearchAttribute("dsServiceName", "CN=B"), SearchAttribute("highestCommittedUSN", "50"),
      ],
      base: [
        SearchAttribute(description: "invocationId", values: [Self.own]),
        SearchAttribute(
          description: "replUpToDateVector", values: [Self.vector(2, [(Self.other, number)])]),
      ])
    let server = try FakeServer { controller.answer($0) }
    defer { server.stop() }
    let connector = server.connector()
    let first = try #require(try await connector.run().batches.last?.watermark)
    var mark = try #require(LDAPWatermark(first))
    #expect(mark.progress.number == 50 && mark.progress.invocation == Self.own)
    mark[bytes: "invocation"] = Self.other
    mark[number: "usn"] = 100
    return try #require(try await connector.run(since: mark.stored).batches.last)
  }

  @Test(
    "What a comparison does not find is doubted until the controller has caught up",
    arguments: [99, 100] as [UInt8])
  func doubt(number: UInt8) async throws {
    let last = try await delta(number, vendor: "Samba Team")
    #expect(last.endsPresencePhase)
    #expect((last.doubt == nil) == (number == 100))
    // It is doubted by what was read of the other one as long as that is so.
    let next = try #require(last.watermark.flatMap { LDAPWatermark($0) })
    #expect(next.progress.number == (number == 100 ? 50 : 100))
  }

  @Test(
    "A controller that has not caught up does not take the place of the one that was read",
    arguments: [99, 100] as [UInt8])
  func keepsOther(number: UInt8) async throws {
    let last = try await delta(number, vendor: nil)
    #expect(last.doubt == nil, "nothing is compared that could be doubted")
    let next = try #require(last.watermark.flatMap { LDAPWatermark($0) })
    #expect(next.progress.number == (number == 100 ? 50 : 100))
  }

  @Test("A vector that is cut off is read as far as it goes")
  func cutOff() {
    let whole = Self.vector(2, [(Self.own, 1), (Self.other, 2)])
    #expect(ServerProgress.vector(whole) == [Self.own: 1, Self.other: 2])
    #expect(ServerProgress.vector(whole.dropLast()) == [Self.own: 1])
    #expect(ServerProgress.vector([9] + whole.dropFirst()) == [:])
  }
}
