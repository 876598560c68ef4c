import Configuration
import Workspace

/// What the engine of a unit will not find as the programs find it that people start.
enum UnitNotes {
  /// Notes on the configuration `table` of the workspace in `folder`.
  static func of(_ table: TOMLTable, in folder: String) -> [String] {
    var notes: [String] = []
    if isTemporary(folder) {
      notes.append(
        "\(folder) is below /tmp, of which the unit's engine has one of its own (PrivateTmp): move "
          + "the workspace, or take that line out")
    }
    visit(table) { key, text, place in
      if key.hasSuffix("_environment") {
        notes.append(
          "\(place): the unit's engine does not have the variable \(text): add "
            + "EnvironmentFile=PATH, a file of root's with \(text)=…, or use a file of the secret")
      } else if isTemporary(text) {
        notes.append(
          "\(place): \(text) is below /tmp, of which the unit's engine has one of its own "
            + "(PrivateTmp): move it, or take that line out")
      }
    }
    return notes
  }

  private static func isTemporary(_ path: String) -> Bool {
    ["/tmp/", "/var/tmp/"].contains { (path + "/").hasPrefix($0) }
  }

  /// Gives `body` every text in `table` with its key and place.
  private static func visit(
    _ table: TOMLTable, _ body: (_ key: String, _ text: String, _ place: SourcePlace) -> Void
  ) {
    for entry in table.entries { visit(entry.key, entry.value, body) }
  }

  private static func visit(
    _ key: String, _ value: TOMLValue,
    _ body: (_ key: String, _ text: String, _ place: SourcePlace) -> Void
  ) {
    switch value.kind {
    case .string(let text): body(key, text, value.place)
    case .array(let items): for item in items { visit(key, item, body) }
    case .table(let table): visit(table, body)
    case .integer, .float, .boolean, .dateTime: break
    }
  }
}
