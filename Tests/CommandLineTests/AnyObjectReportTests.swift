import Cells
import Directory
import Foundation
import TestSupport
import Testing

@testable import SyncStore
@testable import Workspace
@testable import lockstep

@Suite("Any object, step, comparison and finding as a report")
struct AnyObjectReportTests {
  private func lines(_ report: Report, width: Int? = nil) throws -> [String] {
    let text = try report.text(as: .text, width: width)
    #expect(Sanitizer.drawableLines(text) == text && !text.contains("\t"))
    return text.split(separator: "\n").map(String.init)
  }

  @Test("An object shows every attribute with every value that it has", arguments: 1...60)
  func object(seed: Int) throws {
    var rows = RandomRows(seed: seed)
    var detail = rows.detail()
    (detail.row.dn, detail.row.isGone) = ("CN=Ann", false)
    let shown = detail
    let report = try ObjectReport.make(
      FakeStore { $0.objects = [shown] }, text: "CN=Ann", showsAll: true)
    let lines = try lines(report)
    #expect(lines.first == "CN=Ann")
    let json = try #require(try PrintedValue(report).items.first)
    #expect(json["summary"]["object"] == .number(detail.row.id))
    for (key, attributes) in [("attributes", detail.attributes), ("metaverse", detail.metaverse)] {
      let printed = json[key].items
      #expect(printed.map { $0["name"] } == attributes.map { PrintedValue.text($0.name) })
      for (attribute, printed) in zip(attributes, printed) {
        #expect(printed["values"].items == attribute.values.map { PrintedValue.text($0.text) })
        #expect(printed["valueCount"] == .number(Int64(attribute.valueCount)))
        let isTold: (AttributeValue, String) -> Bool = { value, name in
          let text =
            name.isEmpty ? AttributeText.value(value, of: attribute.name) : SafeText.line(name)
          return lines.contains { $0.holds(text) }
        }
        for (index, value) in attribute.values.enumerated() {
          let name = attribute.targetNames.isEmpty ? "" : attribute.targetNames[index]
          #expect(isTold(value, name), "\(attribute)")
        }
        // A value that waits is told unless the directory has it already.
        for value in attribute.pendingExport ?? [] where !attribute.values.contains(value) {
          #expect(isTold(value, ""), "\(attribute)")
        }
        let rest = attribute.valueCount - attribute.values.count
        if rest > 0 { #expect(lines.contains("    … \(rest) more")) }
      }
    }
    for error in detail.errors {
      let type = SafeText.line(error.type)
      #expect(lines.contains { $0.begins(with: "  " + type + ": ") })
    }
    for step in detail.history {
      #expect(lines.contains { $0.holds("  step \(step.stepID)  ") })
    }
  }

  @Test("What changed says each value that came and each that went, once", arguments: 100...180)
  func deltas(seed: Int) {
    var rows = RandomRows(seed: seed)
    let delta = rows.delta()
    let lines = AttributeText.delta(delta)
    let (old, new) = (Set(delta.before), Set(delta.after))
    func text(_ value: AttributeValue) -> String { AttributeText.value(value, of: delta.name) }
    let why = delta.rule.isEmpty ? "" : "   [" + SafeText.line(delta.rule) + "]"
    #expect(lines[0].begins(with: "  " + SafeText.line(delta.name)) && lines[0].holds(why))
    guard lines.count > 1 || delta.before.count > 1 || delta.after.count > 1 else {
      let isReference = (delta.before + delta.after).contains { $0.kind == .reference }
      if isReference, delta.before == delta.after { return }
      let sides = [delta.before.first, delta.after.first].map { $0.map(text) ?? "(none)" }
      #expect(lines[0].holds(": " + sides.joined(separator: " → ")))
      return
    }
    #expect(
      lines.dropFirst().filter { $0.begins(with: "    - ") }.sorted()
        == delta.before.filter { !new.contains($0) }.map { "    - " + text($0) }.sorted())
    #expect(
      lines.dropFirst().filter { $0.begins(with: "    + ") }.sorted()
        == delta.after.filter { !old.contains($0) }.map { "    + " + text($0) }.sorted())
    // With a limit, what is left out is counted.
    let all = lines.count - 1
    for limit in 0...all {
      let short = AttributeText.delta(delta, valueLimit: limit)
      let told = short.filter { $0.begins(with: "    - ") || $0.begins(with: "    + ") }.count
      #expect(told == min(limit, all))
      #expect(short.contains("    … \(all - limit) more") == (all > limit), "\(short)")
    }
  }

  @Test("An error tells all that is known of it, each on a line of its own", arguments: 200...260)
  func error(seed: Int) {
    var rows = RandomRows(seed: seed)
    let row = rows.error()
    let lines = ErrorsReport.lines(row)
    #expect(lines[0].begins(with: SafeText.line(row.type) + ": "))
    #expect(lines.dropFirst().allSatisfy { $0.begins(with: "  ") })
    let all = lines.joined(separator: "\n")
    for text in [
      row.connector, row.attribute, row.rule, row.expression, row.message, row.code, row.hint,
      row.dn.isEmpty ? row.location : row.dn,
    ] where !text.isEmpty {
      #expect(all.holds(SafeText.line(text)), "\(text.debugDescription)")
    }
    #expect(lines.allSatisfy { Sanitizer.drawable($0) == $0 })
  }

  @Test("Who is compared and who is not is counted in full, and shown up to a limit")
  func comparison() throws {
    for seed in 300...330 {
      var rows = RandomRows(seed: seed)
      let differences = rows.list(0...8) { rows in
        let kind = rows.random.choose([0, 1, 2])
        return RunDifference(
          connector: rows.text(), stage: rows.random.choose(["import", "export"]), dn: rows.text(),
          display: rows.text(), first: kind == 0 ? nil : "export-add",
          second: kind == 1 ? nil : "export-update",
          attributes: kind == 2
            ? rows.list(0...3) { rows in
              AttributeDifference(
                name: rows.text(), first: rows.maybe { $0.list(0...14) { $0.value() } },
                second: rows.maybe { $0.list(0...14) { $0.value() } })
            } : [])
      }
      let comparison = RunComparison(same: rows.count(), differences: differences)
      let limit = Int.random(in: 0...8, using: &rows.random)
      let report = ComparisonReport.make(comparison, "r1", "r2", limit: limit)
      let json = try PrintedValue(report)
      #expect(json["different"] == .number(Int64(comparison.different)))
      #expect(
        comparison.different + comparison.onlyFirst + comparison.onlySecond == differences.count)
      let shown = differences.prefix(limit)
      #expect(json["differences"].items.map { $0["dn"] } == shown.map { PrintedValue.text($0.dn) })
      let csv = try #require(CommaText.records(try report.text(as: .csv, width: nil)))
      #expect(csv.count == shown.count + 1)
      let lines = try lines(report)
      let heads = shown.count
      let details = shown.filter { $0.first != nil && $0.second != nil }.map(\.attributes.count)
      let rest = differences.count - shown.count
      #expect(lines.count == 1 + heads + details.reduce(0, +) + (rest > 0 ? 1 : 0))
      if rest > 0 { #expect(lines.last == "\(rest) more; --limit shows them.") }
      for difference in shown {
        for attribute in difference.attributes {
          for value in attribute.first ?? [] where (attribute.first ?? []).count <= 10 {
            #expect(lines.contains { $0.holds(SafeText.line(value.text)) })
          }
        }
      }
    }
  }

  @Test("Why one did not arrive is told with all its evidence", arguments: 400...440)
  func why(seed: Int) throws {
    var rows = RandomRows(seed: seed)
    let findings = rows.list(0...3) { rows in
      WhyNot(
        subject: rows.text(), object: rows.maybe { $0.id() }, target: rows.text(),
        gate: rows.random.choose([WhyNot.Gate.arrived, .outOfScope, .exportError, .heldDelete]),
        sentence: rows.text(), evidence: rows.texts(), hint: rows.text(), passed: rows.texts())
    }
    let report = WhyReport.make(findings)
    let lines = report.lines(80)
    let json = try PrintedValue(report).items
    #expect(json.map { $0["gate"] } == findings.map { PrintedValue.text($0.gate.rawValue) })
    #expect(
      json.map { $0["evidence"].items }
        == findings.map { $0.evidence.map { PrintedValue.text($0) } })
    #expect(
      json.map { $0["passed"].items } == findings.map { $0.passed.map { PrintedValue.text($0) } })
    guard !findings.isEmpty else { return }
    let hints = findings.filter { !$0.hint.isEmpty }.count
    let passed = findings.map(\.passed.count).reduce(0, +)
    let evidence = findings.map(\.evidence.count).reduce(0, +)
    #expect(lines.count == 3 * findings.count - 1 + hints + passed + evidence)
    for finding in findings {
      let mark = finding.gate == .arrived ? "✓" : "✗"
      #expect(
        lines.contains(
          "  \(mark) " + SafeText.line(finding.sentence) + " [\(finding.gate.rawValue)]"))
      for line in finding.evidence { #expect(lines.contains("      " + SafeText.line(line))) }
    }
  }

  @Test("A step tells each counter under its block, and each block once", arguments: 500...530)
  func step(seed: Int) throws {
    var rows = RandomRows(seed: seed)
    let step = rows.operation()
    let groups: [CounterGroup] = [
      .discovery, .staging, .inbound, .outbound(rows.text()), .outbound("other"), .export,
    ]
    let counters = rows.list(0...12) { rows in
      CounterRow(
        group: rows.random.choose(groups), name: rows.random.choose(["stage-add", "flow"]),
        title: rows.text(), count: rows.count(), hasDetail: false)
    }
    let message = (rows.text(), rows.text())
    let store = FakeStore { content in
      content.counters = [step.id: counters]
      content.messages = [step.id: message]
    }
    let report = try StepReport.make(store, steps: [step])
    for width in [nil, 3, 20, 80] {
      let lines = try lines(report, width: width)
      let blocks = Set(counters.map(\.group.title)).count
      let reason = message.0.isEmpty ? 0 : 1
      #expect(lines.count == 1 + reason + blocks + counters.count, "\(lines)")
      for group in Set(counters.map(\.group)) {
        #expect(lines.contains("  " + SafeText.line(group.title)))
      }
    }
    let json = try #require(try PrintedValue(report).items.first)
    #expect(
      json["counters"].items.map { $0["count"] }
        == counters.map { PrintedValue.number(Int64($0.count)) })
    #expect(json["message"] == .text(message.0) && json["hint"] == .text(message.1))
    let csv = try #require(CommaText.records(try report.text(as: .csv, width: nil)))
    #expect(csv.count == counters.count + 1)
    #expect(csv.dropFirst().allSatisfy { $0.first == Array("\(step.id)".utf8) })
  }
}
