import Configuration
import Foundation

/// As which account something that stays may be started in a folder.
public enum FolderAccount {
  /// Refuses to start something in a folder of another account, which could not read what is made
  /// there: databases, locks and logs are for their owner only.
  ///
  /// A folder of root's may be one that root lends to the account of a service.
  ///
  /// - Parameters:
  ///   - program: What would be started, in a word.
  ///   - account: The account that it would run as; that of this process unless given.
  public static func check(
    _ folder: String, starting program: String, account: UInt32? = nil
  ) throws(WorkspaceError) {
    let account = account ?? geteuid()
    var found = stat()
    guard stat(folder, &found) == 0, found.st_uid != account, found.st_uid != 0 else { return }
    // Whose configuration it is works here already, whoever owns the folder.
    let configuration = WorkspaceLocation.join(folder, WorkspaceLocation.configurationFile)
    var file = stat()
    if stat(configuration, &file) == 0, file.st_uid == account { return }
    let owner = AccountName.of(found.st_uid)
    throw WorkspaceError(
      .usage,
      message: "\(folder) belongs to \(owner), who could not use what \(program) of "
        + "\(AccountName.of(account)) makes there, so none was started",
      hint: "Run it as \(owner): sudo -u '\(owner)' lockstep …; or give the folder and all "
        + "that is in it to \(AccountName.of(account))")
  }
}
