import Cells
import Testing

@testable import Console

@Suite("Keys that a person chose")
struct KeyBindingTests {
  private func bound(_ pairs: [(String, [String])]) -> KeyBindings {
    var bindings = KeyBindings()
    for (action, names) in pairs { #expect(bindings.bind(action, to: names) == nil, "\(action)") }
    return bindings
  }

  @Test("The usual keys tell all actions apart")
  func usual() {
    #expect(KeyBindings().conflict == nil)
  }

  @Test("Each action can be given a key that nothing has, and only that one changes")
  func each() throws {
    for action in Action.all {
      let bindings = bound([(action.name, ["C-M-F60"])])
      #expect(bindings.conflict == nil, "\(action.name)")
      for (before, after) in zip(Action.all, bindings.actions) {
        let key = try #require(Key(name: "C-M-F60"))
        #expect(after.keys == (before.name == action.name ? [key] : before.keys))
        #expect(after.name == before.name && after.scopes == before.scopes)
      }
    }
  }

  @Test("A key that another action has in the same place is told, whichever of them took it")
  func conflicts() throws {
    for action in Action.all {
      guard let key = action.keys.first else { continue }
      for other in Action.all where other.name != action.name {
        let bindings = bound([(other.name, [key.name])])
        let meet =
          action.scopes.isEmpty && other.scopes.isEmpty
          || !action.scopes.isDisjoint(with: other.scopes)
        guard meet else { continue }
        let conflict = try #require(
          bindings.conflict, "\(other.name) took \(key.name) of \(action.name)")
        #expect(
          conflict.action == other.name && conflict.reason.contains("\"\(key.name)\"")
            || conflict.reason.contains(key.name + " is the key of"))
      }
    }
  }

  @Test("Two actions may change their keys with each other")
  func exchange() throws {
    // What leaves to the shell has a key that no other can have.
    let general = Action.all.filter {
      $0.scopes.isEmpty && !$0.keys.isEmpty && $0.id != .suspend
    }
    let (one, other) = (try #require(general.first), try #require(general.last))
    #expect(one.name != other.name)
    let bindings = bound([(one.name, other.keys.map(\.name)), (other.name, one.keys.map(\.name))])
    #expect(bindings.conflict == nil)
    let half = bound([(one.name, other.keys.map(\.name))])
    #expect(half.conflict?.action == one.name)
  }

  @Test("What can't be bound says why, and changes nothing")
  func refused() {
    for (action, names, reason) in [
      ("nothing", ["x"], "there is no action \"nothing\""), ("", ["x"], "there is no action"),
      ("full", [], "needs a key"), ("full", ["Hyper-x"], "\"Hyper-x\" is no key"),
      ("full", ["F5", ""], "\"\" is no key"), ("FULL", ["x"], "there is no action"),
    ] as [(String, [String], String)] {
      var bindings = KeyBindings()
      #expect(bindings.bind(action, to: names)?.contains(reason) == true, "\(action) \(names)")
      #expect(bindings == KeyBindings())
    }
  }

  @Test("Help has a line for each action with the keys that it has now")
  func table() {
    let bindings = bound([("full", ["F5", "C-f"]), ("view.users", ["F9"])])
    // Some names stand for an action of each of several places.
    #expect(bindings.table.count == Action.all.count)
    for (action, row) in zip(Action.all, bindings.table) {
      #expect(row.name == action.name)
      if row.name == "full" { #expect(row.keys == "F5 C-f") }
      if row.name == "view.users" { #expect(row.keys == "F9") }
      #expect(!row.help.isEmpty && (row.place == "everywhere") == action.scopes.isEmpty)
      #expect(row.help.hasSuffix("(asks first)") == action.isDangerous)
    }
    #expect(bindings.markdown.count == Action.all.count + 2)
    #expect(bindings.markdown.allSatisfy { $0.hasPrefix("|") && $0.hasSuffix("|") })
  }
}

@Suite("Short words for commands")
struct AliasModelTests {
  @Test("Each command and each view is itself, whatever follows it")
  func commands() {
    let aliases = CommandAliases()
    for name in TypedCommand.names {
      #expect(aliases.meaning(of: name) == .line(name))
      #expect(aliases.meaning(of: name + " a  b") == .line(name + " a  b"))
    }
    for view in ViewID.allCases where view != .passwords {
      #expect(aliases.meaning(of: view.rawValue) == .line("view " + view.rawValue))
    }
  }

  @Test("A beginning means what all commands that begin so mean, or is not guessed")
  func beginnings() {
    let aliases = CommandAliases()
    for name in TypedCommand.names {
      for length in 2...max(2, name.count) {
        let word = String(name.prefix(length))
        switch aliases.meaning(of: word + " x") {
        case .line(let line):
          // Nothing that begins otherwise is ever meant, but by a word of its own.
          let isOwn = TypedCommand.names.contains(word) || aliases.meaning(of: word) != .line(word)
          #expect(line.hasPrefix(word) || isOwn, "\(word): \(line)")
          #expect(line.hasSuffix(" x"))
        case .ambiguous(let list):
          #expect(list.count > 1 && list.contains(name) && list.allSatisfy { $0.hasPrefix(word) })
        }
      }
    }
    // One letter starts nothing.
    for letter in "abcdefghijklmnoprstuvwxyz" {
      #expect(aliases.meaning(of: String(letter)) == .line(String(letter)))
    }
  }

  @Test("A person's own word stands for a line, and may begin with a word that came along")
  func own() {
    var aliases = CommandAliases()
    #expect(aliases.add("go", "goto CN=Ann") == nil)
    #expect(aliases.add("bad", "users /error") == nil)
    #expect(aliases.add("hist", "history") == nil)
    #expect(aliases.meaning(of: "go") == .line("goto CN=Ann"))
    #expect(aliases.meaning(of: "go x y") == .line("goto CN=Ann x y"))
    #expect(aliases.meaning(of: "bad") == .line("view users /error"))
    #expect(aliases.meaning(of: "hist") == .line("view operations"))
    #expect(aliases.names == ["bad", "go", "hist"])
  }

  @Test(
    "What can be no alias says why",
    arguments: [
      ("", "full", "one word"), ("a b", "full", "one word"), ("a\tb", "full", "one word"),
      ("full", "delta", "command already"), ("x", "", "is no command"),
      ("x", "nothing here", "is no command"),
      ("x", "x", "is no command"),
    ])
  func refused(name: String, text: String, reason: String) {
    var aliases = CommandAliases()
    #expect(aliases.add(name, text)?.contains(reason) == true)
    #expect(aliases == CommandAliases())
  }
}
