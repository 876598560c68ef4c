public import Directory

/// The five things that a run profile can do ([MS-UPSDBDAP] §2.2.6.2.2).
public enum StepType: String, CaseIterable, Sendable {
  case fullImport = "full-import"
  case deltaImport = "delta-import"
  case fullSynchronization = "full-synchronization"
  case deltaSynchronization = "delta-synchronization"
  case export = "export"

  /// The name of the run profile that does just this, as Entra Connect names it.
  public var profileName: String {
    switch self {
    case .fullImport: "Full Import"
    case .deltaImport: "Delta Import"
    case .fullSynchronization: "Full Synchronization"
    case .deltaSynchronization: "Delta Synchronization"
    case .export: "Export"
    }
  }
}

/// How thorough a cycle is; what is due in full on a connector is done so by either.
public enum CyclePolicy: String, CaseIterable, Sendable {
  case initial = "Initial"
  case delta = "Delta"
}

/// How bad the result of a step, a run or a cycle is; worse is greater.
public enum ResultSeverity: Int, Comparable, Sendable {
  case success, running, warning, error, stopped

  /// Whether `a` is milder than `b`.
  public static func < (a: ResultSeverity, b: ResultSeverity) -> Bool { a.rawValue < b.rawValue }

  /// The severity of the MIIS result string `result`; an empty one means that the step runs.
  public init(result: String) {
    if result.isEmpty || result == "in-progress" {
      self = .running
    } else if result == "success" {
      self = .success
    } else if result.hasPrefix("completed-") {
      self = result.hasSuffix("-errors") ? .error : .warning
    } else {
      self = .stopped
    }
  }
}

/// One row of the Operations view: one step of one run.
public struct OperationRow: Hashable, Sendable, Identifiable {
  /// The step's number in the store; greater is younger.
  public var id: Int64
  /// The run that the step belongs to.
  public var runID: Int64
  /// The cycle that the run belongs to, or nil for a single run.
  public var cycleID: Int64?
  /// The cycle's policy, or nil for a single run.
  public var policy: CyclePolicy?
  /// Who or what asked for it: `schedule`, `console ann`, `command line root`.
  public var requestedBy: String
  /// Why the cycle is what it is: "first cycle of this store"; often empty.
  public var reason: String
  /// The connector's number.
  public var connectorID: Int64
  /// The connector's name.
  public var connector: String
  /// What the step does.
  public var type: StepType
  /// The result as MIIS names it; `in-progress` while it runs.
  public var result: String
  /// When it began.
  public var started: Timestamp
  /// When it ended, or nil while it runs.
  public var ended: Timestamp?
  /// How many objects it added, by the counters of its kind.
  public var adds: Int
  /// How many it updated, renames included.
  public var updates: Int
  /// How many it deleted.
  public var deletes: Int
  /// How many errors it has.
  public var errors: Int
  /// Whether the objects that it counted are beyond the age limit of the history, and gone.
  public var isThinned = false
  /// Whether it was only rehearsed: nothing of it was sent or kept but this record.
  public var isRehearsal = false
  /// When it last said how far it had come; nil if it never did.
  public var lastSeen: Timestamp?

  /// How bad the result is.
  public var severity: ResultSeverity { ResultSeverity(result: result) }
}

/// What the Operations view is narrowed to.
public struct OperationFilter: Hashable, Sendable {
  /// Only this connector.
  public var connector: String?
  /// Only this kind of step.
  public var type: StepType?
  /// Only rows with this severity or a worse one.
  public var atLeast: ResultSeverity?
  /// Only what began at this moment or later.
  public var since: Timestamp?
  /// Only what began at this moment or earlier.
  public var until: Timestamp?
  /// Only rows that do not have one of these texts in them.
  public var without: [String] = []
  /// Only rows whose connector, profile, result or requester has this text in it.
  public var text: String = ""
  /// No narrowing.
  public init() {}
}

/// The block of the statistics that a counter stands in, as Synchronization Service Manager
/// groups them.
public enum CounterGroup: Hashable, Sendable {
  case discovery
  case staging
  case inbound
  /// Outbound synchronization to the connector of this name.
  case outbound(String)
  case export
  /// What a target holds against what the rules want.
  case drift

