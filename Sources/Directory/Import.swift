/// What an import is asked for.
public struct ImportRequest: Sendable {
  /// Where to go on; nil asks for everything.
  public var watermark: Watermark?
  /// The object types that are wanted; empty means all.
  public var objectTypes: [String]
  /// How many objects of this directory are staged at this moment, for a connector that can only
  /// find deletes by comparing counts.
  public var stagedCount: @Sendable () async throws -> Int
  /// What is staged of this directory, for a connector whose directory tells less than has happened.
  public var staged: any StagedObjects
  /// How far the directory had been read when ``staged`` was; nil if that is not known.
  ///
  /// A full import may have begun since and broken off: then some objects are staged as they were
  /// later.
  public var stagedUpTo: Watermark?
  /// When the directory had been read up to ``stagedUpTo``, by this machine's clock; nil if that is
  /// not known.
  public var stagedAt: Timestamp?
  /// The object types that rules read; nil if that is not known.
  public var readTypes: Set<String>?
  /// Whether the server was found to have less than it had told itself until ``stagedUpTo``.
  public var wasSetBack = false

  /// A request of these parts.
  public init(
    watermark: Watermark?, objectTypes: [String] = [], staged: any StagedObjects = NothingStaged(),
    stagedUpTo: Watermark? = nil, stagedCount: @escaping @Sendable () async throws -> Int
  ) {
    self.watermark = watermark
    self.objectTypes = objectTypes
    self.staged = staged
    self.stagedUpTo = stagedUpTo
    self.stagedCount = stagedCount
  }
}

/// What was staged of a directory when an import asks, which a directory's changes are understood
/// by: whether one tells of another name, who stands below it, and who refers to it.
public protocol StagedObjects: Sendable {
  /// The names of those of `anchors` that are staged.
  func names(of anchors: [Anchor]) async throws -> [Anchor: DistinguishedName]
  /// The anchors of all that stand below `dn`, those above before those below them.
  func below(_ dn: DistinguishedName) async throws -> [Anchor]
  /// The anchors of all that refer to one of `anchors`.
  func referrers(to anchors: [Anchor]) async throws -> [Anchor]
  /// The anchors of all that refer to something that is not staged, by attribute.
  ///
  /// - Parameter names: Only to what bears one of these names; nil for all.
  func waiting(for names: [DistinguishedName]?) async throws -> [AttributeName: [Anchor]]
}

/// No objects at all.
public struct NothingStaged: StagedObjects {
  /// Nothing.
  public init() {}
  /// No names.
  public func names(of anchors: [Anchor]) -> [Anchor: DistinguishedName] { [:] }
  /// Nobody.
  public func below(_ dn: DistinguishedName) -> [Anchor] { [] }
  /// Nobody.
  public func referrers(to anchors: [Anchor]) -> [Anchor] { [] }
  /// Nobody.
  public func waiting(for names: [DistinguishedName]?) -> [AttributeName: [Anchor]] { [:] }
}

/// How far a directory has been read, in the directory's own terms.
public struct Watermark: Hashable, Sendable {
  /// Which kind of watermark this is, such as `scim-modified` or `dirsync`.
  public var kind: String
  /// The watermark itself; only its connector understands it.
  public var value: String
  /// A watermark of these parts.
  public init(kind: String, value: String) {
    self.kind = kind
    self.value = value
  }
}

/// Reads a directory a batch at a time; the caller sets the pace.
public protocol ImportReader: Sendable {
  /// The next batch, or nil when all has been read.
  ///
  /// - Throws: ``ConnectorFailure`` when reading can't go on.
  func next() async throws -> ImportBatch?

  /// Looks for some of the objects that a whole import has not shown, each by itself: what lists leave
  /// out is not gone.
  ///
  /// Asked after the last batch; the answer has those that are there, or could not be read, and may
  /// have a later watermark. Nil where the directory's lists are believed, or nobody can be asked for.
  ///
  /// - Throws: ``ConnectorFailure`` when the directory does not answer any more.
  func look(for objects: [UnshownObject]) async throws -> ImportBatch?
}

extension ImportReader {
  /// Most directories list what they have.
  public func look(for objects: [UnshownObject]) async throws -> ImportBatch? { nil }
}

/// An object that is staged, and that a whole import has not shown.
public struct UnshownObject: Hashable, Sendable {
  /// What names it for ever.
  public var anchor: Anchor
  /// Its type, as it was shown before.
  public var objectType: String
  /// The object of an anchor and a type.
  public init(anchor: Anchor, objectType: String) {
    self.anchor = anchor
    self.objectType = objectType
  }
}

