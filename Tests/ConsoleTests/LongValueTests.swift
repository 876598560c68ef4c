import Cells
import Directory
import Synchronization
import Testing

@testable import Console
@testable import SyncStore

@Suite("Values that are longer than a screen has use for")
struct LongValueTests {
  private static let photo = [UInt8](repeating: 0xAB, count: 600_000)
  private static let scene = Scene(now: Fixture.now, clock: .utc, glyphs: .ascii)

  /// The inspector of an object with one value.
  private func inspector(_ values: [AttributeValue]) -> InspectorScreen {
    var detail = Fixture.detail
    detail.attributes = [Fixture.attribute("info", values)]
    var inspector = InspectorScreen(objectID: 7, name: "Ann")
    inspector.receive(.object(detail), for: Want(slot: .detail, request: .object(7)))
    return inspector
  }

  private func text(_ inspector: InspectorScreen, _ width: Int) -> String {
    inspector.lines(width: width, scene: Self.scene).flatMap(\.spans).map(\.text).joined()
  }

  @Test("are shown by their beginning, with how much more there is")
  func beginning() {
    let bytes = text(inspector([.binary(Self.photo)]), 80)
    #expect(bytes.count < 5000 && bytes.contains("abab"))
    #expect(bytes.contains("\u{2026} 598,000 more bytes; e writes all"))
    let words = text(inspector([.string(String(repeating: "é", count: 9000))]), 80)
    #expect(words.count < 5000 && words.contains("\u{2026} 10,000 more bytes; e writes all"))
    #expect(!text(inspector([.string(String(repeating: "x", count: 4000))]), 80).contains("more"))
  }

  @Test("unfold no further than that")
  func unfolded() {
    var inspector = inspector([.binary(Self.photo), .binary(Self.photo + [1])])
    inspector.unfoldsAll = true
    let lines = inspector.lines(width: 80, scene: Self.scene)
    #expect(lines.count < 400)
    #expect(Set(lines.map(\.key)).count == lines.count, "values are told apart")
  }

  @Test("are copied and written to a file whole")
  func whole() {
    var inspector = inspector([.binary(Self.photo)])
    inspector.settle(size: Size(columns: 80, rows: 20), scene: Self.scene)
    #expect(inspector.copyText.count == 1_200_000)
    guard case .lines(let export)? = inspector.export(scene: Self.scene) else {
      Issue.record("nothing to write")
      return
    }
    #expect(export.rows.joined().contains { $0.count == 1_200_000 })
    #expect(text(inspector, LinesExport.width).count > 1_200_000)
  }

  @Test("are cut in what a step changed as well, and in a preview")
  func changes() {
    let long = String(repeating: "x", count: 600_000)
    let delta = AttributeDelta(name: "info", before: [], after: [.string(long)])
    let lines = DeltaLines.lines(delta, width: 80, clock: .utc, glyphs: .ascii)
    #expect(lines.flatMap(\.spans).allSatisfy { $0.text.count < 5000 })
    #expect(lines[0].copied?.text == long)
    #expect(ValueText.cut(long, width: 80).count < 5000)
    #expect(ValueText.cut(long, width: LinesExport.width) == long)
  }
}
