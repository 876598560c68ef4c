import Directory
import LDIFConnector
import Testing

@Suite("Delta equals full")
struct DeltaEqualsFullTests {
  @Test(
    "Deltas, a full import over all changes and a fresh export lead to one state",
    arguments: 1...60 as ClosedRange<UInt64>)
  func history(_ seed: UInt64) async throws { try await follow(seed, hasGUIDs: true) }

  @Test(
    "So they do where names are the anchors, and objects are renamed and their names used again",
    arguments: 1...60 as ClosedRange<UInt64>)
  func names(_ seed: UInt64) async throws { try await follow(seed, hasGUIDs: false) }

  private func follow(_ seed: UInt64, hasGUIDs: Bool) async throws {
    let folder = try TemporaryFolder()
    let connector = folder.connector(changes: true)
    var directory = SimulatedDirectory(seed: seed, hasGUIDs: hasGUIDs)
    try folder.write("content.ldif", directory.content())
    var imported = try await connector.run()
    var state = ImportedState(imported)
    for number in 10..<16 {
      try folder.write("changes/\(number).ldif", directory.changes(12))
      // Sometimes several files have come since the last delta.
      guard number % Int(seed % 3 + 1) == 0 || number == 15 else { continue }
      let mark = try #require(imported.watermark)
      imported = try await connector.run(since: mark)
      #expect(imported.errors.isEmpty, "\(imported.errors)")
      state.apply(imported)
      try await expectFull(connector, state, imported.watermark)
    }
    try folder.write("fresh.ldif", directory.content())
    let fresh = try await folder.connector { $0.content = [folder.path + "/fresh.ldif"] }.run()
    #expect(ImportedState(fresh) == state)
    #expect(state.objects.count > 12)
  }

  private func expectFull(
    _ connector: LDIFConnector, _ state: ImportedState, _ mark: Watermark?
  ) async throws {
    let full = try await connector.run()
    #expect(full.errors.isEmpty, "\(full.errors)")
    #expect(ImportedState(full) == state)
    #expect(full.watermark == mark)
    #expect(full.entries.count == full.changes.count, "nothing but entries")
    #expect(Set(full.entries.map(\.anchor)).count == full.entries.count, "each object once")
  }
}
