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
