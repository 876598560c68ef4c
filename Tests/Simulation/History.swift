/// A whole history: how the world is set up, and what happens in it.
public struct History: Sendable {
  /// How the directories, the engine and the rules are set up.
  public struct Setup: Hashable, Sendable {
    /// Rules that are in force one after the other; an event chooses among them.
    public var models = [RuleModel()]
    /// Whether "ad" refers by anchor; it may then hide objects that others refer to.
    public var adRefersByAnchor = false
    /// Whether people of "hr" may get names that others had: who is who there is then told by what
    /// happened alone, so nothing in the history has "hr" read as a whole again.
    public var hrSharesNames = false
    /// Whether "ad" tells all below a container that got another name, and not that alone.
    public var adRetellsBelow = false
    /// Whether "ad" tells what changed.
    public var adKnowsDeltas = true
    /// Whether "hr" tells what changed.
    public var hrKnowsDeltas = true
    /// Whether rules of a source that is taken out of the configuration stay in the rules file.
    public var keepsRulesOfRetired = true
    /// Objects a page of an import.
    public var page = 3
    /// Objects a transaction of a synchronization.
    public var batch = 4
    /// Objects a request of an export.
    public var exportBatch = 4
    /// Deletes that go out in one run without a person's word.
    public var threshold = 3

    /// The plainest setup.
    public init() {}
  }

  /// The seed that it was made from.
  public var seed: Int
  /// The setup.
  public var setup: Setup
  /// What happens, in order.
  public var events: [Event]

  /// A history of these parts.
  public init(seed: Int, setup: Setup, events: [Event]) {
    self.seed = seed
    self.setup = setup
    self.events = events
  }

  /// The history that `seed` tells, of `length` events.
  public init(seed: Int, length: Int = 36) {
    var maker = HistoryMaker(seed: seed)
    self = maker.make(length)
  }
}