/// Some changes that belong together, with the place to go on from once they are stored.
public struct ImportBatch: Sendable {
  /// The changes, in the order in which they are to be applied.
  public var changes: [ImportedChange]
  /// Objects that could not be read; after one of them a full import removes nothing.
  public var errors: [DiscoveryError]
  /// Where the next delta import goes on once this batch is stored; nil if not yet known.
  public var watermark: Watermark?
  /// Whether what was not seen in this whole import (neither changed nor present) is gone.
  ///
  /// Set on the last batch of a delta import that ended with a presence phase (RFC 4533 §3.3.1).
  public var endsPresencePhase: Bool
  /// Whether this batch and the next must be stored together or not at all, because reading them a
  /// second time would not give the same.
  public var isContinued = false
  /// Whether the next batch is made by what is staged, so that all until here is stored before it is
  /// asked for.
  public var endsWindow = false
  /// What the directory tells of writes that it accepted before and could not carry out.
  public var reports: [ExportReport] = []
  /// Why what was not shown may be there nevertheless, in words; nil if that is not known.
  public var doubt: String?
  /// Whether a server that was found to have less than it had told has all of that again.
  public var hasCaughtUp = false
  /// How much of the whole has been read, from 0 to 1; nil if that can't be told.
  public var fractionRead: Double?
  /// A batch of these parts.
  public init(
    changes: [ImportedChange], errors: [DiscoveryError] = [], watermark: Watermark? = nil,
    endsPresencePhase: Bool = false, fractionRead: Double? = nil
  ) {
    self.changes = changes
    self.errors = errors
    self.watermark = watermark
    self.endsPresencePhase = endsPresencePhase
    self.fractionRead = fractionRead
  }
}

/// What became of a write that a directory had accepted: it was refused after all.
public struct ExportReport: Hashable, Sendable {
  /// The object's name in the connector space.
  public var dn: DistinguishedName
  /// The object's type.
  public var objectType: String
  /// When it was refused, by the directory's clock.
  public var time: Timestamp
  /// Why.
  public var failure: ObjectFailure
  /// A report of these parts.
  public init(
    dn: DistinguishedName, objectType: String, time: Timestamp, failure: ObjectFailure
  ) {
    self.dn = dn
    self.objectType = objectType
    self.time = time
    self.failure = failure
  }
}

/// One thing that a directory says has happened, or is so.
public enum ImportedChange: Hashable, Sendable {
  /// The object exists and says just this.
  case entry(DirectoryEntry)
  /// The object exists and is as it was.
  case present(Anchor)
  /// These attributes changed, the others did not.
  case modify(ObjectAddress, [AttributeChange])
  /// The object, and all below it, has another name.
  case rename(ObjectAddress, newDN: DistinguishedName)
  /// The object is gone; so is what referred to it, which the directory need not tell.
  case delete(ObjectAddress)
  /// The object has left what is read, and is still there: what refers to it does so again when it
  /// comes back, and the directory need not tell that either.
  case leave(ObjectAddress)
  /// The object has left what is read, and is still there, and what was made of it elsewhere is to
  /// stay as it is.
  case letGo(ObjectAddress)
  /// The object exists; if it is not among those that this import has told or tells yet, it has left
  /// what is read, and what was made of it elsewhere is to stay as it is.
  case outside(Anchor)
}

/// The means by which a directory names an object in a change: either is enough.
public struct ObjectAddress: Hashable, Sendable {
  /// The object's anchor, if the directory told it.
  public var anchor: Anchor?
  /// The object's name, if the directory told it.
  public var dn: DistinguishedName?
  /// An address of these parts.
  public init(anchor: Anchor? = nil, dn: DistinguishedName? = nil) {
    self.anchor = anchor
    self.dn = dn
  }
  /// The address in words for a person.
  public var text: String { dn?.text ?? anchor?.text ?? "(no address)" }
}

/// An object that could not be read (MIIS: a discovery error).
public struct DiscoveryError: Error, Hashable, Sendable {
  /// What kind of fault.
  public var type: SyncErrorType
  /// The object's name, as far as it was read; empty if not.
  public var dn: String
  /// Where: `people.ldif:120`, or the address of a page.
  public var location: String
  /// What is wrong, in words for a person.
  public var message: String
  /// What to do next.
  public var hint: String
  /// The attribute to blame, if one is.
  public var attribute: String?
  /// Its value, if it may be shown.
  public var value: String?
  /// The object's anchor, if it was read: the object is known to be there.
  public var anchor: Anchor?
  /// An error of these parts.
  public init(
    _ type: SyncErrorType, dn: String, location: String, message: String, hint: String,
    attribute: String? = nil, value: String? = nil
  ) {
    self.type = type
    self.dn = dn
    self.location = location
    self.message = message
    self.hint = hint
    self.attribute = attribute
    self.value = value
  }
}
