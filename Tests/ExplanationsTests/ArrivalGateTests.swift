import Directory
import SyncRules
import Testing

@testable import Explanations
@testable import SyncStore

/// All that may be said of an object of a target at once.
struct Standing: CustomTestStringConvertible {
  var pendingExport: String
  var exportState: ExportState
  var held: GuardedKind?
  var errorStage: ErrorRow.Stage?
  var waits: Bool

  var testDescription: String {
    "\(pendingExport) \(exportState) \(held?.rawValue ?? "-") \(errorStage?.rawValue ?? "-") \(waits)"
  }

  static let all: [Standing] = ["none", "add", "update", "delete", "delete-add"].flatMap {
    pending in
    [ExportState.idle, .unconfirmed, .unknown, .accepted].flatMap { state in
      [nil, GuardedKind.deletes, .updates].flatMap { held in
        [nil, ErrorRow.Stage.export, .synchronization].flatMap { stage in
          [false, true].map {
            Standing(
              pendingExport: pending, exportState: state, held: held, errorStage: stage, waits: $0)
          }
        }
      }
    }
  }

  /// The gate, read off the way that an export goes: a person's word, the delete, the server's
  /// refusal, its silence, its confirmation, and what it shows.
  var gate: WhyNot.Gate {
    if let held { return held == .deletes ? .heldDelete : .heldChange }
    if pendingExport == "delete" { return .toBeDeleted }
    if errorStage == .export { return .exportError }
    if exportState == .unknown { return .unknownOutcome }
    guard pendingExport != "none" else { return .arrived }
    if exportState == .accepted || exportState == .unconfirmed { return .unconfirmed }
    if pendingExport == "delete-add" { return .pendingExport }
    return errorStage == nil ? .pendingExport : .rewritten
  }

  var detail: ObjectDetail {
    var detail = Told.detail(
      Told.row(9, "ann", in: "cloud", pendingExport: pendingExport, metaverse: 3))
    detail.exportState = exportState
    detail.exportedAt = Told.moment
    detail.held = held.map { HeldCause(group: 12, kind: $0, cause: "the cause") }
    if let errorStage { detail.errors = [Told.error(errorStage, "some-error")] }
    if waits {
      var missing = Told.row(10, "bob", in: "cloud", pendingExport: "add")
      missing.error = "refused"
      detail.waitsFor = [missing]
    }
    return detail
  }
}

@Suite("How far the export of an object has come")
struct ArrivalGateTests {
  private func explain(_ detail: ObjectDetail, name: String = "cloud") throws -> WhyNot {
    var detail = detail
    detail.row.connector = name
    var store = ToldStore()
    store.objects = [detail]
    store.connectorRows = [
      Told.connector("ad", isSource: true), Told.connector(name, isSource: false),
    ]
    let findings = try Explainer(store: store, rules: try RuleSet([])).whyNot(object: 9)
    try #require(findings.count == 1)
    return findings[0]
  }

  @Test("Whatever is true of it at once, it is the first gate that counts", arguments: Standing.all)
  func gates(standing: Standing) throws {
    let finding = try explain(standing.detail)
    #expect(finding.gate == standing.gate)
    #expect(finding.target == "cloud" && finding.object == 9)
    #expect(!finding.sentence.isEmpty)
    // Whoever is stopped is told what to do, unless there is nothing to be done.
    #expect(finding.hint.isEmpty == (finding.gate == .arrived))
    let waitsForBob = finding.sentence.contains("does not have bob yet")
    #expect(
      waitsForBob
        == (standing.waits && standing.gate == .pendingExport
          && standing.pendingExport != "delete-add"))
    if [.exportError, .rewritten].contains(finding.gate) {
      #expect(finding.evidence.contains("words of some-error"))
      #expect(finding.evidence.contains("mail = a@x"))
      #expect(finding.hint == "hint of some-error")
    }
  }

  @Test("Who waits for another's delete is told why that has not come about: held, refused, or due")
  func place() throws {
    var old = Told.detail(Told.row(8, "ann", in: "cloud", pendingExport: "delete", metaverse: 2))
    let new = Told.detail(
      Told.row(9, "ann", in: "cloud", pendingExport: "delete-add", metaverse: 3))
    var store = ToldStore()
    store.connectorRows = [Told.connector("cloud", isSource: false)]
    func explain() throws -> WhyNot {
      store.objects = [old, new]
      let findings = try Explainer(store: store, rules: try RuleSet([])).whyNot(object: 9)
      return try #require(findings.first)
    }
    #expect(try explain().gate == .pendingExport)
    #expect(try explain().hint == "'lockstep history 8' says why")
    old.errors = [Told.error(.export, "object-not-empty")]
    let refused = try explain()
    #expect(refused.evidence.contains { $0.contains("refuses that: object-not-empty") })
    #expect(refused.hint == "hint of object-not-empty")
    old.held = HeldCause(group: 12, kind: .deletes, cause: "the cause")
    #expect(try explain().hint.contains("lockstep release g12"))
    store.objects = [new]
    let alone = try Explainer(store: store, rules: try RuleSet([])).whyNot(object: 9)
    #expect(alone.first?.hint == "Run Export on cloud, or a Delta cycle")
  }

  @Test(
    "The command that lets all deletes go has the target's name as one word",
    arguments: [
      ("cloud", "cloud"), ("My cloud", "'My cloud'"), ("it's", "'it'\\''s'"), ("$x", "'$x'"),
    ])
  func advice(name: String, word: String) throws {
    var detail = Told.detail(Told.row(9, "ann", in: name, pendingExport: "delete", metaverse: 3))
    detail.held = HeldCause(group: nil, kind: .deletes, cause: "")
    let finding = try explain(detail, name: name)
    #expect(
      finding.hint == "Look at what is held: lockstep held. If it is meant: lockstep release 9, or "
        + "all deletes: lockstep release-deletes \(word)")
    #expect(finding.evidence == ["nothing was ever exported to \(name)"])
  }

  @Test("Where a value was refused and all else taken, it is that which was refused")
  func partlyRefused() throws {
    var detail = Told.detail(Told.row(9, "ann", in: "cloud", pendingExport: "update", metaverse: 3))
    detail.errors = [Told.error(.export, "some-error")]
    #expect(try explain(detail).sentence == "cloud refused it: some-error.")
    detail.errors[0].message += " (all else was taken)"
    #expect(try explain(detail).sentence == "cloud refused a value of it: some-error.")
    detail.errors[0].value = "mail = a@x"
    #expect(try explain(detail).evidence.contains("mail = a@x"))
  }

  @Test("Of several that it waits for, each that can't come is named")
  func severalMissing() throws {
    var detail = Told.detail(Told.row(9, "team", in: "cloud", pendingExport: "add", metaverse: 3))
    for (number, name, error) in [(10, "bob", "no licence"), (11, "cyd", ""), (12, "dan", "twin")] {
      var row = Told.row(Int64(number), name, in: "cloud", pendingExport: "add")
      row.error = error
      detail.waitsFor.append(row)
    }
    let finding = try explain(detail)
    #expect(finding.sentence == "It waits for what it refers to: cloud does not have bob yet.")
    #expect(
      finding.evidence == ["bob: no licence", "dan: twin", "nothing was ever exported to cloud"])
    #expect(finding.hint == "Mend that first: 'lockstep why 10' says what stops it")
    // One that is only on its way stops nobody.
    detail.waitsFor.removeFirst()
    detail.waitsFor.removeLast()
    #expect(try explain(detail).sentence == "It waits to be sent (pending add).")
  }
}
