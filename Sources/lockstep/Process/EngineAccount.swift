import Configuration
import Foundation
import Workspace

/// As which account an engine may be started.
enum EngineAccount {
  /// Refuses to start an engine in a folder of another account, which could not read what is made
  /// there: store, locks and log are for their owner only.
  ///
  /// A folder of root's may be one that root lends to the account of a service.
  ///
  /// - Parameter account: The account that the engine would run as.
  static func check(_ folder: String, account: uid_t = geteuid()) throws(WorkspaceError) {
    var found = stat()
    guard stat(folder, &found) == 0, found.st_uid != account, found.st_uid != 0 else { return }
    let owner = AccountName.of(found.st_uid)
    throw WorkspaceError(
      .usage,
      message: "\(folder) belongs to \(owner), who could not use what an engine of "
        + "\(AccountName.of(account)) makes there, so none was started",
      hint: "Run it as \(owner): sudo -u '\(owner)' lockstep …")
  }
}
