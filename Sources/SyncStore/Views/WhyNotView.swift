/// Why an object is not in a target, or not as the rules want it there: the first gate on its way
/// that it did not pass.
public struct WhyNot: Hashable, Sendable {
  /// The gates, in the order of the way.
  public enum Gate: String, CaseIterable, Sendable {
    /// No connector has ever shown it.
    case notImported = "not-imported"
    /// An import met it and could not read it.
    case discoveryError = "discovery-error"
    /// Its directory does not hold it any more.
    case deleted
    /// What its directory says awaits a synchronization.
    case notSynchronized = "not-synchronized"
    /// Its synchronization failed.
    case synchronizationError = "synchronization-error"
    /// No inbound rule is for objects of its type.
    case noInboundRule = "no-inbound-rule"
    /// The scope of every inbound rule for its type leaves it out.
    case outOfScope = "out-of-scope"
    /// Rules are for it, but none finds its metaverse object and none makes one.
    case notConnected = "not-connected"
    /// No outbound rule is for metaverse objects of its type.
    case noOutboundRule = "no-outbound-rule"
    /// The scope of every outbound rule for its type leaves it out.
    case outOfOutboundScope = "out-of-outbound-scope"
    /// Outbound rules are for it, but none makes it in the target.
    case notProvisioned = "not-provisioned"
    /// A JoinNoFlow rule keeps all from the target.
    case withheld
    /// The target is to delete it, and the delete is held for a person's word.
    case heldDelete = "held-delete"
    /// It is to be made or changed, and that is held for a person's word.
    case heldChange = "held-change"
    /// The target is to delete it.
    case toBeDeleted = "to-be-deleted"
    /// The target refused it.
    case exportError = "export-error"
    /// It was sent, and no answer came.
    case unknownOutcome = "unknown-outcome"
    /// It was sent and taken, and no import has shown it yet.
    case unconfirmed
    /// It was sent and taken, and the target shows something else.
    case rewritten
    /// It waits to be sent.
    case pendingExport = "pending-export"
    /// Nothing stops it: the target shows what the rules want.
    case arrived
  }

  /// The object in words.
  public var subject: String
  /// The connector-space object that the reasoning began at, if there is one.
  public var object: Int64?
  /// The target; empty if the object did not come so far that a target matters.
  public var target: String
  /// The gate.
  public var gate: Gate
  /// What stopped it, in one sentence.
  public var sentence: String
  /// The evidence, a line each: rules with clauses and values, errors, results of steps.
  public var evidence: [String]
  /// What to do next; empty if there is nothing to do.
  public var hint: String
  /// The gates that it passed, a line each.
  public var passed: [String]

  /// A finding of these parts.
  public init(
    subject: String, object: Int64?, target: String = "", gate: Gate, sentence: String,
    evidence: [String] = [], hint: String = "", passed: [String] = []
  ) {
    self.subject = subject
    self.object = object
    self.target = target
    self.gate = gate
    self.sentence = sentence
    self.evidence = evidence
    self.hint = hint
    self.passed = passed
  }
}
