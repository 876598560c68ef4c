import Testing

@testable import Workspace

@Suite("The workspace's folder")
struct LocationTests {
  private func folder(
    _ explicit: String?, _ environment: [String: String] = ["HOME": "/home/ann"],
    has files: Set<String> = []
  ) -> String {
    WorkspaceLocation.folder(
      explicit: explicit, environment: environment, currentFolder: "/srv/here",
      exists: files.contains)
  }

  @Test("What the command line names comes first")
  func explicit() {
    let environment = ["LOCKSTEP_WORKSPACE": "/env", "HOME": "/home/ann"]
    #expect(folder("/named", environment, has: ["/srv/here/lockstep.toml"]) == "/named")
  }

  @Test("A relative name starts at the current folder")
  func relative() {
    #expect(folder("demo/x/") == "/srv/here/demo/x")
    #expect(folder("./demo") == "/srv/here/demo")
    #expect(folder(".") == "/srv/here")
  }

  @Test("The variable comes before the current folder")
  func variable() {
    let environment = ["LOCKSTEP_WORKSPACE": "/env/ws"]
    #expect(folder(nil, environment, has: ["/srv/here/lockstep.toml"]) == "/env/ws")
  }

  @Test("An empty variable is none")
  func emptyVariable() {
    let environment = ["LOCKSTEP_WORKSPACE": "", "HOME": "/home/ann"]
    #expect(folder(nil, environment) == "/home/ann/.local/share/lockstep")
  }

  @Test("The current folder counts only if it holds a configuration")
  func current() {
    #expect(folder(nil, has: ["/srv/here/lockstep.toml"]) == "/srv/here")
    #expect(folder(nil) == "/home/ann/.local/share/lockstep")
  }

  @Test("XDG_DATA_HOME moves the standard folder, if it is absolute")
  func dataHome() {
    #expect(folder(nil, ["XDG_DATA_HOME": "/data", "HOME": "/h"]) == "/data/lockstep")
    #expect(folder(nil, ["XDG_DATA_HOME": "data", "HOME": "/h"]) == "/h/.local/share/lockstep")
  }

  @Test("A tilde is the home folder")
  func tilde() {
    #expect(folder("~/ws") == "/home/ann/ws")
  }
}
