import Console
import Directory
import SyncStore

/// Attributes and their changes as lines for a person.
enum AttributeText {
  /// What a step did to one attribute: its value before and after, or the values that came and went,
  /// at most `valueLimit` of them.
  static func delta(_ delta: AttributeDelta, valueLimit: Int = .max) -> [String] {
    let why = delta.rule.isEmpty ? "" : "   [" + SafeText.line(delta.rule) + "]"
    if delta.before.count <= 1, delta.after.count <= 1, !delta.tellsChangesOnly {
      let before = delta.before.first.map { value($0, of: delta.name) } ?? "(none)"
      let after = delta.after.first.map { value($0, of: delta.name) } ?? "(none)"
      return ["  " + SafeText.line(delta.name) + ": " + before + " → " + after + why]
    }
    let old = Set(delta.before)
    let new = Set(delta.after)
    let values =
      delta.before.filter { !new.contains($0) }.map { "    - " + value($0, of: delta.name) }
      + delta.after.filter { !old.contains($0) }.map { "    + " + value($0, of: delta.name) }
    let more = values.count > valueLimit ? ["    … \(values.count - valueLimit) more"] : []
    return ["  " + SafeText.line(delta.name) + why] + values.prefix(valueLimit) + more
  }

  /// One value on one line, as the console shows it: bytes and numbers as what they mean.
  static func value(_ value: AttributeValue, of name: String) -> String {
    SafeText.line(ValueText.text(value, of: name, clock: clock))
  }

  /// The clocks of this machine, which are read once.
  private static let clock = LocalTime.ofThisMachine()
}
