import Configuration
import Foundation
import Testing

@testable import Workspace
@testable import lockstep

@Suite("The paths in a systemd unit")
struct UnitPathTests {
  private func inFolder(_ work: (_ folder: String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "lockstep-unit-" + UUID().uuidString
    try FileManager.default.createDirectory(
      atPath: folder + "/data/deep", withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try work(SystemdUnit.real(folder))
  }

  @Test("are those that links and steps upwards lead to, also of what is not there yet")
  func real() throws {
    try inFolder { folder in
      #expect(SystemdUnit.real(folder + "/data/../data/deep") == folder + "/data/deep")
      #expect(SystemdUnit.real(folder + "/data/none/../new") == folder + "/data/new")
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: "data/deep")
      #expect(SystemdUnit.real(folder + "/link/new") == folder + "/data/deep/new")
      #expect(SystemdUnit.real("/") == "/")
    }
  }

  @Test("include the folders that the store's and the tenant's files are really in")
  func folders() throws {
    try inFolder { folder in
      let workspace = folder + "/data"
      try FileManager.default.createDirectory(
        atPath: folder + "/disk", withIntermediateDirectories: true)
      try Data().write(to: URL(fileURLWithPath: folder + "/disk/store.sqlite"))
      try FileManager.default.createSymbolicLink(
        atPath: workspace + "/store.sqlite", withDestinationPath: folder + "/disk/store.sqlite")
      let text = """
        [store]
        file = "store.sqlite"
        [tenant]
        database = "../other/tenant.sqlite"
        token_file = "tenant.token"
        [[connector]]
        name = "a"
        type = "ldif"
        role = "source"
        content = "directory"
        [[connector]]
        name = "b"
        type = "scim"
        role = "target"
        url = "embedded"
        """
      let settings = try WorkspaceSettings(
        try TOMLTable.parse(text, file: "lockstep.toml"), folder: workspace)
      #expect(
        SystemdUnit.folders(of: settings, besides: workspace)
          == [folder + "/disk", folder + "/other"])
    }
  }

  @Test("A failure is tried again a few times, and not for ever")
  func restarts() {
    let text = SystemdUnit(program: "/opt/l/lockstepd", workspace: "/srv/a", user: "sync").text
    let head = text.prefix(while: { $0 != "[" }) + text.split(separator: "[Service]")[0]
    #expect(head.contains("StartLimitBurst=20") && head.contains("StartLimitIntervalSec=1h"))
    #expect(text.contains("RestartPreventExitStatus=2\n"))
  }

  @Test("What the unit's engine will not find is told: variables, and files below /tmp")
  func notes() throws {
    let table = try TOMLTable.parse(
      """
      [store]
      file = "/tmp/store.sqlite"
      [[connector]]
      token_environment = "CLOUD_TOKEN"
      name = "tmp"
      """, file: "lockstep.toml")
    let notes = UnitNotes.of(table, in: "/srv/a")
    #expect(notes.count == 2)
    #expect(notes[0].hasPrefix("lockstep.toml:2:8: /tmp/store.sqlite is below /tmp"))
    #expect(notes[1].contains("CLOUD_TOKEN") && notes[1].contains("EnvironmentFile="))
    #expect(UnitNotes.of(table, in: "/tmp/a").count == 3)
    #expect(UnitNotes.of(table, in: "/tmpfs/a").count == 2)
  }
}
