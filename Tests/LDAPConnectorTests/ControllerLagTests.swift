import Directory
import Testing

@testable import LDAPConnector

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
  private func ending(
    _ vector: [UInt8]?, isSynchronized: Bool? = nil
  ) async throws -> ConnectorFailure? {
    let server = try FakeServer { request in
      switch request.base {
      case "":
        let more = [
          SearchAttribute("dsServiceName", "CN=B"), SearchAttribute("highestCommittedUSN", "50"),
        ]
        let state = isSynchronized.map { [SearchAttribute("isSynchronized", "\($0)")] } ?? []
        return .controllerRoot(Self.suffix, more: more + state)
      case "CN=B":
        return .init([
          SearchEntry(
            dn: "CN=B",
            attributes: [SearchAttribute(description: "invocationId", values: [Self.own])])
        ])
      default:
        let shown = vector.map {
          [SearchAttribute(description: "replUpToDateVector", values: [$0])]
        }
        return .init([SearchEntry(dn: Self.suffix, attributes: [.guid(1)] + (shown ?? []))])
      }
    }
    defer { server.stop() }
    var before = LDAPWatermark(.updateNumbers)
    before[bytes: "database"] = Self.other
    before[number: "changed"] = 100
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
      #expect(failure?.setBack == nil, "it has lost nothing that it had told")
    }
    let enough: [[([UInt8], UInt8)]] = [[(Self.other, 100), third], [(Self.other, 101)]]
    for cursors in enough {
      #expect(try await ending(Self.vector(version, cursors)) == nil, "\(cursors)")
    }
  }

  @Test("Where nobody can tell, it is read", arguments: [nil, [], [1, 2, 3]] as [[UInt8]?])
  func unknown(vector: [UInt8]?) async throws {
    #expect(try await ending(vector) == nil)
    #expect(try await ending(vector, isSynchronized: true) == nil)
    // Nobody has got far who says that there is more to get.
    #expect(try await ending(vector, isSynchronized: false)?.result == .serverBehind)
  }

  /// A controller that has got what another one had up to its update number `number`.
  private func controller(
    _ number: UInt8 = 0, counts: Int64 = 50, has numbers: [Int64]? = [50], vendor: String? = nil,
    isReadOnly: Bool = false
  ) -> TellingController {
    var root = [
      SearchAttribute("dsServiceName", "CN=B"),
      SearchAttribute("highestCommittedUSN", "\(counts)"),
    ]
    if let vendor { root.append(SearchAttribute("vendorName", vendor)) }
    if isReadOnly {
      root.append(SearchAttribute("supportedCapabilities", "1.2.840.113556.1.4.1920"))
    }
    return TellingController(
      [[]], whole: [], root: root,
      base: [
        SearchAttribute(description: "invocationId", values: [Self.own]),
        SearchAttribute(
          description: "replUpToDateVector", values: [Self.vector(2, [(Self.other, number)])]),
        SearchAttribute("whenChanged", "20260101000000.0Z"),
      ], numbers: numbers)
  }

  /// Where the other controller was read until its update number 100, if `mark` is that of an import.
  private func elsewhere(_ mark: LDAPWatermark) -> LDAPWatermark {
    var mark = mark
    mark[bytes: "database"] = Self.other
    mark[number: "changed"] = 100
    return mark
  }

  /// What a full import from a controller notes, after it was read until `before`.
  private func noted(
    _ controller: TellingController, after before: LDAPWatermark? = nil,
    by strategy: DeltaStrategy? = nil
  ) async throws -> LDAPWatermark {
    let server = try FakeServer { controller.answer($0) }
    defer { server.stop() }
    let reader = try await server.connector { $0.delta = strategy }.openImport(
      ImportRequest(watermark: nil, stagedUpTo: before?.stored, stagedCount: { 0 }))
    var watermark: Watermark?
    while let batch = try await reader.next() { watermark = batch.watermark ?? watermark }
    return try #require(watermark.flatMap { LDAPWatermark($0) })
  }

  /// How far a controller had got by what an import notes at its end.
  private static func progress(_ last: ImportBatch) -> ServerProgress? {
    last.watermark.flatMap { LDAPWatermark($0) }?.progress
  }

  /// The last batch of a delta from a controller that was read until `before`, and for which update
  /// numbers it was asked.
  private func delta(
    _ controller: TellingController, since before: LDAPWatermark
  ) async throws -> (last: ImportBatch, windows: [ClosedRange<Int64>]) {
    let server = try FakeServer { controller.answer($0) }
    defer { server.stop() }
    let last = try await server.connector().run(since: before.stored).batches.last
    return (try #require(last), server.requests.compactMap(TellingController.window))
  }

  /// The last batch of a delta from a controller with the other one's cursor at `number`, after that
  /// one was read up to its update number 100.
  private func delta(_ number: UInt8, vendor: String?) async throws -> ImportBatch {
    let controller = controller(number, vendor: vendor)
    let mark = try await noted(controller)
    #expect(mark.progress.number == 50 && mark.progress.invocation == Self.own)
    return try await delta(controller, since: elsewhere(mark)).last
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

  @Test(
    "What changed in other naming contexts is not waited for on another controller",
    arguments: [nil, .updateNumbers, .timestamps] as [DeltaStrategy?])
  func otherContexts(strategy: DeltaStrategy?) async throws {
    let first = try await noted(
      controller(counts: 500_000, has: [7, 40, 39]), by: strategy)
    #expect(first.progress == ServerProgress(invocation: Self.own, number: 40))
    // One that has all of the naming context may stand far below the controller's own number.
    for (cursor, isBehind) in [(40, false), (39, true)] as [(UInt8, Bool)] {
      var before = first
      before[bytes: "database"] = Self.other
      let stored = before
      do {
        _ = try await noted(controller(cursor), after: stored)
        #expect(!isBehind)
      } catch let failure as ConnectorFailure {
        #expect(isBehind && failure.result == .serverBehind)
      }
    }
  }

  @Test("What was changed last is looked for above what is known, in windows that grow")
  func windows() async throws {
    let mark = try await noted(controller(counts: 2000, has: [1500]))
    #expect(mark.progress.number == 1500)
    let later: [(Int64, [Int64], [ClosedRange<Int64>], Int64)] = [
      (2000, [1500], [1501...2000], 1500),
      (9000, [1500], [8001...9000, 1501...8000], 1500),
      (9000, [1500, 1501], [8001...9000, 1501...8000], 1501),
      (9000, [1500, 8001, 8500], [8001...9000], 8500),
      (1500, [1500], [], 1500),
    ]
    for (counts, numbers, windows, number) in later {
      let (last, asked) = try await delta(
        controller(counts: counts, has: numbers), since: mark)
      #expect(asked == windows)
      #expect(Self.progress(last) == ServerProgress(invocation: Self.own, number: number))
    }
  }

  @Test("A number that can't be is no harm", arguments: [Int64.max, -1, 0])
  func strangeNumbers(counts: Int64) async throws {
    let mark = try await noted(controller(counts: counts, has: []))
    #expect(mark.progress.number == nil)
    var strange = mark
    strange[bytes: "database"] = Self.own
    strange[number: "changed"] = Int64.max
    let (last, windows) = try await delta(
      controller(counts: counts, has: []), since: strange)
    #expect(windows.isEmpty && Self.progress(last) == strange.progress)
  }

  @Test("After a controller that makes no changes, others are compared with the one before it")
  func readOnlyController() async throws {
    let readOnly = controller(100, isReadOnly: true)
    let mark = try await noted(readOnly)
    #expect(!mark.progress.isComparable)
    let before = elsewhere(mark)
    #expect(try await noted(readOnly, after: before).progress == before.progress)
    let (last, windows) = try await delta(readOnly, since: before)
    #expect(windows.isEmpty && Self.progress(last) == before.progress)
    // It may be behind itself.
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await noted(controller(99, isReadOnly: true), after: before)
    }
    #expect(failure?.result == .serverBehind)
  }

  @Test("A controller whose database was set back is not read until it has got as far again")
  func setBack() async throws {
    let before = try await noted(controller(counts: 50))
    let failure = await #expect(throws: ConnectorFailure.self) {
      _ = try await noted(controller(counts: 49, has: [40]), after: before)
    }
    #expect(failure?.result == .serverBehind)
    #expect(failure?.message.contains("update number 49, and it was read up to 50") == true)
    #expect(failure?.setBack?.contains("had less than was read of the directory before") == true)
    // No delta tells what is lost, also where everybody is there still.
    let refused = await #expect(throws: ConnectorFailure.self) {
      _ = try await delta(controller(counts: 49, has: [40]), since: before)
    }
    #expect(refused?.result == .serverBehind)
    #expect(refused?.setBack?.contains("update number 49, and it was read up to 50") == true)
    // What was changed last may be gone, and nothing is behind for that.
    #expect(
      try await noted(controller(counts: 50, has: [40]), after: before).progress == before.progress)
  }

  @Test("Where numbers are not told, others are compared with the one that was read before")
  func hiddenNumbers() async throws {
    let mark = try await noted(controller(100, has: nil))
    #expect(!mark.progress.isComparable)
    let before = elsewhere(mark)
    let (last, _) = try await delta(controller(100, has: nil), since: before)
    #expect(Self.progress(last) == before.progress)
  }

  @Test("A number of all naming contexts, as it was noted once, is compared with nothing")
  func olderWatermark() async throws {
    let mark = try await noted(controller(has: nil))
    for strategy in [DeltaStrategy.dirSync, .updateNumbers, .timestamps] {
      var old = LDAPWatermark(strategy, mark.fields)
      old[bytes: "invocation"] = Self.other
      old[number: "usn"] = 100
      #expect(try await noted(controller(99), after: old).progress.number == 50)
    }
  }

  @Test("A vector that is cut off is read as far as it goes")
  func cutOff() {
    let whole = Self.vector(2, [(Self.own, 1), (Self.other, 2)])
    #expect(ServerProgress.vector(whole) == [Self.own: 1, Self.other: 2])
    #expect(ServerProgress.vector(whole.dropLast()) == [Self.own: 1])
    #expect(ServerProgress.vector([9] + whole.dropFirst()) == [:])
  }
}
