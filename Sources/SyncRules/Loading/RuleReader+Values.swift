import Configuration
import Directory

extension RuleReader {
  private static let mergeTypes: [String: MergeType] = [
    "Update": .update, "Merge": .merge, "MergeCaseInsensitive": .mergeCaseInsensitive,
  ]

  func flow(_ table: TOMLTable) throws(ConfigurationError) -> AttributeFlow {
    if table["expression"] != nil {
      throw ConfigurationError(
        place: table.place(of: "expression"),
        message: "Expression flows can't be evaluated; direct and constant flows can",
        hint: "write direct = \"…\" or constant = \"…\"")
    }
    try table.rejectUnknown(allowed: ["target", "direct", "constant", "apply_once", "merge"])
    return AttributeFlow(
      target: try attribute(table, "target"), source: try source(table),
      applyOnce: try table.boolean("apply_once", default: false),
      merge: try table.choice("merge", of: Self.mergeTypes, default: .update))
  }

  private func source(_ table: TOMLTable) throws(ConfigurationError) -> AttributeFlow.Source {
    switch (table["direct"], table["constant"]) {
    case (.some, nil): return .direct(try attribute(table, "direct"))
    case (nil, let constant?):
      var values: [AttributeValue] = []
      for item in Self.items(constant) { values.append(try value(item, "constant")) }
      guard !values.isEmpty else { throw constant.mismatch("constant", expected: "a value") }
      return .constant(Set(values).sorted())
    case (.some, .some):
      throw ConfigurationError(
        place: table.place(of: "constant"), message: "A flow has either direct or constant",
        hint: "remove one of them")
    case (nil, nil):
      throw ConfigurationError(
        place: table.place, message: "A flow needs direct or constant",
        hint: "write direct = \"…\" or constant = \"…\"")
    }
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
    case .string(let text) where !text.isEmpty:
      return .string(try parameters.expand(text, place: value.place))
    case .integer(let number): return .integer(number)
    case .boolean(let flag): return .boolean(flag)
    default: throw value.mismatch(key, expected: "a text, a whole number, true or false")
    }
  }
}
