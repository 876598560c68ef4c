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
      try? files.removeItem(atPath: base)
      if !files.fileExists(atPath: draft) { try files.copyItem(atPath: file, toPath: draft) }
      try files.copyItem(atPath: file, toPath: base)
    } catch {
      throw Fault(
        message: "\(file) can't be copied: \(error.localizedDescription)",
        hint: "See that the folder may be written to.")
    }
  }

  /// Takes a draft that a console left which has ended; true if there is one to go on with.
  private func takeOver() -> Bool {
    let (folder, name) = (
      (file as NSString).deletingLastPathComponent, (file as NSString).lastPathComponent
    )
    let prefix = name + ".draft."
    let now = Self.text(file)
    for other in ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted() {
      guard other.hasPrefix(prefix), let id = Int32(other.dropFirst(prefix.count)), id != process,
        kill(id, 0) != 0, errno == ESRCH
      else { continue }
      let left = RuleEditing(workspace: workspace, file: file, process: id)
      let base = Self.text(left.base)
      if Self.text(left.draft) == base {
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

  private static func text(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

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
    let (old, new, begun) = (Self.text(file) ?? Data(), Self.text(draft), Self.text(base))
    guard let new else {
      throw Fault(message: "The draft \(draft) is gone", hint: "Nothing was changed.")
    }
    if new == old || new == begun {
      discard()
      return false
    }
    guard old == begun else {
      // Who goes on with the draft after this knows of the other text, and means it.
      try? old.write(to: URL(fileURLWithPath: base))
      throw Fault(
        message: "Not taken: \(file) was changed by another since you began",
        hint: "Compare it with yours, which is kept in \(draft); E goes on with yours, and it "
          + "then takes the place of the file.")
    }
    do { try check() } catch {
      let words = "\(error)".replacingOccurrences(of: draft, with: file)
      throw Fault(
        message: "Not taken: " + words,
        hint: "E goes on with what you wrote; it is kept in \(draft).")
    }
    try handOver()
    guard rename(draft, file) == 0 else {
      throw Fault(
        message: "\(file) can't be replaced: \(String(cString: strerror(errno)))",
        hint: "What you wrote is kept in \(draft).")
    }
    discard()
    return true
  }

  /// Gives the draft the owner and the mode of the file: the engine may run as another account.
  private func handOver() throws {
    var old = stat()
    guard stat(file, &old) == 0 else { return }
    let isOther = old.st_uid != geteuid() || old.st_gid != getegid()
    let isGiven =
      !isOther || chown(draft, old.st_uid, old.st_gid) == 0
      // A group that may read it will do, where only root can give files away.
      || (chown(draft, uid_t.max, old.st_gid) == 0 && old.st_mode & 0o044 != 0)
    guard isGiven, chmod(draft, old.st_mode & 0o7777) == 0 else {
      throw Fault(
        message: "Not taken: the draft can't be given the owner of \(file): "
          + String(cString: strerror(errno)),
        hint: "Its owner might not be able to read it. What you wrote is kept in \(draft).")
    }
  }

  private func check() throws {
    let folder = workspace.settings.rulesFolder
    let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    // Those that the engine takes: some editors put files of their own beside, with a dot.
    let files = names.filter { $0.hasSuffix(".toml") && !$0.hasPrefix(".") }.map { name -> String in
      let path = WorkspaceLocation.join(folder, name)
      return Self.resolved(path) == file ? draft : path
    }
    guard files.contains(draft) else {
      throw Fault(
        message: "Not taken: \(file) is not in the rule folder any more",
        hint: "What you wrote is kept in \(draft).")
    }
    _ = try RuleSet.load(
      files: files, parameters: RuleParameters(connectors: workspace.settings.parameters))
  }
}
