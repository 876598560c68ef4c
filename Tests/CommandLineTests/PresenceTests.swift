import CSystem
import Directory
import Foundation
import ProgramTesting
import Testing
import Workspace

@testable import Console
@testable import lockstep

@Suite("Which consoles are open")
struct PresenceTests {
  /// Another console, played by a shell that holds a lock as one does.
  private func neighbour(in folder: String, note: [String]) throws -> pid_t {
    let log = NSTemporaryDirectory() + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: log) }
    let command = [
      "/bin/sh", "-c",
      """
      cd "$0" && printf %s $$ > $$.lock && exec 9<>$$.lock && flock 9 \
        && printf '%s' "$1" > $$.note && echo ready && exec sleep 600
      """, folder, note.joined(separator: "\n"),
    ]
    let process = try #require(Programs.start(command, log: log))
    #expect(Programs.await("ready", in: log))
    return process
  }

  @Test("Another console is seen with its name, place and time, and no more once it has died")
  func neighbours() throws {
    let folder = NSTemporaryDirectory() + "lockstep-presence-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let presence = ConsolePresence(workspace: folder, person: "ann", isReadOnly: false)
    #expect(presence.others().isEmpty)
    let process = try neighbour(
      in: folder + "/consoles", note: ["bob", "pts/3", "1700000000000", "read-only"])
    let others = presence.others()
    #expect(others.count == 1)
    #expect(others.first?.person == "bob" && others.first?.terminal == "pts/3")
    #expect(others.first?.since.milliseconds == 1_700_000_000_000)
    #expect(others.first?.isReadOnly == true)
    Programs.end(process)
    #expect(presence.others().isEmpty)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder + "/consoles")
    #expect(left.sorted() == ["\(getpid()).lock", "\(getpid()).note"])
    presence.leave()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/consoles").isEmpty)
  }

  @Test("A console is entered through no link, and its note is for its owner only")
  func links() throws {
    let folder = NSTemporaryDirectory() + "lockstep-presence-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let own = folder + "/consoles/\(getpid())"
    try FileManager.default.createDirectory(
      atPath: folder + "/consoles", withIntermediateDirectories: true)
    let other = folder + "/other"
    try "accounts".write(toFile: other, atomically: true, encoding: .utf8)
    for name in [own + ".lock", own + ".note"] {
      try FileManager.default.createSymbolicLink(atPath: name, withDestinationPath: other)
    }
    ConsolePresence(workspace: folder, person: "ann", isReadOnly: true).leave()
    #expect(try String(contentsOfFile: other, encoding: .utf8) == "accounts")
    unlink(own + ".lock")
    let presence = ConsolePresence(workspace: folder, person: "ann", isReadOnly: true)
    let mode =
      try FileManager.default.attributesOfItem(
        atPath: own + ".note")[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try String(contentsOfFile: other, encoding: .utf8) == "accounts")
    presence.leave()
  }

  @Test("A note that says nothing, and a folder that can't be made, are nobody")
  func broken() throws {
    let folder = NSTemporaryDirectory() + "lockstep-presence-" + UUID().uuidString
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let presence = ConsolePresence(workspace: folder, person: "ann", isReadOnly: true)
    let process = try neighbour(in: folder + "/consoles", note: ["only a name"])
    #expect(presence.others().isEmpty)
    Programs.end(process)
    presence.leave()
    let nowhere = ConsolePresence(
      workspace: "/proc/no/such", person: "ann", isReadOnly: false)
    #expect(nowhere.others().isEmpty)
    nowhere.leave()
  }
}