  /// The block's heading.
  public var title: String {
    switch self {
    case .discovery: "Discovery"
    case .staging: "Staging"
    case .inbound: "Inbound Synchronization"
    case .outbound(let connector): "Outbound Synchronization | " + connector
    case .export: "Export Statistics"
    case .drift: "Drift"
    }
  }
}

/// One counter of a step.
public struct CounterRow: Hashable, Sendable {
  /// The block that it stands in.
  public var group: CounterGroup
  /// The counter's element name in MIIS's run history: `stage-add`.
  public var name: String
  /// The words that Synchronization Service Manager shows: `Adds`.
  public var title: String
  /// How many objects.
  public var count: Int
  /// Whether the objects can be listed.
  public var hasDetail: Bool
}

/// An object that a step counted, as it was then.
public struct StepChangeRow: Hashable, Sendable, Identifiable {
  /// The row's number in the store.
  public var id: Int64
  /// The connector-space object, if it still exists or existed.
  public var objectID: Int64
  /// The object's name at that time.
  public var dn: String
  /// What a person calls it.
  public var display: String
  /// The object's type.
  public var objectType: String
  /// The connector space that it belongs to.
  public var connector: String
  /// Why, in words for a person, where no rule says it; often empty.
  public var reason = ""
}

/// What happened to one attribute of one object in one step.
public struct AttributeDelta: Hashable, Sendable {
  /// The attribute.
  public var name: String
  /// The values before, in the order of their text.
  public var before: [AttributeValue]
  /// The values after.
  public var after: [AttributeValue]
  /// Why: the rule, or empty for an import.
  public var rule: String
  /// A delta of these parts.
  public init(name: String, before: [AttributeValue], after: [AttributeValue], rule: String = "") {
    self.name = name
    self.before = before
    self.after = after
    self.rule = rule
  }

  /// Whether only the values that came and went are told, as steps do of references: how many others
  /// there were is not known.
  public var tellsChangesOnly: Bool {
    (before + after).contains { if case .reference = $0 { true } else { false } }
  }
}

/// One error of a step, as the step saw it.
public struct ErrorRow: Hashable, Sendable, Identifiable {
  /// Which stage an error comes from.
  public enum Stage: String, Sendable {
    case discovery, synchronization, export
  }
  /// The error's number in the store.
  public var id: Int64
  /// The step that met it.
  public var stepID: Int64
  /// The object, or nil for one that could not be staged.
  public var objectID: Int64?
  /// The connector whose object it is.
  public var connector: String
  /// The stage that met it.
  public var stage: Stage
  /// The type as MIIS or Entra Connect names it.
  public var type: String
  /// The object's name then.
  public var dn: String
  /// The attribute to blame, or empty.
  public var attribute: String
  /// Its value, or empty.
  public var value: String
  /// The server's or system's own words, or the engine's where no server spoke.
  public var message: String
  /// The server's own code, or empty.
  public var code: String
  /// Where it was read: `people.ldif:120`; or empty.
  public var location: String
  /// What to do next.
  public var hint: String
  /// The other object of a conflict, in the same connector space.
  public var otherObjectID: Int64?
  /// When this object first had this error.
  public var firstOccurred: Timestamp
  /// When this step met it.
  public var occurred: Timestamp
  /// How often it had been tried again by then.
  public var retries: Int
  /// What a person called the object then; empty if that is not known.
  public var display: String = ""
  /// The name of the rule that was at work, or empty.
  public var rule: String = ""
  /// The text of the expression that failed, or empty.
  public var expression: String = ""
  /// The column of the expression where it failed, from 1, if that is known.
  public var column: Int?
  /// The name of the other object of a conflict, or empty.
  public var otherDN: String = ""
  /// What people call that other object, or empty.
  public var otherDisplay: String = ""

  /// How often it was met: the first time, and with each retry.
  public var count: Int { retries + 1 }

  /// The other object in the words that say most to a person; empty if there is none.
  public var otherSubject: String {
    guard let id = otherObjectID else { return "" }
    if otherDN.isEmpty { return "object \(id), which is gone" }
    return otherDisplay.isEmpty || otherDN.contains(otherDisplay)
      ? otherDN : otherDisplay + " (" + otherDN + ")"
  }

