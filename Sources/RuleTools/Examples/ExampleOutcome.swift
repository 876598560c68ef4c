import Directory
import SyncRules

/// What became of the first entry of an example.
struct ExampleOutcome {
  /// What became of it in one target.
  struct Target {
    var connector: String
    var type: String?
    var isThere: Bool
    var values: [AttributeName: [AttributeValue]]
    var errors: [String]
    /// Why rules do not apply, in words.
    var reasons: [String]
    /// The rules that apply.
    var applied: [SyncRule]
  }

  /// The metaverse object; nil if there is none.
  var object: ExampleObject?
  /// The errors of entries.
  var errors: [String]
  /// Why inbound rules do not apply, in words.
  var reasons: [String] = []
  var targets: [Target] = []

  /// What is other than `example` expects.
  func differences(_ example: RuleExample) -> [String] {
    var found = errorDifferences(example)
    // What follows from an error is not told a second time.
    if !found.isEmpty || example.error != nil { return found }
    if let filtered = example.isFiltered { found += filterDifferences(filtered) }
    found += metaverseDifferences(example)
    for target in example.targets { found += differences(target) }
    return found
  }

  private func errorDifferences(_ example: RuleExample) -> [String] {
    let all = errors + targets.flatMap(\.errors)
    guard let expected = example.error else { return all.map { "error: " + $0 } }
    if all.contains(where: { $0.contains(expected) }) { return [] }
    return all.isEmpty
      ? ["an error with \"\(expected)\" was expected, but there is none"]
      : all.map { "an error with \"\(expected)\" was expected, but it is: " + $0 }
  }

  private func filterDifferences(_ expected: Bool) -> [String] {
    let reached = targets.filter(\.isThere).map(\.connector)
    if expected, !reached.isEmpty {
      return ["it should reach no target, but it reaches " + reached.joined(separator: ", ")]
    }
    guard !expected, reached.isEmpty else { return [] }
    return ["it should reach a target, but it reaches none" + because]
  }

  private var because: String {
    let reasons = object == nil ? reasons : targets.flatMap(\.reasons)
    return reasons.isEmpty ? "" : ": " + reasons.prefix(3).joined(separator: "; ")
  }

  private func metaverseDifferences(_ example: RuleExample) -> [String] {
    guard example.metaverseType != nil || !example.metaverse.isEmpty else { return [] }
    guard let object else { return ["it has no metaverse object" + because] }
    var found: [String] = []
    if let type = example.metaverseType, type.lowercased() != object.type.lowercased() {
      found.append("metaverse type: expected \(type), got \(object.type)")
    }
    return found + Self.compare("metaverse", example.metaverse) { object.attributes[$0] }
  }

  private func differences(_ expected: RuleExample.Target) -> [String] {
    let name = expected.connector
    let target = targets.first { $0.connector.lowercased() == name.lowercased() }
    guard let target, target.isThere else {
      return expected.isThere ? ["\(name): it does not arrive" + because] : []
    }
    guard expected.isThere else { return ["\(name): it arrives, but should not"] }
    var found: [String] = []
    if let type = expected.type, type.lowercased() != target.type?.lowercased() {
      found.append("\(name) type: expected \(type), got \(target.type ?? "none")")
    }
    found += Self.compare(name, expected.attributes) { target.values[$0] ?? [] }
    guard expected.isExact else { return found }
    let extra = target.values.keys.filter { expected.attributes[$0] == nil }
    return found
      + extra.sorted { $0.text < $1.text }.map {
        "\(name) \($0): not expected, got " + Self.text(target.values[$0] ?? [])
      }
  }

  private static func compare(
    _ side: String, _ expected: [AttributeName: [AttributeValue]],
    _ actual: (AttributeName) -> [AttributeValue]
  ) -> [String] {
    expected.sorted { $0.key.text < $1.key.text }.compactMap { name, values in
      let got = AttributeSet.canonical(actual(name))
      guard got != values else { return nil }
      return "\(side) \(name): expected \(text(values)), got \(text(got))"
    }
  }

  private static func text(_ values: [AttributeValue]) -> String {
    guard !values.isEmpty else { return "no value" }
    return values.map { value in
      switch value {
      case .string(let text): "\"\(text)\""
      case .binary: "{ base64 = \"\(value.portableText)\" }"
      case .reference(let text): "{ reference = \"\(text)\" }"
      case .integer, .boolean: value.text
      }
    }.joined(separator: ", ")
  }
}
