import ArgumentParser
import Testing

@testable import Workspace
@testable import lockstep

@Suite("Options of the console with a command that has none of them")
struct ConsoleWordTests {
  @Test(
    "They are refused, wherever they stand",
    arguments: [
      (["--read-only", "staging", "on"], "--read-only"),
      (["staging", "--read-only", "off"], "--read-only"),
      (["delta", "--read-only"], "--read-only"),
      (["service", "stop", "--read-only"], "--read-only"),
      (["activity", "--filter", "zzzz"], "--filter"), (["activity", "--sort", "x"], "--sort"),
      (["--filter", "a", "delta"], "--filter"), (["history", "--theme", "dark"], "--theme"),
      (["history", "--view", "users"], "--view"), (["errors", "--mouse"], "--mouse"),
      (["users", "--plain"], "--plain"), (["users", "--color", "never"], "--color"),
      (["users", "--ascii"], "--ascii"), (["users", "--keys"], "--keys"),
      (["users", "--markdown"], "--markdown"), (["users", "--run", "17"], "--run"),
      (["health", "--filter", "x"], "--filter"),
    ])
  func refused(arguments: [String], option: String) {
    let error = #expect(throws: WorkspaceError.self, "\(arguments)") {
      _ = try ConsoleWords.parse(arguments)
    }
    #expect(error?.status == .usage)
    #expect(
      error?.message.contains("does not have \(option), which is an option of the console") == true)
    #expect(error?.hint.hasPrefix("Nothing was done.") == true)
  }

  @Test(
    "A list that can be narrowed is, wherever that stands",
    arguments: [
      ["users", "--filter", "x", "--sort", "name"], ["--filter", "x", "users"],
      ["objects", "tenant", "--filter", "x"], ["metaverse", "--filter", "x"],
      ["password-sync", "list", "--filter", "x"], ["rules", "list", "--sort", "name"],
      ["history", "--filter", "x"], ["errors", "--filter", "x"],
      ["held", "--group", "g1", "--filter", "x"],
    ])
  func narrowed(arguments: [String]) throws {
    #expect(!(try ConsoleWords.parse(arguments) is Lockstep))
  }

  @Test("The console itself takes them, and commands without them are as they were")
  func console() throws {
    let root = try #require(
      try ConsoleWords.parse(["--read-only", "--filter", "x", "--view", "users"]) as? Lockstep)
    #expect(root.console.readOnly && root.arrange.filter == "x")
    #expect(try ConsoleWords.parse(["staging", "on"]) is StagingCommand)
    #expect(try ConsoleWords.parse(["delta", "--workspace", "/ws"]) is DeltaCommand)
    #expect(throws: (any Error).self) { try ConsoleWords.parse(["--nonsense"]) }
  }
}
