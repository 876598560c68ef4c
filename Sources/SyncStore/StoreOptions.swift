/// How a store is opened; every program takes the standard, a simulation may do without the disk
/// and end an engine at any commit.
public struct StoreOptions: Sendable {
  /// What a transaction waits for before it returns.
  public enum Durability: Sendable {
    /// That the disk has it.
    case full
    /// Nothing: a crash of the machine may lose it, and damage the store. Reads take no
    /// transaction, either, which costs more than most of them.
    case none
  }

  /// A moment of a transaction that writes.
  public enum CommitMoment: Sendable {
    /// All has been written, nothing is committed.
    case before
    /// It is committed.
    case after
  }

  /// What a transaction waits for.
  public var durability = Durability.full
  /// Called before and after each commit; what it throws ends the transaction there, with nothing
  /// stored if it was before.
  public var onCommit: (@Sendable (CommitMoment) throws -> Void)?

  /// How long the journal may get.
  var journal = JournalKeeper.Limits.standard

  /// The standard: full durability, nobody watches.
  public init() {}
}
