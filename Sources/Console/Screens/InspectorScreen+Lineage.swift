import Cells
import Directory
import SyncStore

extension InspectorScreen {
  /// Where the object stands on its way to each target, and what stopped it.
  func findingLines(width: Int, scene: Scene) -> [DetailLine] {
    guard let findings, !findings.isEmpty else { return [] }
    return findings.enumerated().flatMap { index, finding in
      lines(of: finding, key: "finding \(index)", width: width, scene: scene)
    } + [DetailLine(key: "findings end", spans: [])]
  }

  private func lines(
    of finding: WhyNot, key: String, width: Int, scene: Scene
  ) -> [DetailLine] {
    let role = Self.role(of: finding.gate)
    let mark = finding.gate == .arrived ? scene.glyphs.success : scene.glyphs.warning
    let isNamed = finding.target.isEmpty || finding.sentence.hasPrefix(finding.target)
    let target = isNamed ? "" : finding.target + ": "
    var lines: [DetailLine] = []
    func add(_ name: String, _ text: String, indent: Int, role: Role, isProblem: Bool = false) {
      let room = max(10, width - indent)
      let text = scene.clock.localized(text)
      for (index, line) in Wrap.lines(Sanitizer.verbose(text), width: room).enumerated() {
        lines.append(
          DetailLine(
            key: "\(key) \(name) \(index)",
            spans: [Span(String(repeating: " ", count: indent)), Span(line, role)], copy: text,
            isProblem: isProblem && index == 0))
      }
    }
    add(
      "sentence", String(mark) + " " + target + finding.sentence, indent: 0, role: role,
      isProblem: role == .runError)
    for (number, line) in finding.evidence.enumerated() {
      add("evidence \(number)", line, indent: 4, role: .text)
    }
    if !finding.hint.isEmpty { add("hint", finding.hint, indent: 4, role: .textDim) }
    return lines
  }

  private static func role(of gate: WhyNot.Gate) -> Role {
    switch gate {
    case .arrived: .runSuccess
    case .notSynchronized, .pendingExport, .unconfirmed, .unknownOutcome, .toBeDeleted,
      .heldDelete:
      .valuePending
    default: .runError
    }
  }

  /// The metaverse object's attributes with the connector and rule that gave each value; Enter
  /// shows who else contributed, and why that does not count.
  func lineageLines(_ detail: ObjectDetail, width: Int, scene: Scene) -> [DetailLine] {
    guard !detail.metaverse.isEmpty else {
      return [
        DetailLine(
          key: "none",
          spans: [Span("This object is not linked to the metaverse: " + detail.link, .textDim)])
      ]
    }
    return detail.metaverse.flatMap { row -> [DetailLine] in
      let others = Array(row.contributors.dropFirst())
      let fold = "lineage " + row.name
      let isOpen = isUnfolded(fold)
      var whole: [DetailLine] = []
      var (line, isCut) = lineageLine(row, width: width, scene: scene)
      if !others.isEmpty {
        let mark = String(isOpen ? scene.glyphs.unfolded : scene.glyphs.folded)
        line.spans.insert(Span(mark + " +\(others.count) ", .key), at: 2)
      }
      isCut = isCut || Span.width(line.spans) > width
      guard isCut || !others.isEmpty else { return [line] }
      line.target = .fold(fold)
      guard isOpen else { return [line] }
      if isCut {
        line.copy.split(separator: "\n", omittingEmptySubsequences: false).prefix(100)
          .enumerated().forEach { number, value in
            whole += Self.indented(
              String(value), .text, width: width, key: fold + " value \(number)",
              copy: line.copy, fold: fold
            ).map {
              var part = $0
              part.copied = line.copied
              return part
            }
          }
        whole += Self.indented(
          Self.arrow(scene) + origin(row, scene), .textDim, width: width, key: fold + " origin",
          copy: line.copy, fold: fold)
      }
      let indent = Span(String(repeating: " ", count: DeltaLines.nameWidth(width) + 3))
      return [line] + whole
        + others.enumerated().map { index, other in
          DetailLine(
            key: fold + " \(index)",
            spans: [
              indent,
              Span(
                Sanitizer.verbose(other.text(clock: scene.clock)),
                other.reason.isEmpty ? .text : .textDim),
            ], copy: other.text, target: .fold(fold))
        }
    }
  }

  /// Which connector and rule gave the value, and when by the person's clocks.
  private func origin(_ row: AttributeRow, _ scene: Scene) -> String {
    guard let winner = row.contributors.first else {
      return row.origin.isEmpty ? "origin not known" : row.origin
    }
    return Sanitizer.verbose(winner.text(clock: scene.clock))
  }

  private static func arrow(_ scene: Scene) -> String {
    scene.glyphs.isASCII ? "<- " : String(scene.glyphs.left) + " "
  }

  private func lineageLine(
    _ row: AttributeRow, width: Int, scene: Scene
  ) -> (line: DetailLine, isCut: Bool) {
    let values = row.values.enumerated().map { text($1, $0, of: row, width: width, scene) }
    let count = row.valueCount == 0 ? "(none)" : Format.count(row.valueCount, "value")
    let value = values.count == 1 ? values[0] : count
    let room = max(8, width / 3)
    let isCut = TextWidth.of(Sanitizer.drawable(value)) > room
    let shown = isCut ? Wrap.cut(value, width: room - 1)[0] + scene.ellipsis : value
    let fill = String(repeating: " ", count: max(1, room - TextWidth.of(shown) + 1))
    var line = DetailLine(
      key: row.name,
      spans: [
        DeltaLines.name(row.name, width: width), Span(shown + fill),
        Span(Self.arrow(scene), .textDim), Span(origin(row, scene), .textDim),
      ], copy: values.joined(separator: "\n"))
    line.copied = CopiedValues(row.values, of: row.name)
    return (line, isCut)
  }
}

extension ContributorRow {
  /// The contributor in words, its time by the person's clocks.
  func text(clock: LocalTime) -> String { text { clock.dateAndTime($0) } }
}
