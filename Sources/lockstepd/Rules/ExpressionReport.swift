import Directory
import SyncExpressions

/// What an expression gives, with each step, for people and for programs.
struct ExpressionReport: Encodable {
  struct Step: Encodable {
    let text: String
    let column: Int
    let type: String
    let values: [String]
    let failure: String?
    let skipped: Bool
  }

  let expression: String
  let steps: [Step]
  /// `values`, `NULL`, `AuthoritativeNull`, `IgnoreThisFlow` or `error`.
  let result: String
  let type: String
  let values: [String]
  let error: String?

  init(_ text: String, _ trace: ExpressionTrace) {
    expression = text
    steps = trace.steps.map(Self.step)
    switch trace.outcome {
    case .success(.values(let values)):
      result = "values"
      type = values.first?.typeName ?? "null"
      self.values = values.map(\.text)
      error = nil
    case .success(.null): (result, type, values, error) = ("NULL", "null", [], nil)
    case .success(.authoritativeNull):
      (result, type, values, error) = ("AuthoritativeNull", "null", [], nil)
    case .success(.ignoreThisFlow):
      (result, type, values, error) = ("IgnoreThisFlow", "null", [], nil)
    case .failure(let failure):
      (result, type, values) = ("error", "null", [])
      error = "at column \(failure.column): \(failure)"
    }
  }

  private static func step(_ step: ExpressionTrace.Step) -> Step {
    switch step.result {
    case .value(let type, let texts):
      Step(
        text: step.text, column: step.column, type: type, values: texts, failure: nil,
        skipped: false)
    case .failure(let failure):
      Step(
        text: step.text, column: step.column, type: "", values: [], failure: "\(failure)",
        skipped: false)
    case .skipped:
      Step(
        text: step.text, column: step.column, type: "", values: [], failure: nil, skipped: true)
    }
  }

  /// One line a step, and the result.
  var lines: [String] {
    let width = min(60, steps.map(\.text.count).max() ?? 0)
    let shown = steps.map { step in
      let column = String(step.column)
      let text = step.text + String(repeating: " ", count: max(0, width - step.text.count))
      return String(repeating: " ", count: max(0, 4 - column.count)) + column + "  " + text
        + "  " + Self.outcome(step)
    }
    let end =
      error.map { "error " + $0 } ?? "result: "
      + (result == "values" ? Self.text(type, values) : result)
    return shown + [end]
  }

  private static func outcome(_ step: Step) -> String {
    if step.skipped { return "not needed" }
    if let failure = step.failure { return "fails: " + failure }
    return "= " + text(step.type, step.values)
  }

  private static func text(_ type: String, _ values: [String]) -> String {
    if values.isEmpty { return type }
    let shown = values.prefix(10).map { type == "string" ? "\"\($0)\"" : $0 }
    let rest = values.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "") + " (\(type))"
  }
}
