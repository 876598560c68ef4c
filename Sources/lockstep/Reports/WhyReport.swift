import SyncStore

/// Findings on why an object did not arrive, for people and programs.
enum WhyReport {
  static func make(_ findings: [WhyNot]) -> Report {
    Report(json: findings.map(WhyJSON.init)) { _ in
      guard !findings.isEmpty else { return ["There is no target that it could have arrived at."] }
      return Array(findings.map(lines).joined(separator: [""]))
    }
  }

  private static func lines(_ finding: WhyNot) -> [String] {
    let target = finding.target.isEmpty ? "" : " → " + SafeText.line(finding.target)
    var lines = [SafeText.line(finding.subject) + target]
    lines += finding.passed.map { "  ✓ " + SafeText.line($0) }
    let mark = finding.gate == .arrived ? "✓" : "✗"
    lines.append("  \(mark) " + SafeText.line(finding.sentence) + " [\(finding.gate.rawValue)]")
    lines += finding.evidence.map { "      " + SafeText.line($0) }
    if !finding.hint.isEmpty { lines.append("  → " + SafeText.line(finding.hint)) }
    return lines
  }
}

/// A finding as `--json` spells it.
struct WhyJSON: Encodable {
  let object: Int64?
  let subject: String
  let target: String?
  let gate: String
  let sentence: String
  let evidence: [String]
  let hint: String?
  let passed: [String]

  init(_ finding: WhyNot) {
    object = finding.object
    subject = finding.subject
    target = finding.target.nonEmpty
    gate = finding.gate.rawValue
    sentence = finding.sentence
    evidence = finding.evidence
    hint = finding.hint.nonEmpty
    passed = finding.passed
  }
}
