import Configuration
import Directory
import EntraConfiguration
import Foundation
import RuleTools
import SyncRules
import Workspace

/// The rule files that an import finds: whose place it takes, and which stay.
extension RuleImport {
  /// What is in the folder of rules before an import.
  struct Present {
    /// Files that imported rules take the place of, also those under whose names new ones come.
    var replaced: [String] = []
    /// A person's own files, which stay in force.
    var staying: [String] = []
    /// What the replaced ones say of matching, by connector in small letters; the new ones say it too.
    var matching: [String: MatchOptions] = [:]
    var notes: [String] = []

    var isEmpty: Bool { replaced.isEmpty && staying.isEmpty }
  }

  /// How the first line of an imported file ends.
  static let headingEnd = "imported from an exported configuration of Entra Connect."

  /// What is in the folder of rules, of which `new` will be written.
  func findPresent(_ new: Set<String>) throws -> Present {
    let folder = workspace.settings.rulesFolder
    guard FileManager.default.fileExists(atPath: folder) else { return Present() }
    var present = Present()
    let counterparts = Set(match.connectors.values.joined().map { $0.lowercased() })
    let known = Set(workspace.settings.connectors.map { $0.name.lowercased() })
    for path in try RuleSource.files(in: folder) {
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      let isStandard = Self.isStandard(text)
      let imported = Self.connector(ofHeading: Self.firstLine(text))
      let isOwn = !isStandard && imported == nil
      if isOwn, !new.contains(path) {
        present.staying.append(path)
        present.notes.append("\(path) is of no import and stays in force")
        continue
      }
      if let imported, !new.contains(path), known.contains(imported.lowercased()),
        !counterparts.contains(imported.lowercased())
      {
        // A domain whose rules were taken away would be deleted from the cloud.
        present.staying.append(path)
        present.notes.append(
          "\(path) is of an earlier import for \(imported), which stands for no connector of this "
            + "export; it stays in force")
        continue
      }
      present.replaced.append(path)
      if imported != nil { present.notes += differences(of: path) }
      if isOwn || (isStandard && !isUnchanged(text)) {
        present.notes.append(
          "\(path) may have rules of your own, which are out of force now: put them into another "
            + "file, with precedence below 100")
      }
      addMatching(of: path, to: &present)
    }
    return present
  }

  /// What a file of an earlier import says that the new rules do not, in words.
  private func differences(of path: String) -> [String] {
    // What can't be read is told with what it says of matching.
    guard let old = try? RuleSource.set(at: path, folder: workspace.folder) else { return [] }
    let difference = RuleDifference(from: old.rules, to: rules)
    var notes: [String] = []
    if !difference.removed.isEmpty {
      notes.append(
        "these rules in \(path) are not in the export, and out of force now: "
          + difference.removed.joined(separator: ", ") + "; put those of your own into another "
          + "file, with precedence below 100")
    }
    let changed = difference.changed.map { change in
      "\(change.rule) (\(change.items.map(\.what).joined(separator: ", ")))"
    }
    if !changed.isEmpty {
      notes.append(
        "these rules in \(path) said something else than those of the export that are in their "
          + "place now: " + changed.joined(separator: ", ")
          + "; 'lockstep rules diff' of the file that is kept and the new one shows it")
    }
    return notes
  }

  private func addMatching(of path: String, to present: inout Present) {
    do {
      let rules = try RuleSet.load(
        files: [path], parameters: RuleCheck.parameters(of: workspace))
      present.matching.merge(rules.matching) { first, _ in first }
    } catch {
      present.notes.append(
        "\(path) can't be read, so that [[matching]] in it is not taken over: \(error)")
    }
  }

  private static func firstLine(_ text: String) -> Substring {
    text.prefix { !$0.isNewline }
  }

  /// The connector that the first line of an imported file names; nil if it is none of one.
  private static func connector(ofHeading line: Substring) -> String? {
    guard line.hasSuffix(", " + headingEnd), let start = line.range(of: " rules of ") else {
      return nil
    }
    return String(line[start.upperBound...].dropLast(headingEnd.count + 2))
  }

  private static func isStandard(_ text: String) -> Bool {
    StandardRules.TargetNames.allCases.contains {
      firstLine(StandardRules.text(for: $0)) == firstLine(text)
    }
  }

  /// Whether `text` is that of the standard rules for two connectors of the workspace.
  private func isUnchanged(_ text: String) -> Bool {
    let connectors = workspace.settings.connectors
    return StandardRules.TargetNames.allCases.contains { names in
      connectors.contains { source in
        connectors.contains { target in
          StandardRules.text(for: names).replacing("%Source%", with: source.name)
            .replacing("%Target%", with: target.name) == text
        }
      }
    }
  }

  /// Puts what the replaced files say of matching into the new ones: that of a connector into the file
  /// of its outbound rules, else into the last one.
  mutating func carryMatching() {
    for connector in workspace.settings.connectors where !connector.isSource {
      guard let options = present.matching[connector.name.lowercased()],
        options != MatchOptions(),
        let index = files.lastIndex(where: {
          $0.rules.first?.direction == .outbound
            && $0.rules.first?.connector.lowercased() == connector.name.lowercased()
        }) ?? files.indices.last
      else { continue }
      files[index].text += "\n" + RuleText.matching(options, of: connector.name)
      notes.append("[[matching]] of \(connector.name) is kept, in \(files[index].path)")
    }
  }

  /// Refuses imported rules that can't live together with those that stay; gives all that will be in
  /// force.
  func whole(_ parameters: RuleParameters) throws -> RuleSet {
    let new = Dictionary(files.map { ($0.path, $0.text) }, uniquingKeysWith: { first, _ in first })
    do {
      return try RuleSet.load(
        files: present.staying + files.map(\.path), parameters: parameters, texts: new)
    } catch {
      guard !present.staying.isEmpty else { throw error }
      throw WorkspaceError(
        .usage,
        message: "The imported rules can't be in force together with "
          + present.staying.joined(separator: ", ") + ": \(error)",
        hint: "Nothing was written; give rules of your own precedences below 100 and ids of their "
          + "own, move a file that the import is to replace out of the folder, or, where several "
          + "connectors have the rules of one in the export, name them all with --connector")
    }
  }
}
