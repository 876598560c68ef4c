public import Directory

/// Changes that wait for a person's word for the same reason.
public struct HeldGroup: Hashable, Sendable, Identifiable {
  /// The group's number, by which it is released.
  public var id: Int64
  /// The target.
  public var connector: String
  /// What kind of change it is.
  public var kind: GuardedKind
  /// Why: `left scope of In - User (hidden ISNULL)`.
  public var cause: String
  /// How many objects.
  public var count: Int
  /// When the first of them came to wait.
  public var since: Timestamp
  /// What a person calls some of them.
  public var samples: [String]
}

/// Why the change of one object waits for a person's word.
public struct HeldCause: Hashable, Sendable {
  /// The number of its group; nil for a delete that no export has weighed yet.
  public var group: Int64?
  /// What kind of change it is.
  public var kind: GuardedKind
  /// Why it waits, as all of its group do; empty if that is not known.
  public var cause: String
}

/// An import that is not believed until a person says so.
public struct HeldImport: Hashable, Sendable {
  /// The connector.
  public var connector: String
  /// What there was too much of: `adds`, `updates`, `renames`, `deletes`, or `server`.
  public var kind: String
  /// How many objects are concerned.
  public var count: Int
  /// What was seen, in words.
  public var message: String
  /// When.
  public var since: Timestamp
  /// Who released it for the next import, or nil.
  public var releasedBy: String?
}

/// A person's word that let something pass.
public struct ReleaseRow: Hashable, Sendable, Identifiable {
  /// Its number.
  public var id: Int64
  /// The connector.
  public var connector: String
  /// When.
  public var time: Timestamp
  /// Who.
  public var person: String
  /// What: the cause of a group, the name of an object, `deletes`, `import`.
  public var what: String
  /// How many objects.
  public var count: Int
}

/// What a release is about.
public enum HeldReference: Hashable, Sendable {
  /// A group of held changes, by its number.
  case group(Int64)
  /// The change of one connector-space object, by its number.
  case object(Int64)
  /// The next import of a connector, by its name.
  case importOf(String)

  /// The reference in one word, as a command carries it.
  var text: String {
    switch self {
    case .group(let id): "group \(id)"
    case .object(let id): "object \(id)"
    case .importOf(let name): "import " + name
    }
  }

  init?(text: String) {
    let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    switch (parts[0], Int64(parts[1])) {
    case ("group", let id?): self = .group(id)
    case ("object", let id?): self = .object(id)
    case ("import", _): self = .importOf(parts[1])
    default: return nil
    }
  }
}

/// What waits to be sent to one target.
public struct WaitingExports: Hashable, Sendable {
  /// The target.
  public var connector: String
  /// How many objects are to be made.
  public var adds: Int
  /// How many are to be changed.
  public var updates: Int
  /// How many are to be deleted.
  public var deletes: Int
}
