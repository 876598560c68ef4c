import ArgumentParser
import Foundation
import SyncStore
import Workspace

/// The command `lockstep backup`.
struct BackupCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Copies the store to a new file, also while the engine works.",
    discussion: """
      The copy is of one moment, one file, and its owner's alone. 'lockstep restore' puts it back. \
      Configuration, rules and secrets are files of the workspace, and not in it.
      """)

  @OptionGroup var place: WorkspaceOptions
  @Argument(help: "The file to make.")
  var file: String

  func run() throws {
    let store = DatabaseFile(try place.storeFile(), holding: .store)
    let target = try CopyOfDatabase.newPath(file)
    try store.backUp(to: target)
    StandardStreams.say("The store is backed up in \(SafeText.line(target)).")
  }
}

/// The command `lockstep restore`.
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Puts a backup into the place of the store.",
    discussion: """
      No engine may work, and no console may be open. The store that was there is kept beside it \
      under another name. Every connector is imported in full by the next cycle, before anything \
      is synchronized or sent: so it is found again what the directories hold by now, and what the \
      targets were sent since the backup. 'lockstep initial --dry-run' shows what it would do.
      """)

  @OptionGroup var place: WorkspaceOptions
  @Argument(help: "A file that 'lockstep backup' has written.")
  var file: String

  func run() throws {
    let path = try place.storeFile()
    // Held until the store is in its place, so that no engine begins to work meanwhile.
    let locks = try [Workspace.leaseFile(in: try place.folder), SyncStore.lockFile(of: path)].map {
      try CopyOfDatabase.take(
        $0, otherwise: "An engine works on the store \(path)", "End it first: lockstep service stop"
      )
    }
    let kept = try DatabaseFile(path, holding: .store).restore(from: CopyOfDatabase.path(file))
    withExtendedLifetime(locks) {}
    StandardStreams.say(
      CopyOfDatabase.outcome("The store", path, kept)
        + " 'lockstep initial --dry-run' shows what an Initial cycle would do now.")
  }
}

extension TenantCommand {
  /// The command `lockstep tenant backup`.
  struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "backup",
      abstract: "Copies the embedded tenant's objects to a new file, also while it runs.",
      discussion: """
        The copy is its owner's alone. As the tenant's own file does, it holds what passwords are \
        checked against, salted and iterated, and the hashes of access tokens: whoever reads it can \
        guess at passwords unhindered. Keep it as safe as the tenant itself.
        """)
    @OptionGroup var place: WorkspaceOptions
    @Argument(help: "The file to make.")
    var file: String

    func run() throws {
      let tenant = try TenantProcess(try place.open())
      let target = try CopyOfDatabase.newPath(file)
      try DatabaseFile(tenant.settings.database, holding: .tenant).backUp(to: target)
      StandardStreams.say(
        "The embedded tenant is backed up in \(SafeText.line(target)). It holds what passwords are "
          + "checked against, and who reads it can guess at them: keep it as safe as the tenant.")
    }
  }

  /// The command `lockstep tenant restore`.
  struct Restore: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "restore", abstract: "Puts a backup into the place of the tenant's objects.",
      discussion: """
        The tenant may not run. What it held before is kept beside it. The passwords that are in the \
        backup are those of then: where [password_sync] leads to the tenant, all are sent again.
        """)
    @OptionGroup var place: WorkspaceOptions
    @Argument(help: "A file that 'lockstep tenant backup' has written.")
    var file: String

    func run() throws {
      let workspace = try place.open()
      let path = try TenantProcess(workspace).settings.database
      let locks = try [workspace.tenantLockFile, path + ".lock"].map {
        try CopyOfDatabase.take(
          $0, otherwise: "The embedded tenant runs on \(path)",
          "End it first: lockstep service stop, lockstep tenant stop")
      }
      let kept = try DatabaseFile(path, holding: .tenant).restore(from: CopyOfDatabase.path(file))
      withExtendedLifetime(locks) {}
      StandardStreams.say(
        CopyOfDatabase.outcome("The embedded tenant", path, kept)
          + " Run an Initial cycle, so that the engine sees what it holds now."
          + Self.oweFullPasswords(workspace))
    }

    /// Has all passwords sent again that go to the tenant, which has those of when the backup was
    /// made; the answer says so, and is empty where none go there.
    private static func oweFullPasswords(_ workspace: Workspace) -> String {
      let settings = workspace.settings
      let embedded = settings.connectors.filter(\.usesEmbeddedTenant).map(\.name)
      guard settings.passwordSync.contains(where: { embedded.contains($0.target) }) else {
        return ""
      }
      do {
        // An engine without a store sends all by itself.
        guard FileManager.default.fileExists(atPath: settings.storeFile) else { return "" }
        _ = try StoreReader(file: settings.storeFile).file(
          .passwords(.full), requestedBy: Requester.text)
        return " Its passwords are those of the backup; the engine was asked to send all again "
          + "('lockstep password-sync' shows it)."
      } catch {
        return " Its passwords are those of the backup, and the engine could not be asked to send "
          + "all again (\(error)). Ask for it: lockstep password-sync full"
      }
    }
  }
}

/// What the commands that keep copies of databases share.
private enum CopyOfDatabase {
  /// The path of `file`, as the person who names it sees it.
  static func path(_ file: String) -> String {
    WorkspaceLocation.absolute(
      file, in: FileManager.default.currentDirectoryPath,
      environment: ProcessInfo.processInfo.environment)
  }

  /// The path of `file`, which is to be made.
  ///
  /// - Throws: ``WorkspaceError`` if it is there.
  static func newPath(_ file: String) throws(WorkspaceError) -> String {
    let path = path(file)
    var found = stat()
    guard lstat(path, &found) != 0 else {
      throw WorkspaceError(
        .usage, message: "\(path) exists already",
        hint: "Name a file that does not; what is there stays as it is")
    }
    return path
  }

  /// The lock of `file`.
  ///
  /// - Throws: ``WorkspaceError`` with `message` and `hint` if somebody else holds it.
  static func take(
    _ file: String, otherwise message: String, _ hint: String
  ) throws -> FileLock.Taken {
    if let lock = try FileLock.take(file) { return lock }
    let holder = FileLock.holder(of: file).map { " (process \($0))" } ?? ""
    throw WorkspaceError(.stopped, message: message + holder, hint: hint)
  }

  static func outcome(_ what: String, _ path: String, _ kept: String?) -> String {
    "\(what) is restored as \(SafeText.line(path))"
      + (kept.map { "; what was there is kept as \(SafeText.line($0))." } ?? ".")
  }
}
