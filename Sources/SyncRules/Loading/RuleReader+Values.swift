import Configuration
import Directory
import SyncExpressions

extension RuleReader {
  private static let mergeTypes: [String: MergeType] = [
    "Update": .update, "Merge": .merge, "MergeCaseInsensitive": .mergeCaseInsensitive,
  ]

  func flow(_ table: TOMLTable) throws(ConfigurationError) -> AttributeFlow {
    try table.rejectUnknown(
      allowed: ["target", "direct", "constant", "expression", "apply_once", "merge"])
    let target = try attribute(table, "target")
    // A rule that is switched off makes nothing.
    if KnownAttributes.isSecret(target), !parameters.isLenient {
      throw ConfigurationError(
        place: table.place(of: "target"),
        message:
          "A rule can't write \"\(target)\": what rules make is stored and shown, and this is "
          + "a secret",
        hint: "take the flow out; [password_sync] takes passwords to a target")
    }
    return AttributeFlow(
      target: target, source: try source(table),
      applyOnce: try table.boolean("apply_once", default: false),
      merge: try table.choice("merge", of: Self.mergeTypes, default: .update))
  }

  private static let sourceKeys = ["direct", "constant", "expression"]

  private func source(_ table: TOMLTable) throws(ConfigurationError) -> AttributeFlow.Source {
    let given = Self.sourceKeys.filter { table[$0] != nil }
    guard given.count < 2 else {
      throw ConfigurationError(
        place: table.place(of: given[1]),
        message: "A flow has one of direct, constant and expression, not "
          + given.joined(separator: " and "), hint: "remove one of them")
    }
    switch given.first {
    case "direct": return .direct(try attribute(table, "direct"))
    case "constant": return .constant(try constants(try table.value("constant")))
    case "expression": return .expression(try expression(table))
    default:
      throw ConfigurationError(
        place: table.place, message: "A flow needs direct, constant or expression",
        hint: "write direct = \"…\", constant = \"…\" or expression = '…'")
    }
  }

  private func expression(_ table: TOMLTable) throws(ConfigurationError) -> Expression {
    let text = try table.string("expression")
    let value = try table.value("expression")
    do {
      let expression = try Expression(text)
      for name in expression.parameters.sorted()
      where parameters.parameters[name] == nil && !parameters.isLenient {
        throw parameters.unknown(name, Self.place(of: "%\(name)%", in: text, value))
      }
      return expression
    } catch let error as ExpressionSyntaxError {
      throw ConfigurationError(
        place: value.place(line: error.line, column: error.column),
        message: "This is no expression: " + error.message, hint: error.hint)
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw ConfigurationError(place: value.place, message: "This is no expression: \(error)")
    }
  }

  private static func place(of part: String, in text: String, _ value: TOMLValue) -> SourcePlace {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() {
      guard let range = line.firstRange(of: part) else { continue }
      let column = line[..<range.lowerBound].unicodeScalars.count + 1
      return value.place(line: index + 1, column: column)
    }
    return value.place
  }

  private func constants(_ constant: TOMLValue) throws(ConfigurationError) -> [AttributeValue] {
    var values: [AttributeValue] = []
    for item in Self.items(constant) { values.append(try value(item, "constant")) }
    guard !values.isEmpty else { throw constant.mismatch("constant", expected: "a value") }
    return Set(values).sorted()
  }

  func clause(_ table: TOMLTable) throws(ConfigurationError) -> ScopeClause {
    try table.rejectUnknown(allowed: ["attribute", "operator", "value"])
    let scopeOperator = try scopeOperator(table)
    var texts: [String] = []
    if let given = table["value"] {
      if scopeOperator == .isIn || scopeOperator == .isNotIn, case .array = given.kind {
        for item in Self.items(given) { texts.append(try value(item, "value").text) }
      } else {
        texts = [try value(given, "value").text]
      }
    }
    do {
      return try ScopeClause(try attribute(table, "attribute"), scopeOperator, texts)
    } catch {
      let place = table["value"]?.place ?? table.place(of: "operator")
      throw ConfigurationError(
        place: error.place ?? place, message: error.message, hint: error.hint)
    }
  }

  private func scopeOperator(_ table: TOMLTable) throws(ConfigurationError) -> ScopeOperator {
    let name = try table.string("operator")
    if let known = ScopeOperator(name: name) { return known }
    throw ConfigurationError(
      place: table["operator"]?.place, message: "There is no operator \"\(name)\"",
      hint: Spelling.hint(for: name, among: ScopeOperator.allCases.map(\.rawValue)))
  }

  private static func items(_ value: TOMLValue) -> [TOMLValue] {
    if case .array(let items) = value.kind { items } else { [value] }
  }

  private func value(
    _ value: TOMLValue, _ key: String
  ) throws(ConfigurationError) -> AttributeValue {
    switch value.kind {
    case .string(""):
      throw ConfigurationError(
        place: value.place, message: "\"\(key)\" is an empty text, and no attribute has one",
        hint: key == "value"
          ? "write the text, or ask with ISNULL or ISNOTNULL whether there is a value"
          : "write the text, or take the flow out")
    case .string(let text):
      return .string(try parameters.expand(text, place: value.place))
    case .integer(let number): return .integer(number)
    case .boolean(let flag): return .boolean(flag)
    default: throw value.mismatch(key, expected: "a text, a whole number, true or false")
    }
  }
}
