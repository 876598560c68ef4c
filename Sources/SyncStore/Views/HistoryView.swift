public import Directory

/// What one step did to one object, or what went wrong with it there.
public struct ObjectHistoryRow: Hashable, Sendable {
  /// The step.
  public var stepID: Int64
  /// When the step began; for an error, when it was met.
  public var time: Timestamp
  /// The step's connector.
  public var connector: String
  /// What the step was.
  public var type: StepType
  /// The counter that counted the object; empty for an error.
  public var counter: String
  /// What changed.
  public var changes: [AttributeDelta]
  /// The run.
  public var runID: Int64 = 0
  /// The cycle, or nil for a single run.
  public var cycleID: Int64?
  /// The connector-space object.
  public var objectID: Int64 = 0
  /// The connector whose object it is, which is not the step's for what flowed out.
  public var space: String = ""
  /// The object's name then.
  public var dn: String = ""
  /// What happened in words: `projected to a new metaverse object`.
  public var summary: String = ""
  /// The rule that linked the object, or empty.
  public var rule: String = ""
  /// Why, where no rule says it: the scope that the object left; or empty.
  public var reason: String = ""
  /// The metaverse object that it was linked to or taken from, where the step did that.
  public var metaverseID: Int64?
  /// The error, if the line tells of one.
  public var error: ErrorRow?
}
