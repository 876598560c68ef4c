import Configuration
import Directory
import SyncRules

extension RuleFile {
  private static let mergeTypes: [String: MergeType] = [
    "update": .update, "replace": .update, "merge": .merge,
    "mergecaseinsensitive": .mergeCaseInsensitive,
  ]

  func mapping(_ element: XMLElement) throws(EntraConfigurationError) -> EntraMapping {
    let once = element.attributes["execute-once"]
    return EntraMapping(
      target: AttributeName(try element.required("dest")), source: try source(element),
      applyOnce: try once.map { word throws(EntraConfigurationError) in
        try element.meaning(of: word)
      }
        ?? false,
      merge: element.child("valueMergeType") == nil
        ? .update : try element.choice("valueMergeType", of: Self.mergeTypes),
      place: element.place)
  }

  // An expression names its attributes in <src> too; the expression alone counts.
  private func source(
    _ element: XMLElement
  ) throws(EntraConfigurationError) -> EntraMapping.Source {
    if let expression = element.child("expression"), !expression.text.isEmpty {
      return .expression(expression.text)
    }
    let attributes = element.child("src")?.all("attr").map(\.text).filter { !$0.isEmpty } ?? []
    switch attributes.count {
    case 1: return .direct(AttributeName(attributes[0]))
    case 0:
      guard let text = element.child("src")?.value, !text.isEmpty else {
        throw element.problem(
          "The transformation to \(element.text(of: "dest")) has no source",
          hint: "remove it in the rule editor, and export again")
      }
      return .constant(text)
    default:
      throw element.problem(
        "The direct transformation to \(element.text(of: "dest")) has \(attributes.count) sources",
        hint: "make it an expression in the rule editor, and export again")
    }
  }
}
