import Directory

/// What synchronizing one object does, or would do.
public struct PreviewReport: Hashable, Sendable, Codable {
  /// A rule, and whether the object is in its scope.
  public struct Rule: Hashable, Sendable, Codable {
    /// The rule's name.
    public var name: String
    /// Whether the object is in scope.
    public var isInScope: Bool
    /// The clauses that fail, with what was found; empty for a rule in scope.
    public var reason: String
    /// One of these parts.
    public init(name: String, isInScope: Bool, reason: String) {
      self.name = name
      self.isInScope = isInScope
      self.reason = reason
    }
  }

  /// One look for a partner.
  public struct Join: Hashable, Sendable, Codable {
    /// The rule that asks for it.
    public var rule: String
    /// The conditions, with the object's own values.
    public var conditions: String
    /// What a person calls the metaverse objects that were found.
    public var found: [String]
    /// What comes of it.
    public var outcome: String
    /// One of these parts.
    public init(rule: String, conditions: String, found: [String], outcome: String) {
      self.rule = rule
      self.conditions = conditions
      self.found = found
      self.outcome = outcome
    }
  }

  /// A value that flows to the metaverse, or would if no other did.
  public struct Flow: Hashable, Sendable, Codable {
    /// The attribute of the metaverse.
    public var attribute: String
    /// The values.
    public var values: [String]
    /// The rule.
    public var rule: String
    /// `direct`, `constant` or `expression`, after ``kept`` if the value is one that the flow gave before
    /// and does not give now.
    public var kind: String
    /// The source: an attribute's name, or the expression.
    public var source: String
    /// The connector that contributes it.
    public var connector: String
    /// Why it does not count; empty for the winner, and for what is united with it.
    public var loses: String
    /// What stands before ``kind`` where a flow says nothing now and its value stays.
    public static let kept = "kept from before: "

    /// One of these parts.
    public init(
      attribute: String, values: [String], rule: String, kind: String, source: String,
      connector: String, loses: String
    ) {
      self.attribute = attribute
      self.values = values
      self.rule = rule
      self.kind = kind
      self.source = source
      self.connector = connector
      self.loses = loses
    }
  }

  /// What happens to one attribute.
  public struct Change: Hashable, Sendable, Codable {
    /// The attribute.
    public var attribute: String
    /// The values before.
    public var before: [String]
    /// The values after.
    public var after: [String]
    /// The rule that makes it so; may be empty.
    public var rule: String
    /// A change of these parts.
    public init(attribute: String, before: [String], after: [String], rule: String) {
      self.attribute = attribute
      self.before = before
      self.after = after
      self.rule = rule
    }
  }

  /// One thing that the synchronization does.
  public struct Operation: Hashable, Sendable, Codable {
    /// The counter that counts it, in the words of the statistics.
    public var what: String
    /// The connector space that it happens in.
    public var connector: String
    /// The object.
    public var dn: String
    /// What changes.
    public var changes: [Change]
  }

  /// What an object of a target waits to send.
  public struct PendingExport: Hashable, Sendable, Codable {
    /// The target.
    public var connector: String
    /// The object.
    public var dn: String
    /// `none`, `add`, `update` or `delete`.
    public var operation: String
    /// What is to be sent.
    public var changes: [Change]
  }

  /// The target's rules.
  public struct Target: Hashable, Sendable, Codable {
    /// The target.
    public var connector: String
    /// Its rules.
    public var rules: [Rule]
    /// One of these parts.
    public init(connector: String, rules: [Rule]) {
      self.connector = connector
      self.rules = rules
    }
  }

  /// What goes wrong.
  public struct Failure: Hashable, Sendable, Codable {
    /// The error's type.
    public var type: String
    /// What is wrong.
    public var message: String
    /// What to do next.
    public var hint: String
  }

