import SyncStore
import Testing

@testable import Console

@Suite("Short forms of commands")
struct CommandAliasTests {
  private func typed(_ text: String, _ aliases: CommandAliases = CommandAliases()) -> Driver {
    var driver = Driver(options: ConsoleOptions(aliases: aliases))
    driver.press(":")
    driver.type(text)
    driver.press("Enter")
    return driver
  }

  @Test(
    "A view is reached by its name, by that of its tab, and by the beginning of either",
    arguments: [
      ("users", ViewID.users), ("mv", .metaverse), ("pw", .passwords), ("conn", .connectors),
      ("passwords", .passwords), ("rules", .rules), ("ev", .events), ("view m", .metaverse),
      ("us", .users), ("runs", .operations), ("metaverse", .metaverse),
    ])
  func views(_ text: String, _ view: ViewID) {
    let driver = typed(text)
    #expect(driver.state.view == view, "\(driver.screen)")
    #expect(driver.state.overlay == nil)
  }

  @Test(
    "What follows the name of a view narrows it", arguments: ["users /ann", "users ann", "us ann"])
  func narrowed(_ text: String) {
    let driver = typed(text)
    #expect(driver.state.view == .users)
    #expect(driver.state.screen.model.filterText == "ann")
  }

  @Test("The beginning of one command only is that command")
  func beginning() {
    #expect(typed("del").effects == [.file(.cycle(.delta))])
    #expect(typed("rehe delta").effects == [.file(.rehearse(.delta))])
    #expect(typed("q").effects.last == .quit)
    let asking = typed("init")
    #expect(asking.effects.isEmpty)
    #expect(asking.screen.contains("Start an Initial cycle?"))
  }

  @Test("A beginning of several is not guessed: they are named, and nothing is done")
  func ambiguous() {
    let driver = typed("st")
    #expect(driver.screen.contains("\"st\" could be: staging, stop"))
    #expect(driver.effects.isEmpty)
  }

  @Test("Of what is in no list, :why tells why it is nowhere")
  func why() {
    var driver = Driver(columns: 100)
    driver.toolOutput = ToolOutput(lines: ["No directory has an object of that name."], status: 4)
    driver.press(":")
    driver.type("why Ann Nowhere")
    driver.press("Enter")
    #expect(driver.screen.contains("lockstep why 'Ann Nowhere'"))
    #expect(driver.screen.contains("No directory has an object of that name."))
    driver.press("Esc :")
    driver.type("why")
    driver.press("Enter")
    #expect(driver.screen.contains("Why: name an object"))
  }

  @Test("One letter starts nothing", arguments: ["d", "f", "r"])
  func oneLetter(_ text: String) {
    let driver = typed(text)
    #expect(driver.screen.contains("\"\(text)\" is no command; there are:"))
    #expect(driver.effects.isEmpty)
  }

  @Test("A word of one's own stands for a whole line, with what follows it, and is completed")
  func own() {
    var aliases = CommandAliases()
    #expect(aliases.add("late", "users /stale") == nil)
    #expect(aliases.add("try", "rehearse") == nil)
    let late = typed("late", aliases)
    #expect(late.state.view == .users)
    #expect(late.state.screen.model.filterText == "stale")
    #expect(typed("try delta", aliases).effects == [.file(.rehearse(.delta))])
    #expect(TypedCommand.completions("la", late.state) == ["late"])
  }

  @Test("What is typed comes back as it was typed")
  func recalled() {
    var driver = typed("us ann")
    driver.press(": Up")
    #expect(driver.screen.contains(":us ann"))
  }

  @Test("A word that is a command, is none, or stands for none is refused with the reason")
  func refused() {
    var aliases = CommandAliases()
    #expect(aliases.add("stop", "full") == "\"stop\" is a command already")
    #expect(aliases.add("two words", "full") == "an alias is one word")
    #expect(aliases.add("", "full") == "an alias is one word")
    #expect(aliases.add("x", "  ")?.hasPrefix("\"\" is no command") == true)
    #expect(aliases.add("x", "fulll")?.hasPrefix("\"fulll\" is no command; there are: ") == true)
    #expect(aliases == CommandAliases())
  }

  @Test("A word of one's own hides one that came along")
  func hides() {
    var aliases = CommandAliases()
    #expect(aliases.add("mv", "users") == nil)
    #expect(typed("mv", aliases).state.view == .users)
  }
}
