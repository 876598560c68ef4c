import Foundation

/// Makes the files of a workspace: of one that a demonstration runs in, or of one for a directory of
/// one's own.
public struct WorkspaceCreation: Sendable {
  /// The folder.
  public let folder: String
  /// The name of the sample's connector and that of the tenant's.
  public static let connectors = (source: "contoso.test", target: "tenant")
  /// The first line of a configuration that was made here, and may be made anew.
  static let mark = "# Made by 'lockstep demo'."

  /// A workspace in `folder`, which need not exist yet.
  public init(folder: String) { self.folder = folder }

  /// The folder of the sample directory's content.
  public var contentFolder: String { WorkspaceLocation.join(folder, "directory") }
  /// The file of the sample directory's content.
  public var contentFile: String { WorkspaceLocation.join(contentFolder, "directory.ldif") }
  /// The folder of the sample directory's changes.
  public var changesFolder: String { WorkspaceLocation.join(folder, "changes") }
  /// Whether there is a configuration.
  public var exists: Bool { FileManager.default.fileExists(atPath: configurationFile) }

  /// 256 random bits as text, for a tenant's token.
  public static func makeToken() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<4).map { _ in
      let digits = String(generator.next() as UInt64, radix: 16)
      return String(repeating: "0", count: 16 - digits.count) + digits
    }.joined()
  }

  /// Makes a demonstration's folders, content, rules, token and configuration.
  ///
  /// A demonstration that is there stays as it is. The scripts that put a real directory under one
  /// make its configuration first: as long as there is no rule, it has the rest to come.
  ///
  /// - Parameters:
  ///   - rules: The text of the rule file.
  ///   - examples: The text of the file of examples for them; empty for none.
  ///   - token: The tenant's token, which is written to a file for its owner only.
  ///   - writeContent: Writes `directory.ldif` into the folder that it is given.
  /// - Returns: The paths of what was there without a configuration, and stays.
  /// - Throws: ``WorkspaceError`` if the folder is a workspace that no demonstration made, or a file
  ///   can't be written; what `writeContent` throws.
  @discardableResult
  public func make(
    rules: String, examples: String = "", token: String,
    writeContent: (_ folder: String) throws -> Void = { _ in }
  ) throws -> [String] {
    try checkOwnership()
    if exists {
      guard !hasRules else { return [] }
    } else {
      for path in [folder, contentFolder, changesFolder] { try makeFolder(path) }
      try makeContent(writeContent)
    }
    return try make(
      configuration: Self.configuration, rules: rules, examples: examples, token: token)
  }

  /// Refuses a folder whose configuration was not made by a demonstration.
  ///
  /// - Throws: ``WorkspaceError``.
  public func checkOwnership() throws(WorkspaceError) {
    guard exists else { return }
    let text = (try? String(contentsOfFile: configurationFile, encoding: .utf8)) ?? ""
    let first = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).first
    guard first == Self.mark[...] else {
      throw WorkspaceError(
        .usage,
        message: "\(configurationFile) was not made by 'lockstep demo', or was changed at "
          + "its first line, so nothing is done there",
        hint: "Name another folder with --workspace")
    }
  }

  /// Whether there are rules, which stay.
  public var hasRules: Bool { Self.hasRules(in: WorkspaceLocation.join(folder, "rules")) }

  /// Whether there are rules in a folder.
  public static func hasRules(in rulesFolder: String) -> Bool {
    let names = try? FileManager.default.contentsOfDirectory(atPath: rulesFolder)
    return names?.contains { $0.hasSuffix(".toml") && !$0.hasPrefix(".") } ?? false
  }

  /// The content gets its name once it is whole: one that was interrupted is made anew.
  private func makeContent(_ write: (_ folder: String) throws -> Void) throws {
    guard !FileManager.default.fileExists(atPath: contentFile) else { return }
    let draft = contentFolder + ".new"
    try remove(draft)
    try makeFolder(draft)
    try write(draft)
    let file = WorkspaceLocation.join(draft, "directory.ldif")
    if FileManager.default.fileExists(atPath: file), rename(file, contentFile) != 0 {
      throw failure("written", contentFile, POSIXError(.init(rawValue: errno) ?? .EIO))
    }
    try remove(draft)
  }

  /// Makes the files of a workspace with this configuration; what is there already stays as it is, and
  /// beside rules that are there none are put.
  ///
  /// - Parameters:
  ///   - configuration: The text of `lockstep.toml`.
  ///   - rules: The text of the rule file.
  ///   - examples: The text of the file of examples for them; empty for none.
  ///   - token: The token of the workspace's own tenant; nil if it has none.
  /// - Returns: The paths of what was there, and stays.
  /// - Throws: ``WorkspaceError`` if a file can't be written.
  @discardableResult
  public func make(
    configuration: String, rules: String, examples: String, token: String?
  ) throws(WorkspaceError) -> [String] {
    let rulesFolder = WorkspaceLocation.join(folder, "rules")
    try makeFolder(folder)
    var kept = try makeRules(in: rulesFolder, rules: rules, examples: examples)
    func put(_ text: String, at path: String) throws(WorkspaceError) {
      if try !write(text, to: path) { kept.append(path) }
    }
    if let token { try put(token + "\n", at: WorkspaceLocation.join(folder, "tenant.token")) }
    // The last one: with it the folder is a workspace.
    try put(configuration, at: configurationFile)
    return kept
  }

  /// Makes the file of rules and that of examples in a folder of rules; beside rules that are there
  /// none are put.
  ///
  /// - Returns: The paths of what was there, and stays.
  /// - Throws: ``WorkspaceError`` if a file can't be written.
  public func makeRules(
    in rulesFolder: String, rules: String, examples: String
  ) throws(WorkspaceError) -> [String] {
    try makeFolder(rulesFolder)
    guard !Self.hasRules(in: rulesFolder) else { return [rulesFolder] }
    var kept: [String] = []
    if !examples.isEmpty {
      let tests = WorkspaceLocation.join(rulesFolder, "tests")
      try makeFolder(tests)
      let path = WorkspaceLocation.join(tests, "standard.toml")
      if try !write(examples, to: path) { kept.append(path) }
    }
    let path = WorkspaceLocation.join(rulesFolder, "standard.toml")
    if try !write(rules, to: path) { kept.append(path) }
    return kept
  }

  /// Removes what an earlier demonstration left in the folder.
  ///
  /// - Throws: ``WorkspaceError`` if the folder's configuration was not made by a demonstration,
  ///   or something can't be removed.
  public func clear() throws(WorkspaceError) {
    guard exists else { return }
    try checkOwnership()
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let copies = names.filter { name in
      ["store.sqlite.before-", "tenant.sqlite.before-"].contains { name.hasPrefix($0) }
    }
    for name in copies.sorted() + changeFiles.map({ "changes/" + $0 }) + Self.leftovers {
      try remove(WorkspaceLocation.join(folder, name))
    }
  }

  /// Everything that a demonstration makes, the configuration last: while it is there, clearing
  /// can be tried again.
  private static let leftovers = [
    "store.sqlite", "store.sqlite.lock", "store.sqlite.mark",
    "store.sqlite-wal", "store.sqlite-shm",
    "store.sqlite.rehearsal",
    "store.sqlite.rehearsal-wal", "store.sqlite.rehearsal-shm",
    "tenant.sqlite", "tenant.sqlite-wal",
    "tenant.sqlite-shm", "tenant.token", "password-stamp.key", "tenant.address",
    "tenant.port",
    "directory/directory.ldif",
    "rules/standard.toml", "rules/tests/standard.toml", "engine.log", "tenant.log", "lockstep.toml",
  ]

  /// The change files that demonstrations made, in the order of their numbers.
  private var changeFiles: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: changesFolder)) ?? []
    return names.filter { $0.hasPrefix("demo-") && $0.hasSuffix(".ldif") }.sorted()
  }

  /// The number and the path of the next change file.
  public var nextChange: (number: Int, path: String) {
    let last = changeFiles.compactMap { Int($0.dropFirst(5).dropLast(5)) }.max() ?? 0
    let digits = String(last + 1)
    let name = "demo-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits + ".ldif"
    return (last + 1, WorkspaceLocation.join(changesFolder, name))
  }

  private var configurationFile: String {
    WorkspaceLocation.join(folder, WorkspaceLocation.configurationFile)
  }

  private func makeFolder(_ path: String) throws(WorkspaceError) {
    // A workspace is whose who makes it; what is made in it is its owner's.
    guard path == folder else { return try InheritedOwner.makeFolder(path) }
    do {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw failure("made", path, error)
    }
  }

  /// Writes a file for its owner only, or for that of the folder, unless it is there; it is never seen
  /// half-written.
  ///
  /// - Returns: Whether it was written.
  private func write(_ text: String, to path: String) throws(WorkspaceError) -> Bool {
    guard !FileManager.default.fileExists(atPath: path) else { return false }
    let draft = path + ".new"
    do throws(WorkspaceError) {
      try FileReplacement.write(text, to: draft, inPlaceOf: path)
      guard rename(draft, path) == 0 else {
        throw failure("written", path, POSIXError(.init(rawValue: errno) ?? .EIO))
      }
      try FileReplacement.synchronize((path as NSString).deletingLastPathComponent)
    } catch {
      unlink(draft)
      throw WorkspaceError(
        error.status, message: error.message,
        hint: "See that the folder may be written, and that the disk has room")
    }
    return true
  }

  private func remove(_ path: String) throws(WorkspaceError) {
    guard FileManager.default.fileExists(atPath: path) else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw failure("removed", path, error)
    }
  }

  private func failure(_ verb: String, _ path: String, _ error: any Error) -> WorkspaceError {
    let reason =
      (error as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
      ?? error.localizedDescription
    return WorkspaceError(
      .system, message: "\(path) can't be \(verb): \(reason)",
      hint: "See that the folder may be written, and that the disk has room")
  }

  private static var configuration: String {
    """
    \(mark)
    # Relative paths start at this folder. 'lockstep check' says whether all is right.

    [store]
    file = "store.sqlite"

    [rules]
    folder = "rules"

    # The embedded tenant: a SCIM 2.0 server of this machine, for trials and tests.
    [tenant]
    database = "tenant.sqlite"
    address = "127.0.0.1"
    port = 0                     # 0: a free one at first, the same one from then on
    token_file = "tenant.token"
    verified_domains = ["\(connectors.source)"]  # what user principal names may end with

    [[connector]]
    name = "\(connectors.source)"
    type = "ldif"
    role = "source"
    content = "directory"        # a file, or a folder of *.ldif
    changes = "changes"          # change files, read in the order of their names, once each

    [[connector]]
    name = "\(connectors.target)"
    type = "scim"
    role = "target"
    url = "embedded"             # or https://…/scim/v2 with token_file or token_environment

    # Passwords go as hashes of hashes; of a real domain by [password_sync.replication].
    [password_sync]
    source = "\(connectors.source)"
    target = "\(connectors.target)"
    hash_attribute = "sambaNTPassword"
    changed_attribute = "pwdLastSet"

    [engine]
    idle_exit = "10m"            # an engine that a command started leaves after so long

    """
  }
}
