/// One write to a connected directory.
public struct ExportOperation: Sendable {
  /// What is to be done.
  public enum Kind: Hashable, Sendable {
    /// Create the object with these attributes.
    case add(AttributeSet)
    /// Change these attributes and no others.
    case modify([AttributeChange])
    /// Remove the object.
    case delete
  }

  /// The engine's number for the object; unique among the operations of a call.
  public var id: Int64
  /// What is to be done; references hold the anchors of their targets.
  public var kind: Kind
  /// The object's type in the target, such as `user`.
  public var objectType: String
  /// The object's anchor in the target; nil for an object that is not known to exist there.
  ///
  /// An object that is to be created has one if the directory named it before and did not show it
  /// since: whoever can asks for it before it is made anew.
  public var anchor: Anchor?
  /// The object's name in the connector space, for messages.
  public var dn: DistinguishedName
  /// Whether an earlier attempt ended without an answer, so that the work may be done already.
  ///
  /// The connector then looks before it creates.
  public var isRetry: Bool
  /// Whether the directory took it before, and did not show it afterwards.
  public var isRepeated = false
  /// All that the object is to say, with what it refers to by their anchors, and without values what
  /// is to be empty; nil unless the connector asks for it (``ConnectorCapabilities/wholeTypes``,
  /// ``ConnectorCapabilities/wholeTypesOnceSent``).
  public var whole: [Attribute]?
  /// What a new object is to refer to and the directory is yet to get, by the name that it is to have
  /// there: in attributes that have no other value, and only where the connector asks for it
  /// (``ConnectorCapabilities/takesAwaited``).
  public var awaited: [AttributeName: DistinguishedName] = [:]
  /// Of an object that gets another name, what rules want of the attributes in its relative name.
  public var named: [Attribute] = []

  /// An operation of these parts.
  public init(
    id: Int64, kind: Kind, objectType: String, anchor: Anchor?, dn: DistinguishedName,
    isRetry: Bool = false
  ) {
    self.id = id
    self.kind = kind
    self.objectType = objectType
    self.anchor = anchor
    self.dn = dn
    self.isRetry = isRetry
  }
}

/// What became of one ``ExportOperation``.
public enum ExportOutcome: Sendable {
  /// The directory has taken it; `anchor` is the object's anchor there. A delete of an object that
  /// is already gone is done, too.
  case done(anchor: Anchor?)
  /// The directory has taken it into a queue: what becomes of it is shown by a later import, or told
  /// by an ``ExportReport``.
  case accepted
  /// The directory has refused it.
  case failed(ObjectFailure)
  /// It was sent and no answer came, and it could not be found out either.
  case unknown(reason: String)
  /// The directory has taken a part of it: the object is there, and lacks the rest.
  case partly(PartialExport)
  /// The directory has removed the object, and others keep what referred to it.
  case removed(keptBy: [KeptReference])
}

/// What still refers to an object that a directory does not have any more.
public struct KeptReference: Sendable {
  /// The anchor of the object that refers to it.
  public var anchor: Anchor
  /// The name under which it does.
  public var name: DistinguishedName
  /// Why the directory does not take the reference away.
  public var failure: ObjectFailure
  /// A reference that an object keeps for a reason.
  public init(anchor: Anchor, name: DistinguishedName, failure: ObjectFailure) {
    self.anchor = anchor
    self.name = name
    self.failure = failure
  }
}

/// What a directory has not taken of an operation that it has otherwise carried out.
public struct PartialExport: Sendable {
  /// The object's anchor there.
  public var anchor: Anchor
  /// Why it has not taken the rest.
  public var failure: ObjectFailure
  /// The changes that it has not taken: of a list those values, of all else the whole attribute.
  public var lacking: [AttributeChange]
  /// A partial export of these parts.
  public init(anchor: Anchor, failure: ObjectFailure, lacking: [AttributeChange]) {
    self.anchor = anchor
    self.failure = failure
    self.lacking = lacking
  }
}

/// Why a directory refused one object.
public struct ObjectFailure: Error, Hashable, Sendable {
  /// What kind of fault, in the engine's terms.
  public var type: SyncErrorType
  /// The server's own code: an HTTP status with its SCIM type, an LDAP result code.
  public var code: String
  /// The server's own words.
  public var message: String
  /// The attribute to blame, if it is known.
  public var attribute: String?
  /// Its value, if it may be shown.
  public var value: String?
  /// The other object of the conflict, by its anchor in the same directory, if the server told it.
  public var conflictingAnchor: Anchor?
  /// Whether the same request may succeed later without anybody's doing.
  public var isTransient: Bool
  /// Whether the directory refused who sends, so that nothing more gets through to it.
  public var isOfCredentials = false
  /// Whether the object that has the value is known to be another one, so that this one may be sent
  /// without it: it would never be taken for that.
  public var isOfAnother = false
  /// Whether the same request may succeed once others have: the container is not there yet, or not
  /// empty yet.
  public var mayFollowOthers = false
  /// A failure of these parts.
  public init(
    _ type: SyncErrorType, code: String, message: String, attribute: String? = nil,
    value: String? = nil, conflictingAnchor: Anchor? = nil, isTransient: Bool = false
  ) {
    self.type = type
    self.code = code
    self.message = message
    self.attribute = attribute
    self.value = value
    self.conflictingAnchor = conflictingAnchor
    self.isTransient = isTransient
  }
}
