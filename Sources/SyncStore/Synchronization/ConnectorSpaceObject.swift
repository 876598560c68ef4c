public import Directory

/// How strong what a rule gives of references is: the smaller counts.
///
/// It is the rule's precedence, and of rules with the same one, as those of several connectors may
/// have it, their order.
public enum ReferenceRank {
  /// How many rules of one precedence are told apart.
  public static let step = 1000
}

/// References that an object gave to an attribute of the metaverse by a rule, and that stay.
public struct KeptReferences: Hashable, Sendable {
  /// What is added to the rank of their rule; no rule has so large a one.
  public static let rank = 1_000_000 * ReferenceRank.step

  /// The attribute.
  public var attribute: AttributeName
  /// The rule's number.
  public var rule: Int64
  /// The numbers of rules that are no more, one of which may have been this one under another name.
  public var heirlooms: Set<Int64>

  /// References of these parts.
  public init(attribute: AttributeName, rule: Int64, heirlooms: Set<Int64> = []) {
    self.attribute = attribute
    self.rule = rule
    self.heirlooms = heirlooms
  }

  /// Whether they are those that a rule gave.
  public func wereGiven(by rule: Int64) -> Bool { rule == self.rule || heirlooms.contains(rule) }

  /// The rules by which they came, as a list.
  var givers: String { StoreTransaction.list(heirlooms.union([rule]).sorted()) }
}

/// How a connector-space object came to its metaverse object.
public enum LinkKind: Int, Sendable {
  case none = 0
  /// The metaverse object was made from it.
  case projected = 1
  /// A join rule found the metaverse object.
  case joined = 2
  /// A rule made it from the metaverse object.
  case provisioned = 3
  /// A join rule found the metaverse object, and a rule that makes such objects has had it in scope
  /// since: it is kept as one that was made.
  case takenOver = 4

  /// The word for a person.
  var word: String {
    switch self {
    case .none: "Disconnector"
    case .projected: "Projected"
    case .joined, .takenOver: "Joined"
    case .provisioned: "Provisioned"
    }
  }
}

/// A connector-space object as synchronization and export need it.
public struct ConnectorSpaceObject: Sendable {
  /// Its number.
  public var id: Int64
  /// Its connector.
  public var connector: Int64
  /// Its anchor, or nil while its directory has not given one.
  public var anchor: Anchor?
  /// Its name.
  public var dn: String
  /// Its type.
  public var objectType: String
  /// What a person calls it.
  public var display: String
  /// What its directory says, references apart; nil if the directory does not hold it.
  public var image: AttributeSet?
  /// What its directory said when it was synchronized last, of one that the directory does not hold
  /// any more; nil of others.
  public var last: AttributeSet?
  /// Its name when it was synchronized last; nil if nothing was staged since.
  public var lastDN: String?
  /// Whether its directory's word awaits a synchronization.
  public var hasPendingImport: Bool
  /// Whether that word is that it came in the place of one that was deleted.
  public var isDeleteAdd: Bool
  /// What the rules want it to say; nil if none write it.
  public var desired: DesiredImage?
  /// The bytes of ``desired``: equal when they say the same, in whatever order.
  public var encodedDesired: EncodedImage?
  /// Whether it is to be deleted in its directory.
  public var awaitsDelete: Bool
  /// How far an export of it has come.
  public var exportState: ExportState
  /// The metaverse object, or nil.
  public var metaverse: Int64?
  /// How it came to it, or had come to the one that it belonged to before its delete was to be.
  public var linkKind: LinkKind
  /// The number of the rule by which it came to it; 0 for none.
  public var linkRule: Int64 = 0
  /// Whether a filter holds it back.
  public var isFiltered: Bool
  /// Whether it has left what is read, and what was made of it elsewhere stays as it is.
  public var isLetGo: Bool
  /// Whether its last synchronization failed.
  public var hasSyncError: Bool
  /// By which rules its references flow into the metaverse, as a digest; 0 if that is not known.
  public var referenceFlows: Int64

  /// Whether a rule had made it in its target, and its delete waits: who is wanted again before it went
  /// is still one that was made.
  public var isMadeThatGoes: Bool { awaitsDelete && linkKind == .provisioned }

  /// The state, as it is stored, of one whose filter holds it back, and of one that is let go.
  static let filteredState = 2
  static let letGoState = 3

  /// Whether its directory has named it and never shown it, and what was sent last may have arrived
  /// or not.
  public var isNamedUnshown: Bool { image == nil && anchor != nil && exportState == .unknown }

  /// Whether its directory has neither named nor shown it, and has taken nothing that was sent of it.
  public var isUnmade: Bool {
    image == nil && anchor == nil && exportState != .unconfirmed && exportState != .accepted
  }
}

/// One object of the metaverse.
public struct MetaverseObject: Sendable {
  /// Its number.
  public var id: Int64
  /// Its type: `person`, `group`, `contact`.
  public var objectType: String
  /// What it says and who said so.
  public var attributes: [MetaverseAttribute]

  /// An object of these parts.
  public init(id: Int64, objectType: String, attributes: [MetaverseAttribute]) {
    self.id = id
    self.objectType = objectType
    self.attributes = attributes
  }

  /// What it says.
  public var values: AttributeSet {
    AttributeSet(distinct: attributes.map { Attribute($0.name, $0.values) })
  }
}

/// A condition of a join: one of these values in this attribute.
public struct JoinLookup: Sendable {
  /// The attribute that is looked up.
  public var attribute: AttributeName
  /// The values, one of which must be there.
  public var values: [AttributeValue]
  /// Whether upper and lower case differ.
  public var isCaseSensitive: Bool
  /// A condition of these parts.
  public init(attribute: AttributeName, values: [AttributeValue], isCaseSensitive: Bool) {
    self.attribute = attribute
    self.values = values
    self.isCaseSensitive = isCaseSensitive
  }

  /// Under what an object that may fulfil the condition is found.
  public var keys: [JoinKey] { values.map { JoinKey(attribute, $0) } }

  /// Whether an object that says `attributes` fulfils the condition.
  public func matches(_ attributes: AttributeSet) -> Bool {
    attributes[attribute].contains { there in
      values.contains { wanted in
        let exact =
          if case .binary = wanted { true } else if case .binary = there { true } else {
            isCaseSensitive
          }
        return exact
          ? there.portableText == wanted.portableText : there.searchKey == wanted.searchKey
      }
    }
  }
}

extension [JoinLookup] {
  /// The look-ups that together find every object of a type that may fulfil all these conditions.
  ///
  /// All of them are asked for at once, since the first may be true of very many.
  public func queries(type: String) -> [JoinQuery] {
    let others = dropFirst().map(\.keys)
    return (first?.keys ?? []).map { JoinQuery($0, others: others, objectType: type) }
  }
}
