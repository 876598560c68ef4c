import Foundation

/// Puts several files in place together: all of them, or none.
///
/// New content is written beside its place first and is on the disk before anything is changed;
/// what was in a place is kept under another name. If a step fails, those before it are undone.
public struct FileReplacement: Sendable {
  private var contents: [(path: String, text: String)] = []
  private var retired: [String] = []

  /// A replacement of nothing.
  public init() {}

  /// Puts `text` at `path`.
  public mutating func put(_ text: String, at path: String) { contents.append((path, text)) }

  /// Takes the file at `path` out of use; it is kept under another name.
  public mutating func retire(_ path: String) { retired.append(path) }

  /// Carries it out; gives the names under which what was replaced is kept.
  ///
  /// - Throws: ``WorkspaceError`` with the system's words; nothing has changed then.
  public func run() throws(WorkspaceError) -> [String] {
    var drafts: [String] = []
    var undo: [(from: String, to: String)] = []
    do throws(WorkspaceError) {
      for (path, text) in contents {
        let draft = path + ".draft"
        drafts.append(draft)
        try Self.write(text, to: draft)
      }
      for path in retired + contents.map(\.path) where Self.exists(path) {
        let kept = Self.freeName(path)
        try Self.move(path, kept)
        undo.append((kept, path))
      }
      for (path, _) in contents {
        try Self.move(path + ".draft", path)
        undo.append((path, path + ".draft"))
      }
      return undo.filter { !$0.from.hasSuffix(".draft") && !$0.to.hasSuffix(".draft") }
        .map(\.from)
    } catch {
      for (from, to) in undo.reversed() { try? Self.move(from, to) }
      for draft in drafts { unlink(draft) }
      throw error
    }
  }

  private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private static func freeName(_ path: String) -> String {
    var number = 1
    while exists(path + ".old\(number)") { number += 1 }
    return path + ".old\(number)"
  }

  private static func move(_ from: String, _ to: String) throws(WorkspaceError) {
    guard rename(from, to) == 0 else { throw failure("put in place", to) }
  }

  private static func write(_ text: String, to path: String) throws(WorkspaceError) {
    unlink(path)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("written", path) }
    defer { close(descriptor) }
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("written", path) }
      bytes = bytes.dropFirst(count)
    }
    guard fsync(descriptor) == 0 else { throw failure("written", path) }
  }

  private static func failure(_ verb: String, _ path: String) -> WorkspaceError {
    WorkspaceError(
      .system, message: "\(path) can't be \(verb): \(String(cString: strerror(errno)))",
      hint: "See that the folder may be written, and that the disk has room; nothing has changed")
  }
}
