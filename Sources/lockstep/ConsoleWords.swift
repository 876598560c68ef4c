import ArgumentParser
import Synchronization
import Terminal
import Workspace

/// The options of the console among the words of one call.
///
/// The parser takes them wherever they stand, also for a command that knows nothing of them: what was
/// meant to change nothing would change something then.
final class ConsoleWords: Sendable {
  /// What hears the options of the call that is parsed now.
  @TaskLocal static var heard: ConsoleWords?

  private let words = Mutex<[String: String]>([:])

  /// The command that `arguments` spell.
  ///
  /// - Throws: ``WorkspaceError`` for an option of the console that the command does not have; what the
  ///   parser throws.
  static func parse(_ arguments: [String]) throws -> any ParsableCommand {
    let heard = ConsoleWords()
    let command = try $heard.withValue(heard) { try Lockstep.parseAsRoot(arguments) }
    try heard.check(command)
    return command
  }

  /// Notes what is other than usual.
  func note(_ console: ConsoleCommandOptions, _ arrange: ArrangeOptions) {
    var found: [String: String] = [:]
    if console.theme != nil { found["_theme"] = "--theme" }
    if console.view != nil { found["_view"] = "--view" }
    if console.run != nil { found["_run"] = "--run" }
    if console.readOnly { found["_readOnly"] = "--read-only" }
    if console.color != .automatic { found["_color"] = "--color" }
    if console.ascii { found["_ascii"] = "--ascii" }
    if console.plain { found["_plain"] = "--plain" }
    if console.keys { found["_keys"] = "--keys" }
    if console.markdown { found["_markdown"] = "--markdown" }
    if console.mouse { found["_mouse"] = "--mouse" }
    if !arrange.filter.isEmpty { found["_filter"] = "--filter" }
    if arrange.sort != nil { found["_sort"] = "--sort" }
    let all = found
    words.withLock { $0 = all }
  }

  private func check(_ command: any ParsableCommand) throws(WorkspaceError) {
    // Help is asked for with whatever else stands there.
    guard !(command is Lockstep), !String(describing: type(of: command)).contains("HelpCommand")
    else { return }
    let own = Self.options(of: command)
    let foreign = words.withLock { $0 }.filter { !own.contains($0.key) }.values.sorted()
    guard let first = foreign.first else { return }
    let name = type(of: command).configuration.commandName ?? "\(type(of: command))"
    throw WorkspaceError(
      .usage, message: "'\(name)' does not have \(first), which is an option of the console",
      hint: first == "--read-only"
        ? "Nothing was done. 'lockstep --read-only' opens a console that changes nothing"
        : "Nothing was done. Leave it out; 'lockstep \(first) …' opens the console")
  }

  /// The names under which a command keeps its options, with those of its groups.
  private static func options(of value: Any, depth: Int = 0) -> Set<String> {
    guard depth < 8 else { return [] }
    var names: Set<String> = []
    for child in Mirror(reflecting: value).children {
      if let label = child.label, label.hasPrefix("_") { names.insert(label) }
      names.formUnion(options(of: child.value, depth: depth + 1))
    }
    return names
  }
}
