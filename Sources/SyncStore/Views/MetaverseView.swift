public import Directory

/// What is looked for in the metaverse.
public struct MetaverseQuery: Hashable, Sendable {
  /// A condition on one attribute.
  public struct Clause: Hashable, Sendable {
    /// How a value is compared; letter case counts nowhere.
    public enum Comparison: String, CaseIterable, Sendable {
      case equals = "="
      case differs = "!="
      case begins = "^="
      case contains = "*="
      /// By a ``TextPattern``.
      case matches = "~"
      case matchesNot = "!~"
      case atLeast = ">="
      case atMost = "<="
      case isPresent = "=*"
      case isAbsent = "!=*"
    }
    /// The attribute.
    public var attribute: String
    /// How its values are compared; one value that passes is enough.
    public var comparison: Comparison
    /// With what; empty for presence and absence.
    public var value: String
    /// A clause of these parts.
    public init(_ attribute: String, _ comparison: Comparison, _ value: String = "") {
      self.attribute = attribute
      self.comparison = comparison
      self.value = value
    }
  }

  /// Only objects of this type.
  public var objectType: String?
  /// The beginning of the display name.
  public var name = ""
  /// What else must be so, all of it.
  public var clauses: [Clause] = []
  /// Everything.
  public init() {}
}

/// One object of the metaverse in a list.
public struct MetaverseRow: Hashable, Sendable, Identifiable {
  /// The metaverse object's number.
  public var id: Int64
  /// Its type.
  public var objectType: String
  /// What a person calls it.
  public var display: String
  /// The connector-space object that it begins with, a source's first; nil if it has none.
  public var objectID: Int64?
  /// The connectors that it has an object in.
  public var connectors: [String]
  /// The type of an open error of one of its objects, or empty.
  public var error: String
}

/// A part of the answer to a search.
public struct MetaversePage: Hashable, Sendable {
  /// What was found.
  public var rows: [MetaverseRow]
  /// Where the search goes on; nil at its end.
  public var next: MetaversePosition?
}

/// A place in the metaverse in the order of display names.
public struct MetaversePosition: Hashable, Sendable {
  /// The display name.
  public var display: String
  /// The object's number.
  public var id: Int64
  /// The place of an object.
  public init(display: String, id: Int64) {
    self.display = display
    self.id = id
  }
}

/// What the application log is narrowed to.
public struct EventFilter: Hashable, Sendable {
  /// Only events with these ids; all if empty.
  public var codes: [Int] = []
  /// Only events as grave as this one or graver.
  public var atLeast = EventRow.Level.information
  /// Only events whose message has this text in it.
  public var text = ""
  /// Only events at this moment or earlier.
  public var until: Timestamp?
  /// No narrowing.
  public init() {}
}
