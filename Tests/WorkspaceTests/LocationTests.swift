import Foundation
import Testing

@testable import Workspace

@Suite("The workspace's folder")
struct LocationTests {
  private func folder(
    _ explicit: String?, _ environment: [String: String] = ["HOME": "/home/ann"],
    has files: Set<String> = [], trusts: Bool = true
  ) throws -> String {
    try WorkspaceLocation.folder(
      explicit: explicit, environment: environment, currentFolder: "/srv/here",
      exists: files.contains, isTrusted: { _ in trusts })
  }

  @Test("A configuration that may be anybody's is obeyed only where the folder was named")
  func others() throws {
    let files: Set<String> = ["/srv/here/lockstep.toml"]
    let error = #expect(throws: WorkspaceError.self) {
      try folder(nil, has: files, trusts: false)
    }
    #expect(error?.message.contains("/srv/here/lockstep.toml") == true)
    #expect(error?.hint.contains("--workspace .") == true)
    #expect(try folder(".", has: files, trusts: false) == "/srv/here")
    let environment = ["LOCKSTEP_WORKSPACE": "/srv/here", "HOME": "/home/ann"]
    #expect(try folder(nil, environment, has: files, trusts: false) == "/srv/here")
  }

  @Test("A file is trusted that only its owner writes, this account or root")
  func trusted() throws {
    let folder = NSTemporaryDirectory() + "trusted-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = folder + "/lockstep.toml"
    try "".write(toFile: file, atomically: true, encoding: .utf8)
    for (mode, isTrusted) in [(0o600, true), (0o644, true), (0o664, false), (0o646, false)] {
      chmod(file, mode_t(mode))
      #expect(WorkspaceLocation.isTrusted(file) == isTrusted)
    }
    chmod(file, 0o600)
    // Only root can give a file away.
    guard geteuid() == 0 else { return }
    chown(file, 65_534, 65_534)
    #expect(!WorkspaceLocation.isTrusted(file))
    let link = folder + "/link"
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: "/etc/hostname")
    #expect(WorkspaceLocation.isTrusted(link))
    lchown(link, 65_534, 65_534)
    #expect(!WorkspaceLocation.isTrusted(link))
  }

  @Test("What is below the workspace is written as from there")
  func fromThere() {
    func written(_ path: String) -> String { WorkspaceLocation.relative(path, to: "/srv/a/") }
    #expect(written("/srv/a/people.ldif") == "people.ldif")
    #expect(written("/srv//a/./data/x") == "data/x")
    #expect(written("/srv/ab/x") == "/srv/ab/x" && written("/srv/a") == "/srv/a")
    #expect(written("/srv/a/../b") == "/srv/a/../b" && written("/srv/a/~/x") == "/srv/a/~/x")
  }

  @Test("What the command line names comes first")
  func explicit() throws {
    let environment = ["LOCKSTEP_WORKSPACE": "/env", "HOME": "/home/ann"]
    #expect(try folder("/named", environment, has: ["/srv/here/lockstep.toml"]) == "/named")
  }

  @Test("A relative name starts at the current folder")
  func relative() throws {
    #expect(try folder("demo/x/") == "/srv/here/demo/x")
    #expect(try folder("./demo") == "/srv/here/demo")
    #expect(try folder(".") == "/srv/here")
  }

  @Test("The variable comes before the current folder")
  func variable() throws {
    let environment = ["LOCKSTEP_WORKSPACE": "/env/ws"]
    #expect(try folder(nil, environment, has: ["/srv/here/lockstep.toml"]) == "/env/ws")
  }

  @Test("An empty variable is none")
  func emptyVariable() throws {
    let environment = ["LOCKSTEP_WORKSPACE": "", "HOME": "/home/ann"]
    #expect(try folder(nil, environment) == "/home/ann/.local/share/lockstep")
  }

  @Test("The current folder counts only if it holds a configuration")
  func current() throws {
    #expect(try folder(nil, has: ["/srv/here/lockstep.toml"]) == "/srv/here")
    #expect(try folder(nil) == "/home/ann/.local/share/lockstep")
  }

  @Test("XDG_DATA_HOME moves the standard folder, if it is absolute")
  func dataHome() throws {
    #expect(try folder(nil, ["XDG_DATA_HOME": "/data", "HOME": "/h"]) == "/data/lockstep")
    #expect(try folder(nil, ["XDG_DATA_HOME": "data", "HOME": "/h"]) == "/h/.local/share/lockstep")
  }

  @Test("A tilde is the home folder")
  func tilde() throws {
    #expect(try folder("~/ws") == "/home/ann/ws")
  }
}
