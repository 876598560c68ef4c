public import Directory
public import SyncExpressions

/// What rules read of one object.
///
/// Only ``attributes`` is always needed; ``RuleSet/needs(inboundFrom:objectType:)`` and its
/// outbound twin say what else the rules for an object of a type ask for, so that nothing is
/// fetched that nobody reads.
public struct RuleSubject: Sendable {
  /// The name of the pseudo-attribute that holds an object's distinguished name, unless the
  /// directory has an attribute of that name.
  public static let dnAttribute: AttributeName = "dn"

  /// The object's values, without those of ``references``.
  public var attributes: AttributeSet
  /// The object's name in its directory; nil for a metaverse object, which has none.
  public var dn: String?
  /// Attributes whose values are rows elsewhere, like `member`: direct flows from them are
  /// ``ReferenceFlow``s.
  public var references: Set<AttributeName>
  /// Those of ``references`` that have a value.
  public var presentReferences: Set<AttributeName>
  /// Values of ``references`` that clauses or expressions look at.
  public var referenceValues: [AttributeName: [AttributeValue]]
  /// Those of ``referenceValues`` that are only the first of more.
  public var shortened: Set<AttributeName>
  /// How many values those of ``references`` have that `ValueCount` asks for.
  public var counts: [AttributeName: Int]
  /// The groups of its connector space that hold the object as a direct member, by their normalized
  /// names; nil where that is not known, and clauses look at the values of their attribute.
  ///
  /// Those of ``RuleNeeds/groups`` at least.
  public var groups: Set<String>?
  /// What an import has confirmed, for `ImportedValue`; nil where ``attributes`` is just that.
  public var imported: AttributeSet?
  /// Whether the object on the other side is yet to be made, so that flows that apply once count;
  /// inbound, ``MetaverseMerge`` decides that instead.
  public var isNew: Bool
  /// The moment of evaluation.
  public var now: Timestamp?
  /// Reads certificates for the `Cert…` functions; nil where none are read.
  public var certificates: (any CertificateReading)?

  /// A subject with `attributes`.
  public init(
    _ attributes: AttributeSet, dn: String? = nil, references: Set<AttributeName> = [],
    presentReferences: Set<AttributeName> = [], isNew: Bool = true
  ) {
    self.attributes = attributes
    self.dn = dn
    self.references = references
    self.presentReferences = presentReferences
    self.isNew = isNew
    referenceValues = [:]
    shortened = []
    counts = [:]
  }
}

/// What the rules for one type of object ask for beside plain attributes.
public struct RuleNeeds: Hashable, Sendable {
  /// Attributes whose presence is asked for: of references, whether there is any.
  public var present: Set<AttributeName> = []
  /// Attributes whose values clauses or expressions look at.
  public var values: Set<AttributeName> = []
  /// Those of ``values`` of which all must be at hand; of the others the first will do.
  public var whole: Set<AttributeName> = []
  /// Attributes whose values are counted.
  public var counts: Set<AttributeName> = []
  /// Groups, by their normalized names, of which it is asked whether the object is a member.
  public var groups: Set<String> = []
  /// Attributes whose confirmed values are asked for.
  public var imported: Set<AttributeName> = []

  /// No needs.
  public init() {}
}
