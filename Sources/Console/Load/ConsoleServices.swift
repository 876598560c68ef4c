public import SyncStore

/// What the console reads: what it follows, and what it asks now and then.
public typealias ConsoleStore = StoreReading & StoreInquiry & StoreLists & StorePasswords

/// What the console needs beside the store, given by the program that it runs in.
///
/// All of it is called off the path of the keys, and may take its time.
public struct ConsoleServices: Sendable {
  /// Starts an engine that outlives the console; throws if it could not.
  public var startEngine: @Sendable () throws -> Void
  /// Says why an object is not in the targets.
  public var explain: @Sendable (Int64, any StoreReading) throws -> [WhyNot]
  /// Runs a command of the command line on this workspace, and tells what it said; ends it when
  /// nobody waits any more.
  public var tool: @Sendable ([String], Cancellation) throws -> ToolOutput
  /// The rules, the strongest of each direction first.
  public var rules: @Sendable () throws -> [RuleItem]
  /// The other consoles that are open on this workspace.
  public var others: @Sendable () -> [OtherConsole]

  /// Services of these kinds; what is left out does nothing and knows nothing.
  public init(
    startEngine: @escaping @Sendable () throws -> Void = {},
    explain: @escaping @Sendable (Int64, any StoreReading) throws -> [WhyNot] = { _, _ in [] },
    tool: @escaping @Sendable ([String], Cancellation) throws -> ToolOutput = { _, _ in
      ToolOutput(lines: [], status: 0)
    }, rules: @escaping @Sendable () throws -> [RuleItem] = { [] },
    others: @escaping @Sendable () -> [OtherConsole] = { [] }
  ) {
    self.startEngine = startEngine
    self.explain = explain
    self.tool = tool
    self.rules = rules
    self.others = others
  }
}
