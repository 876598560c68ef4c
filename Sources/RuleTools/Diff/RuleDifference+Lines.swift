extension RuleDifference {
  /// The differences as lines for a person: `+` came, `-` went, `~` differs.
  public var lines: [String] {
    guard !isEmpty else { return ["The rules are the same."] }
    var lines = removed.map { "- " + $0 } + added.map { "+ " + $0 }
    for change in changed {
      lines.append("~ " + change.rule)
      for item in change.items {
        lines.append("    " + item.what)
        if !item.before.isEmpty { lines.append("      - " + item.before) }
        if !item.after.isEmpty { lines.append("      + " + item.after) }
      }
    }
    return lines + [summary]
  }

  /// How many rules differ, in one line.
  public var summary: String {
    "\(added.count) added, \(removed.count) removed, \(changed.count) changed"
  }
}

extension RuleDifference: Encodable {
  private enum CodingKeys: String, CodingKey { case added, removed, changed }

  /// Writes the differences for a program.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(added, forKey: .added)
    try container.encode(removed, forKey: .removed)
    try container.encode(changed, forKey: .changed)
  }
}