  /// The object in the words that say most to a person: its DN, but what it is called where the DN
  /// is only the `CN={HEX}` of a source anchor, and the place where it was read if it has neither.
  public var subject: String {
    if dn.hasPrefix("CN={") && !display.isEmpty { return display }
    return dn.isEmpty ? location : dn
  }
}

/// A step that runs now.
public struct RunProgress: Hashable, Sendable {
  /// The step.
  public var step: OperationRow
  /// What it is doing: "staging", "exporting", "no answer for 40 s, try 2 of 6", "stopping".
  public var phase: String
  /// How many objects it has done.
  public var done: Int
  /// How many there are in all, or nil if that is not known.
  public var total: Int?
  /// Objects a second, over the last seconds; 0 if not known yet.
  public var rate: Double
  /// Until when the service of its connector wants no requests; nil or past if it takes them.
  public var waitsUntil: Timestamp?
  /// How many times that service asked for patience in this step.
  public var throttleCount = 0
  /// The share of what that service allows that is used up, 1 for all; nil if it does not tell.
  public var quotaUsed: Double?

  /// Seconds for which a step may say nothing of itself before that is worth a word.
  static let patience = 10.0

  /// Seconds since it last said how far it had come, if they are many; nil while it waits for what its
  /// service asked for.
  public func silence(now: Timestamp) -> Double? {
    if let waitsUntil, waitsUntil > now { return nil }
    // Of one that has not come so far as to say anything its phase tells what it waits for.
    guard let last = step.lastSeen ?? (phase == "starting" ? step.started : nil) else { return nil }
    let seconds = now.seconds(since: last)
    return seconds >= Self.patience ? seconds : nil
  }

  /// What it is doing, in words: its phase, or for what it waits.
  public func phaseText(now: Timestamp) -> String {
    guard let waitsUntil, case let left = waitsUntil.seconds(since: now), left > 0 else {
      return phase
    }
    return "asked to wait \(Int(left.rounded(.up))) s"
  }

  /// The share of the quota in words; empty if it is not known.
  public var quotaText: String {
    guard let quotaUsed, quotaUsed.isFinite else { return "" }
    return "quota \(Int((max(0, min(quotaUsed, 1000)) * 100).rounded())) %"
  }

  /// Seconds that are left, or nil if that is not known.
  public var secondsLeft: Double? {
    guard let total, rate > 0, total >= done else { return nil }
    return Double(total - done) / rate
  }
}

/// One cycle with the results of its steps.
public struct CycleSummary: Hashable, Sendable, Identifiable {
  /// The cycle's number.
  public var id: Int64
  /// Initial or Delta.
  public var policy: CyclePolicy
  /// Who or what asked for it.
  public var requestedBy: String
  /// Why it is what it is; often empty.
  public var reason: String
  /// When it began.
  public var started: Timestamp
  /// When it ended, or nil while it runs.
  public var ended: Timestamp?
  /// Its steps, oldest first.
  public var steps: [OperationRow]
  /// Whether it was only rehearsed.
  public var isRehearsal = false
  /// How many objects had errors when it ended, if that is known still.
  public var errors: CycleErrors?
  /// The worst result among its steps; of a delta that could not be had, that of the full import which
  /// was done in its place.
  public var severity: ResultSeverity { countedSteps.map(\.severity).max() ?? .running }
  /// Its steps without those in whose place others did more.
  public var countedSteps: [OperationRow] {
    steps.indices.filter { !isMadeGood($0) }.map { steps[$0] }
  }

  private func isMadeGood(_ index: Int) -> Bool {
    let step = steps[index]
    guard step.type == .deltaImport, step.result == ConnectorFailure.Result.fullImportRequired.text,
      index + 1 < steps.count
    else { return false }
    let next = steps[index + 1]
    return next.type == .fullImport && next.connectorID == step.connectorID
  }
}

/// The errors that objects had when a cycle ended, beside those that they had when it began.
public struct CycleErrors: Hashable, Sendable {
  /// How many there were.
  public var open: Int
  /// How many of them there had not been before.
  public var new: Int
  /// How many that there had been before were gone.
  public var gone: Int
  /// Counts of these values.
  public init(open: Int, new: Int, gone: Int) {
    self.open = open
    self.new = new
    self.gone = gone
  }
}
