import Configuration
import Console
import Foundation
import SyncRules
import Workspace

/// Lets a person edit a rule file: a copy, which takes the file's place once it can be read.
struct RuleEditing {
  let workspace: Workspace
  /// The rule file itself, where a link leads to it.
  let file: String
  /// The console that edits it.
  let process: Int32

  /// Editing of the rule file at `file` by the console that is the process `process`.
  init(workspace: Workspace, file: String, process: Int32 = getpid()) {
    self.workspace = workspace
    self.file = Self.resolved(file)
    self.process = process
  }

  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// The copy that is edited; it stays while it is refused, so that no typing is lost.
  ///
  /// Each console has its own: what two people write at a time is never in one file.
  var draft: String { file + ".draft.\(process)" }
  /// What the file was when the copy was made.
  private var base: String { draft + Self.baseSuffix }
  private static let baseSuffix = ".base"

  /// Makes the copy, unless a refused one is there: this console's, or one of a console that has
  /// ended, as long as the file is still what that one was made from.
  ///
  /// - Throws: ``Fault``.
  func begin() throws {
    let files = FileManager.default
    guard !files.fileExists(atPath: draft) || !files.fileExists(atPath: base) else { return }
    if !files.fileExists(atPath: draft), takeOver() { return }
    do {
      let text = try Data(contentsOf: URL(fileURLWithPath: file))
      if !files.fileExists(atPath: draft) { try Self.write(text, to: draft) }
      try Self.write(text, to: base)
    } catch let fault as Fault {
      throw fault
    } catch {
      throw Fault(
        message: "\(file) can't be copied: \(error.localizedDescription)",
        hint: "See that it may be read.")
    }
  }

  private static func write(_ text: Data, to path: String) throws {
    guard OwnFile.write(text, to: path) else {
      throw Fault(
        message: "\(path) can't be written: \(String(cString: strerror(errno)))",
        hint: "See that the folder may be written to.")
    }
  }

  /// Takes a draft that a console left which has ended; true if there is one to go on with.
  private func takeOver() -> Bool {
    let (folder, name) = (
      (file as NSString).deletingLastPathComponent, (file as NSString).lastPathComponent
    )
    let prefix = name + ".draft."
    let now = FileManager.default.contents(atPath: file)
    for other in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() {
      guard other.hasPrefix(prefix), let id = Int32(other.dropFirst(prefix.count)), id != process,
        kill(id, 0) != 0, errno == ESRCH
      else { continue }
      let left = RuleEditing(workspace: workspace, file: file, process: id)
      // Another account's is left to that one.
      guard let text = OwnFile.read(left.draft) else { continue }
      let base = OwnFile.read(left.base)
      if text == base {
        // Nothing was written into it.
        left.discard()
      } else if base == now, rename(left.base, self.base) == 0, rename(left.draft, draft) == 0 {
        return true
      }
    }
    return false
  }

  private func discard() {
    try? FileManager.default.removeItem(atPath: draft)
    try? FileManager.default.removeItem(atPath: base)
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
  /// - Throws: ``Fault`` with line, column and reason, or that the file was changed by another since
  ///   the draft was begun; the draft then stays.
  func end() throws -> Bool {
    // The folder may be another account's: what was read once is what is checked and put in place.
    let (old, new, begun) = (
      FileManager.default.contents(atPath: file) ?? Data(), OwnFile.read(draft), OwnFile.read(base)
    )
    guard let new else {
      throw Fault(
        message: "The draft \(draft) is gone, or is no file of yours any more",
        hint: "Nothing was changed.")
    }
    if new == old || new == begun {
      discard()
      return false
    }
    guard old == begun else {
      // Who goes on with the draft after this knows of the other text, and means it.
      _ = OwnFile.write(old, to: base)
      throw Fault(
        message: "Not taken: \(file) was changed by another since you began",
        hint: "Compare it with yours, which is kept in \(draft); E goes on with yours, and it "
          + "then takes the place of the file.")
    }
    do {
      try put(try checked(new), replacing: old)
    } catch let error as WorkspaceError {
      throw Fault(
        message: "Not taken: " + error.message, hint: "What you wrote is kept in \(draft).")
    } catch {
      throw Fault(
        message: "Not taken: \(error)",
        hint: "E goes on with what you wrote; it is kept in \(draft): delete that to begin anew.")
    }
    discard()
    return true
  }

  /// Puts `text` in the file's place, with the file's owner and mode: the engine may run as another
  /// account.
  private func put(_ text: String, replacing old: Data) throws(WorkspaceError) {
    var replacement = FileReplacement()
    replacement.put(text, at: file, replacing: String(validating: old, as: UTF8.self))
    // What was there is not kept beside it; who edits has a history of their own.
    for kept in try replacement.run() { unlink(kept) }
  }

  /// The text of the draft, as the rules in it can be read together with the other files.
  private func checked(_ draft: Data) throws -> String {
    guard let text = String(validating: draft, as: UTF8.self) else {
      throw ConfigurationError(
        message: "\(file) would not be UTF-8", hint: "save the draft in UTF-8")
    }
    let folder = workspace.settings.rulesFolder
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    // Those that the engine takes: some editors put files of their own beside, with a dot.
    let files = names.filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.map { name in
      let path = WorkspaceLocation.join(folder, name)
      return Self.resolved(path) == file ? file : path
    }
    guard files.contains(file) else {
      throw ConfigurationError(
        message: "\(file) is not in the rule folder any more", hint: "put it back there")
    }
    _ = try RuleSet.load(
      files: files, parameters: RuleParameters(connectors: workspace.settings.parameters),
      texts: [file: text])
    return text
  }
}
