import Cells
import SyncStore

/// What synchronizing the object alone would do, and how far one has come in asking for it.
struct PreviewState: Equatable, Sendable {
  /// What was asked for last.
  var order: PreviewOrder?
  /// The number under which it was filed, once known.
  var command: Int64?
  /// Whether the engine is done with it, so that the report can be read.
  var isDone = false
  /// Why there is no report; empty while that is not known.
  var refusal = ""
  /// The report.
  var report: PreviewReport?

  /// Whether a report is awaited.
  var isWaiting: Bool { order != nil && report == nil && refusal.isEmpty }
}

extension InspectorScreen {
  /// Asks for a preview of the object.
  mutating func askPreview(isFull: Bool) -> [Intent] {
    guard let objectID else { return [.tell("What could not be staged can't be previewed")] }
    guard detail?.row.isGone != true else { return [.tell("This object is gone")] }
    tab = .preview
    let order = PreviewOrder(object: objectID, isFull: isFull, commits: false)
    preview = PreviewState(order: order)
    return [.ask(.preview(order))]
  }

  /// The question before a preview is stored.
  func commitPreview(_ scene: Scene) -> [Intent] {
    guard let report = preview.report, !report.isCommitted else {
      return [.tell("There is no preview to store; p makes one")]
    }
    let waiting = report.exportsAfter.filter { $0.operation != "none" }
    var text = [
      "This synchronization of \(Sanitizer.verbose(report.dn)) is stored:",
      report.operations.isEmpty
        ? "Nothing changes by it: what it computes is there already."
        : Format.count(report.operations.count, "thing") + " done, "
          + Format.count(report.flows.count { $0.loses.isEmpty }, "value") + " in the metaverse.",
    ]
    // What hurts is named first: not all may have room.
    let graveFirst =
      waiting.filter { $0.operation.contains("delete") }
      + waiting.filter { !$0.operation.contains("delete") }
    text += graveFirst.prefix(4).map { export in
      let what = export.operation + " of " + Sanitizer.verbose(export.dn)
      return isHeld(export, scene)
        ? "For \(export.connector): \(what) waits for a person's word and stays held; H shows it."
        : "The next export to \(export.connector): \(what)."
    }
    if !report.failures.isEmpty {
      text.append(Format.count(report.failures.count, "error") + " of it are stored as well.")
    }
    text.append("If it would do anything else by now, nothing is stored.")
    let deletes = waiting.contains { $0.operation.contains("delete") && !isHeld($0, scene) }
    return [
      .confirm(
        Dialog(
          title: "Store this synchronization?", text: text,
          consent: deletes ? .word("DELETE") : .key("y"), verb: "Store",
          deed: .ask(.preview(PreviewOrder(storing: report))), isGrave: deletes))
    ]
  }

  /// Whether it is a delete that its target held back before, which no synchronization lets go.
  private func isHeld(_ export: PreviewReport.PendingExport, _ scene: Scene) -> Bool {
    func isIt(_ row: ObjectRow) -> Bool {
      row.connector == export.connector && row.dn == export.dn && row.awaitsWord
    }
    return export.operation == "delete" && scene.heldDeletes[export.connector] ?? 0 > 0
      && preview.report?.exportsBefore.contains(export) == true
      && ([detail?.row].compactMap(\.self) + (detail?.counterparts ?? [])).contains(where: isIt)
  }

  mutating func filed(_ command: EngineCommand, _ id: Int64) {
    guard case .preview(let order) = command, order.object == objectID else { return }
    if order.commits { preview = PreviewState() }
    preview.order = order
    preview.command = id
  }

  mutating func notFiled(_ command: EngineCommand, _ reason: String) {
    guard case .preview(let order) = command, order == preview.order else { return }
    preview.refusal = reason
  }

  mutating func givenUp(_ command: Int64, _ reason: String) {
    if command == preview.command, !preview.isDone { preview.refusal = reason }
  }

  mutating func ended(_ status: CommandStatus) {
    guard status.id == preview.command else { return }
    if status.state == .refused {
      preview.refusal = status.outcome.isEmpty ? "The engine refused it" : status.outcome
    } else {
      preview.isDone = true
    }
  }

  /// The preview in the order in which a synchronization works.
  func previewLines(width: Int, scene: Scene) -> [DetailLine] {
    guard let report = preview.report else { return previewHint(width: width, scene) }
    let mode = report.isFull ? "Full" : "Delta"
    let head =
      report.isCommitted
      ? "\(mode) synchronization, stored" : "\(mode) preview; nothing is stored. C stores it"
    var writer = PreviewLines(width: width, scene: scene, isUnfolded: isUnfolded)
    writer.line(
      "head",
      [
        Span(head, report.isCommitted ? .runSuccess : .textStrong),
        Span("  staged: " + report.pendingImport, .textDim),
      ])
    if !report.note.isEmpty { writer.text("note", report.note) }
    writer.write(report)
    return writer.lines
  }

  /// How it stands while there is no report, in as many lines as that takes.
  private func previewHint(width: Int, _ scene: Scene) -> [DetailLine] {
    let (key, text, role): (String, String, Role) =
      if !preview.refusal.isEmpty {
        ("refused", Sanitizer.verbose(preview.refusal), .runError)
      } else if preview.isWaiting {
        ("waiting", "The engine works it out" + scene.ellipsis, .textDim)
      } else if scene.isReadOnly {
        (
          "none",
          "This console was started read-only; a preview asks the engine, and may start one.",
          .textDim
        )
      } else {
        (
          "none",
          "p shows what a full synchronization of this object would do, d what a delta one would.",
          .textDim
        )
      }
    return Wrap.lines(text, width: width).enumerated().map {
      DetailLine(key: key + " \($0)", spans: [Span($1, role)], copy: preview.refusal)
    }
  }
}
