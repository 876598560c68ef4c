import Foundation
import Testing

@testable import Workspace

@Suite("As which account something may be started in a folder", .enabled(if: geteuid() == 0))
struct FolderAccountTests {
  private let other: uid_t = 65_534
  private let third: uid_t = 65_533

  /// A folder of `owner`, with a configuration of `author` if there is one.
  private func refusal(owner: uid_t, author: uid_t?, account: uid_t) throws -> WorkspaceError? {
    let folder = NSTemporaryDirectory() + "account-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    if let author {
      try Data().write(to: URL(filePath: folder + "/lockstep.toml"))
      chown(folder + "/lockstep.toml", author, author)
    }
    chown(folder, owner, owner)
    do throws(WorkspaceError) {
      try FolderAccount.check(folder, starting: "an engine", account: account)
      return nil
    } catch {
      return error
    }
  }

  @Test("Its owner may, and anybody in a folder that root lends")
  func allowed() throws {
    for author in [nil, other, third] {
      #expect(try refusal(owner: other, author: author, account: other) == nil)
      #expect(try refusal(owner: 0, author: author, account: third) == nil)
    }
  }

  @Test("So may whose the configuration is, whoever owns the folder")
  func author() throws {
    #expect(try refusal(owner: other, author: 0, account: 0) == nil)
    #expect(try refusal(owner: other, author: third, account: third) == nil)
  }

  @Test("Others may not, and are told as whom it is done, or what makes the folder theirs")
  func refused() throws {
    for (author, account): (uid_t?, uid_t) in [(nil, 0), (other, 0), (other, third), (0, third)] {
      let error = try #require(try refusal(owner: other, author: author, account: account))
      #expect(error.status == .usage && error.message.contains("an engine"))
      #expect(error.hint.contains("sudo -u") && error.hint.contains("or give the folder"))
    }
  }

  @Test("A folder that is not there yet is nobody's")
  func missing() throws {
    try FolderAccount.check("/nowhere/\(UUID().uuidString)", starting: "an engine", account: 0)
  }
}
