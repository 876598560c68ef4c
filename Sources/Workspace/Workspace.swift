public import Configuration
import Foundation

/// A folder with everything that one installation needs: configuration, rules, store, tenant.
public struct Workspace: Sendable {
  /// The folder, as an absolute path.
  public let folder: String
  /// What its `lockstep.toml` says.
  public let settings: WorkspaceSettings

  /// A workspace of these parts.
  public init(folder: String, settings: WorkspaceSettings) {
    self.folder = folder
    self.settings = settings
  }

  /// Opens the workspace in `folder`; nothing is written.
  ///
  /// - Throws: ``ConfigurationError`` with the place of the first thing that is wrong.
  public static func open(_ folder: String) throws(ConfigurationError) -> Workspace {
    let file = WorkspaceLocation.join(folder, WorkspaceLocation.configurationFile)
    do throws(ConfigurationError) {
      let table = try TOMLTable.load(file: file)
      return Workspace(folder: folder, settings: try WorkspaceSettings(table, folder: folder))
    } catch {
      // One that is there and can't be read is no reason to make another.
      guard error.place == nil, access(file, F_OK) != 0, [ENOENT, ENOTDIR].contains(errno) else {
        throw error
      }
      throw ConfigurationError(
        message: error.message,
        hint: "'lockstep init' makes a workspace, 'lockstep demo' one to try; --workspace names "
          + "another folder")
    }
  }

  /// The file of the store of the workspace in `folder`, whatever else its configuration says.
  ///
  /// - Throws: ``ConfigurationError`` if the file can't be read, or its section `[store]` is wrong.
  public static func storeFile(in folder: String) throws(ConfigurationError) -> String {
    let file = WorkspaceLocation.join(folder, WorkspaceLocation.configurationFile)
    return try WorkspaceSettings.storeFile(try TOMLTable.load(file: file), folder: folder)
  }

  /// The file that the engine of the workspace in `folder` locks for as long as it lives.
  public static func leaseFile(in folder: String) -> String {
    WorkspaceLocation.join(folder, "engine.lock")
  }

  /// The file that the engine locks for as long as it lives.
  public var leaseFile: String { Self.leaseFile(in: folder) }
  /// The file that a detached engine writes its log to.
  public var logFile: String { file("engine.log") }
  /// The file that the embedded tenant locks for as long as it lives.
  public var tenantLockFile: String { file("tenant.lock") }
  /// The file in which the running tenant tells its URL, and in a second line its process id.
  public var tenantAddressFile: String { file("tenant.address") }
  /// The file with the port that the tenant had last, which it takes again.
  public var tenantPortFile: String { file("tenant.port") }
  /// The file with the key of stamps of passwords that are read from an attribute.
  public var stampKeyFile: String { file("password-stamp.key") }
  /// The file that a detached tenant writes its log to.
  public var tenantLogFile: String { file("tenant.log") }

  private func file(_ name: String) -> String { WorkspaceLocation.join(folder, name) }
}
