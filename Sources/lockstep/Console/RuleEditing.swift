import Configuration
import Console
import Foundation
import SyncRules
import Workspace

/// Lets a person edit a rule file: a copy, which takes the file's place once it can be read.
struct RuleEditing {
  let workspace: Workspace
  /// The rule file.
  let file: String

  /// The copy that is edited; it stays while it is refused, so that no typing is lost.
  var draft: String { file + ".draft" }

  /// Makes the copy, unless a refused one is there.
  ///
  /// - Throws: ``Fault``.
  func begin() throws {
    guard !FileManager.default.fileExists(atPath: draft) else { return }
    do { try FileManager.default.copyItem(atPath: file, toPath: draft) } catch {
      throw Fault(
        message: "\(file) can't be copied: \(error.localizedDescription)",
        hint: "See that the folder may be written to.")
    }
  }

  /// The command that edits the draft at a line: `$VISUAL`, `$EDITOR`, or what Debian calls editor.
  static func command(_ environment: [String: String]) -> String {
    for name in ["VISUAL", "EDITOR"] {
      if let value = environment[name], !value.isEmpty { return value }
    }
    return "editor"
  }

  /// Checks the draft together with the other files, and lets it take the file's place.
  ///
  /// - Returns: whether anything was changed.
  /// - Throws: ``Fault`` with line, column and reason; the draft then stays.
  func end() throws -> Bool {
    let (old, new) = (
      FileManager.default.contents(atPath: file),
      FileManager.default.contents(atPath: draft)
    )
    guard let new else {
      throw Fault(message: "The draft \(draft) is gone", hint: "Nothing was changed.")
    }
    if new == old {
      try? FileManager.default.removeItem(atPath: draft)
      return false
    }
    do { try check() } catch {
      let words = "\(error)".replacingOccurrences(of: draft, with: file)
      throw Fault(
        message: "Not taken: " + words,
        hint: "E goes on with what you wrote; it is kept in \(draft).")
    }
    guard rename(draft, file) == 0 else {
      throw Fault(
        message: "\(file) can't be replaced: \(String(cString: strerror(errno)))",
        hint: "What you wrote is kept in \(draft).")
    }
    return true
  }

  private func check() throws {
    let folder = workspace.settings.rulesFolder
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    let files = names.filter { $0.hasSuffix(".toml") }.map { name -> String in
      let path = WorkspaceLocation.join(folder, name)
      return path == file ? draft : path
    }
    _ = try RuleSet.load(
      files: files, parameters: RuleParameters(connectors: workspace.settings.parameters))
  }
}
