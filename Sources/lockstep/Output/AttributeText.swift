import Directory
import SyncStore

/// Attributes and their changes as lines for a person.
enum AttributeText {
  /// What a step did to one attribute: its value before and after, or the values that came and went.
  static func delta(_ delta: AttributeDelta) -> [String] {
    let why = delta.rule.isEmpty ? "" : "   [" + SafeText.line(delta.rule) + "]"
    if delta.before.count <= 1, delta.after.count <= 1, !delta.tellsChangesOnly {
      let before = delta.before.first.map(value) ?? "(none)"
      let after = delta.after.first.map(value) ?? "(none)"
      return ["  " + SafeText.line(delta.name) + ": " + before + " → " + after + why]
    }
    let old = Set(delta.before)
    let new = Set(delta.after)
    return ["  " + SafeText.line(delta.name) + why]
      + delta.before.filter { !new.contains($0) }.map { "    - " + value($0) }
      + delta.after.filter { !old.contains($0) }.map { "    + " + value($0) }
  }

  /// One value on one line.
  static func value(_ value: AttributeValue) -> String { SafeText.line(value.text) }
}
