import ArgumentParser
import Testing

@testable import lockstep

@Suite("The words of a command that the console runs")
struct ToolRunnerTests {
  @Test("The workspace stands before what is no option whatever it looks like")
  func words() {
    #expect(
      ToolRunner.words(["why", "--", "-x"], in: "/w") == ["why", "--workspace", "/w", "--", "-x"])
    #expect(ToolRunner.words(["check"], in: "/w") == ["check", "--workspace", "/w"])
  }

  @Test("A name that begins as an option does is read as a name, with the workspace before it")
  func parsed() throws {
    let words = ToolRunner.words(["why", "--", "-x"], in: "/w")
    let command = try #require(try Lockstep.parseAsRoot(words) as? WhyCommand)
    #expect(command.object == "-x")
    #expect(command.options.place.workspace == "/w")
  }
}
