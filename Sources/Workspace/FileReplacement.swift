import Foundation

/// Puts several files in place together: all of them, or none.
///
/// New content is written beside its place first and is on the disk before anything is changed; it
/// has the owner and the mode of what it replaces. That is kept under another name, and a place is
/// at no moment empty. What is taken out of use goes last, so that who reads meanwhile finds too much
/// rather than nothing. If a step fails, those before it are undone.
public struct FileReplacement: Sendable {
  private struct Content {
    var path: String
    var text: String
    var expected: String?
    var draft: String { path + ".draft" }
  }

  /// What has been done so far.
  private enum Step {
    /// What was at `path` has the name `name`.
    case kept(name: String, path: String)
    /// A file is where none was.
    case made(String)

    var keptName: String? {
      if case .kept(let name, _) = self { return name }
      return nil
    }

    func undo() {
      switch self {
      case .kept(let name, let path):
        rename(name, path)
        // Two names of one file are left as they are.
        unlink(name)
      case .made(let path): unlink(path)
      }
    }
  }

  private var contents: [Content] = []
  private var retired: [String] = []

  /// A replacement of nothing.
  public init() {}

  /// Puts `text` at `path`, or where the link leads that is there.
  ///
  /// - Parameters:
  ///   - text: The new text.
  ///   - path: The place.
  ///   - expected: The text that must be there until then; nil if any may be.
  public mutating func put(_ text: String, at path: String, replacing expected: String? = nil) {
    contents.append(Content(path: Self.resolved(path), text: text, expected: expected))
  }

  /// Takes the file at `path` out of use; it is kept under another name.
  public mutating func retire(_ path: String) { retired.append(path) }

  /// Carries it out; gives the names under which what was replaced is kept.
  ///
  /// - Throws: ``WorkspaceError`` with the system's words; nothing has changed then.
  public func run() throws(WorkspaceError) -> [String] {
    try refuseDoubles()
    var drafts: [String] = []
    var done: [Step] = []
    do throws(WorkspaceError) {
      for content in contents {
        drafts.append(content.draft)
        try Self.write(content.text, to: content.draft, inPlaceOf: content.path)
      }
      for content in contents {
        try Self.check(content)
        let isThere = Self.exists(content.path)
        if isThere { done.append(.kept(name: try Self.keep(content.path), path: content.path)) }
        try Self.move(content.draft, content.path)
        if !isThere { done.append(.made(content.path)) }
      }
      for path in retired where Self.exists(path) {
        let name = Self.freeName(path)
        try Self.move(path, name)
        done.append(.kept(name: name, path: path))
      }
      for folder in Set((contents.map(\.path) + retired).map(Self.folder)).sorted() {
        try Self.synchronize(folder)
      }
      return done.compactMap(\.keptName)
    } catch {
      for step in done.reversed() { step.undo() }
      for draft in drafts { unlink(draft) }
      throw error
    }
  }

  /// Of two texts for one place, or one for a place that is given up, only one could stay.
  private func refuseDoubles() throws(WorkspaceError) {
    var places = Set(retired)
    for content in contents where !places.insert(content.path).inserted {
      throw WorkspaceError(
        .system, message: "\(content.path) can't be written: two files are meant for its place",
        hint: "Give what they are named after names that differ in more than case and signs; "
          + "nothing has changed")
    }
  }

  private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Where links lead; a path with nothing behind it is itself.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func folder(_ path: String) -> String {
    let folder = (path as NSString).deletingLastPathComponent
    return folder.isEmpty ? "." : folder
  }

  private static func freeName(_ path: String) -> String {
    var number = 1
    while exists(path + ".old\(number)") { number += 1 }
    return path + ".old\(number)"
  }

  /// Gives what is at `path` another name beside its own.
  private static func keep(_ path: String) throws(WorkspaceError) -> String {
    let name = freeName(path)
    // Where the file system has no second names, the place is empty for a moment.
    if link(path, name) != 0 { try move(path, name) }
    return name
  }

  private static func check(_ content: Content) throws(WorkspaceError) {
    guard let expected = content.expected else { return }
    let now = FileManager.default.contents(atPath: content.path)
    guard now == Data(expected.utf8) else {
      throw WorkspaceError(
        .stopped, message: "\(content.path) was changed by another meanwhile",
        hint: "Nothing has changed; try again")
    }
  }

  private static func move(_ from: String, _ to: String) throws(WorkspaceError) {
    guard rename(from, to) == 0 else { throw failure("put in place", to) }
  }

  /// Writes a draft of what is meant for `path`, until it is on the disk.
  static func write(
    _ text: String, to draft: String, inPlaceOf path: String
  ) throws(WorkspaceError) {
    unlink(draft)
    let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("written", draft) }
    defer { close(descriptor) }
    let error = DescriptorOutput.write(text, to: descriptor)
    guard error == 0 else {
      errno = error
      throw failure("written", draft)
    }
    try give(descriptor, theOwnerOf: path, draft)
    guard fsync(descriptor) == 0 else { throw failure("written", draft) }
  }

  /// Gives a draft the owner and the mode of what it replaces, or what a new file needs where it is.
  private static func give(
    _ descriptor: Int32, theOwnerOf path: String, _ draft: String
  ) throws(WorkspaceError) {
    var old = stat()
    guard stat(path, &old) == 0 else {
      let folder = folder(path)
      guard InheritedOwner.give(descriptor, in: folder) else {
        throw failure("given the owner of \(folder)", draft)
      }
      return
    }
    // Another's file must stay readable to that one: the engine may run as another account.
    let isOther = old.st_uid != geteuid() || old.st_gid != getegid()
    let isGiven =
      !isOther || fchown(descriptor, old.st_uid, old.st_gid) == 0
      // A group that may read it will do, where only root can give files away.
      || (fchown(descriptor, uid_t.max, old.st_gid) == 0 && old.st_mode & 0o044 != 0)
    guard isGiven else { throw failure("given the owner of \(path)", draft) }
    guard fchmod(descriptor, old.st_mode & 0o7777) == 0 else {
      throw failure("given the mode of \(path)", draft)
    }
  }

  /// Puts on the disk which files `folder` has.
  static func synchronize(_ folder: String) throws(WorkspaceError) {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("opened", folder) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("written", folder) }
  }

  private static func failure(_ verb: String, _ path: String) -> WorkspaceError {
    WorkspaceError(
      .system, message: "\(path) can't be \(verb): \(String(cString: strerror(errno)))",
      hint: "See that the folder may be written, and that the disk has room; nothing has changed")
  }
}
