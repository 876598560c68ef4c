/// The way to one connected directory, for reading alone.
public protocol DirectoryReading: Sendable {
  /// What its connector can do.
  var capabilities: ConnectorCapabilities { get }

  /// Which server answers, and the schema of what it holds.
  ///
  /// - Throws: ``ConnectorFailure`` if the server can't be reached or refuses the credentials.
  func describe() async throws -> DirectoryDescription

  /// Opens a reader over everything in scope, or over what changed since `request.watermark`.
  ///
  /// - Throws: ``ConnectorFailure``; with ``ConnectorFailure/Result/fullImportRequired`` when a
  ///   delta can't be had from this watermark.
  func openImport(_ request: ImportRequest) async throws -> any ImportReader

  /// Tries the connection: reachability, credentials, rights. Each line is one finding.
  func check() async -> [ConnectionFinding]

  /// How its service bears the work; nil if it does not tell.
  var load: ServiceLoad? { get }

  /// Why an operation could not be sent at all, as far as that is known without asking the directory;
  /// nil if nothing is known against it.
  ///
  /// A rehearsal tells it, so that nobody finds out with the first export.
  func refusal(of operation: ExportOperation) -> ObjectFailure?
}

extension DirectoryReading {
  /// Most find out when they send.
  public func refusal(of operation: ExportOperation) -> ObjectFailure? { nil }

  /// Most services tell nothing.
  public var load: ServiceLoad? { nil }
}

/// How the service behind a connector bears the work, so that a run that waits for it is shown as
/// that.
public struct ServiceLoad: Hashable, Sendable {
  /// Until when the service wants no requests; nil or past if it takes them.
  public var waitsUntil: Timestamp?
  /// How many times it has asked for patience since the connector was made.
  public var wishes: Int
  /// The share of what it allows that is used up, 1 for all; nil if it does not tell.
  public var quotaUsed: Double?
  /// For how long it has answered nothing while it is waited for; nil if nothing is waited for.
  public var silence: ServiceSilence?
  /// A load of these parts.
  public init(waitsUntil: Timestamp?, wishes: Int, quotaUsed: Double? = nil) {
    self.waitsUntil = waitsUntil
    self.wishes = wishes
    self.quotaUsed = quotaUsed
  }
}

/// How a service is waited for that does not answer.
public struct ServiceSilence: Hashable, Sendable {
  /// Seconds since it was last heard, or since it was asked.
  public var seconds: Double
  /// Which try to ask it this is, counted from 1.
  public var attempt: Int
  /// How many tries there are at most.
  public var most: Int
  /// A silence of these parts.
  public init(seconds: Double, attempt: Int, most: Int) {
    self.seconds = seconds
    self.attempt = attempt
    self.most = most
  }
}

/// The way to one connected directory: reading it, and writing to it where it can be written.
///
/// A connector knows its protocol and nothing of rules, store and runs. It maps its protocol's
/// failures to ``ConnectorFailure`` (the step can't start or go on) and ``ObjectFailure`` (one
/// object), keeps the server's own words, and trusts nothing that it reads.
public protocol Connector: DirectoryReading {
  /// The same directory without any way to write to it: what a rehearsal reads through.
  ///
  /// A connector over a network gives one whose client refuses every request that could change
  /// something, so that even a fault of this program sends none.
  var readOnly: any DirectoryReading { get }

  /// Sends `operations` and answers for each, in the same order.
  ///
  /// A failure of one object is its answer, not an error.
  ///
  /// - Throws: ``ConnectorFailure`` if the connection as a whole is lost; what was sent before is
  ///   then unknown, and the engine sends it again with ``ExportOperation/isRetry`` set.
  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome]

  /// Looks once more for what refers to objects that are gone, by their names, and takes it away; the
  /// answer is what the directory keeps all the same.
  ///
  /// It removes no object, and leaves alone what refers to a name that somebody has by now.
  ///
  /// - Throws: ``ConnectorFailure`` if that could not be found out.
  func takeAway(referencesTo names: [DistinguishedName]) async throws -> [KeptReference]
}

extension Connector {
  /// Most directories refer to the object itself, and to none that is gone.
  public func takeAway(referencesTo names: [DistinguishedName]) async throws -> [KeptReference] {
    []
  }

  /// The connector as one that is only read; whoever has a client of its own gives better.
  public var readOnly: any DirectoryReading { self }
}