  /// The object's number.
  public var object: Int64
  /// Its connector.
  public var connector: String
  /// Its name.
  public var dn: String
  /// Its type.
  public var objectType: String
  /// What is staged of it: `none`, `add`, `update`, `delete`.
  public var pendingImport: String
  /// Whether everything is worked out anew, or only what is staged.
  public var isFull: Bool
  /// Whether it was stored, not only shown.
  public var isCommitted: Bool
  /// Words on the whole; often empty.
  public var note = ""
  /// The inbound rules for its type.
  public var inboundRules: [Rule] = []
  /// How its metaverse object is looked for; empty if it has one.
  public var joins: [Join] = []
  /// What flows to the metaverse, winners first.
  public var flows: [Flow] = []
  /// What the synchronization does, in its order.
  public var operations: [Operation] = []
  /// The outbound rules of each target, for the metaverse object as it then is.
  public var targets: [Target] = []
  /// What waited to be sent before.
  public var exportsBefore: [PendingExport] = []
  /// What waits to be sent then.
  public var exportsAfter: [PendingExport] = []
  /// What goes wrong.
  public var failures: [Failure] = []

  /// A report on an object, without any finding yet.
  public init(
    object: Int64, connector: String, dn: String, objectType: String, pendingImport: String,
    isFull: Bool, isCommitted: Bool
  ) {
    self.object = object
    self.connector = connector
    self.dn = dn
    self.objectType = objectType
    self.pendingImport = pendingImport
    self.isFull = isFull
    self.isCommitted = isCommitted
  }
}

extension PreviewReport {
  /// What stands above ``flows``: an object that fails flows nowhere.
  public var flowsTitle: String {
    failures.isEmpty ? "Flows to the metaverse" : "Would flow to the metaverse, but for the error"
  }

  /// A digest of what the synchronization does, by which somebody who has looked at it agrees to
  /// that and to nothing else: what is done, what flows, what goes wrong, and what is sent then.
  public var digest: String {
    var digest = FNV1a()
    func add(_ texts: [String]) {
      digest.add(Array("\(texts.count)\0".utf8))
      for text in texts { digest.add(Array("\(text.utf8.count)\0\(text)".utf8)) }
    }
    func add(_ changes: [Change]) {
      for change in changes.sorted(by: { $0.attribute < $1.attribute }) {
        add([change.attribute, change.rule])
        add(change.before)
        add(change.after)
      }
    }
    for operation in operations {
      add(["does", operation.what, operation.connector, operation.dn])
      add(operation.changes)
    }
    for flow in flows {
      add(["flows", flow.attribute, flow.rule, flow.connector, flow.loses])
      add(flow.values)
    }
    for export in exportsAfter {
      add(["sends", export.connector, export.dn, export.operation])
      add(export.changes)
    }
    for failure in failures { add(["fails", failure.type, failure.message]) }
    return String(digest.value, radix: 16)
  }
}

/// Which object is to be synchronized alone, and how.
public struct PreviewOrder: Hashable, Sendable {
  /// The connector-space object's number.
  public var object: Int64
  /// Whether everything is worked out anew, or only what is staged.
  public var isFull: Bool
  /// Whether it is stored after the look.
  public var commits: Bool
  /// The ``PreviewReport/digest`` of what was looked at; nil to store whatever it does.
  ///
  /// If the synchronization would do anything else by now, it is refused.
  public var agreed: String?

  /// An order of these parts.
  public init(object: Int64, isFull: Bool, commits: Bool, agreed: String? = nil) {
    self.object = object
    self.isFull = isFull
    self.commits = commits
    self.agreed = agreed
  }

  /// The order to store what `report` says, and nothing else.
  public init(storing report: PreviewReport) {
    self.init(
      object: report.object, isFull: report.isFull, commits: true, agreed: report.digest)
  }

  /// The order as a command carries it.
  var text: String {
    "\(object) \(isFull ? "full" : "delta") \(commits ? "commit" : "look")"
      + (agreed.map { " " + $0 } ?? "")
  }

  init?(text: String) {
    let parts = text.split(separator: " ").map(String.init)
    guard parts.count == 3 || parts.count == 4, let object = Int64(parts[0]) else { return nil }
    self.init(
      object: object, isFull: parts[1] == "full", commits: parts[2] == "commit",
      agreed: parts.count == 4 ? parts[3] : nil)
  }
}