/// What a connector can do.
public struct ConnectorCapabilities: Hashable, Sendable {
  /// Whether it can read only what changed.
  public var deltaImport: Bool
  /// Whether it can write.
  public var export: Bool
  /// How many operations one call of ``Connector/export(_:)`` should get.
  public var exportBatchSize: Int
  /// Whether an import may not show yet what was written before it, as where reads are answered from
  /// copies.
  ///
  /// The names of such a directory's objects are made of what the rules send as their anchor: an
  /// object that comes into sight late is known by its name.
  public var mayShowWritesLate: Bool
  /// How many calls of ``Connector/export(_:)`` may be under way at a time; no object is in two.
  public var exportsInFlight: Int
  /// How long the directory may take to show what it accepted (``ExportOutcome/accepted``), in
  /// seconds; afterwards that is an error, and it is sent again.
  public var secondsToShow: Double = 0
  /// The object types for which an operation has to tell all that the object is to say.
  public var wholeTypes: Set<String> = []
  /// The object types for which an operation that was sent before has to tell that, since the directory
  /// may have lost by it what it was not to lose.
  public var wholeTypesOnceSent: Set<String> = []
  /// Whether a new object may refer to one that the directory is yet to get, by its name.
  public var takesAwaited = false
  /// Capabilities of these kinds.
  public init(
    deltaImport: Bool, export: Bool, exportBatchSize: Int = 200, exportsInFlight: Int = 1,
    mayShowWritesLate: Bool = false
  ) {
    self.deltaImport = deltaImport
    self.export = export
    self.exportBatchSize = exportBatchSize
    self.mayShowWritesLate = mayShowWritesLate
    self.exportsInFlight = exportsInFlight
  }
}

/// What a directory says about itself.
public struct DirectoryDescription: Sendable {
  /// A text that differs when another server or another database answers; stored with watermarks.
  public var serverIdentity: String
  /// The server in words for a person: product, version, address.
  public var summary: String
  /// The attributes of its objects.
  public var schema: DirectorySchema
  /// A description of these parts.
  public init(serverIdentity: String, summary: String, schema: DirectorySchema) {
    self.serverIdentity = serverIdentity
    self.summary = summary
    self.schema = schema
  }
}

/// The attributes that a directory knows, by name.
public struct DirectorySchema: Sendable {
  /// What is known of one attribute.
  public struct AttributeDefinition: Hashable, Sendable {
    /// The type of its values.
    public enum Kind: String, Hashable, Sendable {
      case string, binary, integer, boolean, reference
    }
    /// The type of its values.
    public var kind: Kind
    /// Whether it may hold more than one value.
    public var isMultiValued: Bool
    /// Whether the directory refuses to have it written.
    public var isReadOnly: Bool
    /// Whether the directory gives it a value where it gets none, and lets nobody take that away: what
    /// rules give no value stays as it is there.
    public var keepsValue: Bool
    /// Which values are one to the directory, so that it may show another than it was given.
    public var equality: ValueEquality
    /// Values, in lower case, that the directory lets be taken away from those that it shows beside what
    /// rules name (``ValueEquality/among``): of classes the auxiliary ones.
    public var retractable: Set<String> = []
    /// Whether the directory would refuse to have it emptied, so that what it holds there stays.
    public var isNeverEmptied: Bool { keepsValue || isReadOnly }
    /// A definition of these parts.
    public init(
      _ kind: Kind, isMultiValued: Bool = false, isReadOnly: Bool = false, keepsValue: Bool = false,
      equality: ValueEquality = .exact
    ) {
      self.kind = kind
      self.isMultiValued = isMultiValued
      self.isReadOnly = isReadOnly
      self.keepsValue = keepsValue
      self.equality = equality
    }
  }

  /// The definitions; an attribute that is missing here is a multi-valued string.
  public var attributes: [AttributeName: AttributeDefinition]
  /// The object types that can be read or written.
  public var objectTypes: [String]

  /// A schema of these parts.
  public init(attributes: [AttributeName: AttributeDefinition], objectTypes: [String]) {
    self.attributes = attributes
    self.objectTypes = objectTypes
  }

  /// What is known of `name`.
  public subscript(name: AttributeName) -> AttributeDefinition {
    attributes[name] ?? AttributeDefinition(.string, isMultiValued: true)
  }
}

/// One line of a connection test.
public struct ConnectionFinding: Hashable, Sendable {
  /// Whether this point is as it should be.
  public var isGood: Bool
  /// What was tried and seen.
  public var text: String
  /// What to do about it; empty if nothing.
  public var hint: String
  /// Whether it works as it is, and may do harm later.
  public var isWarning: Bool
  /// A finding of these parts.
  public init(isGood: Bool, text: String, hint: String = "", isWarning: Bool = false) {
    self.isGood = isGood
    self.text = text
    self.hint = hint
    self.isWarning = isWarning
  }
}
