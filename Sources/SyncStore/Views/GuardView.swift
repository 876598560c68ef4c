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
  /// When the last of them did: whoever releases the group after a look at it means none that came
  /// later.
  public var latest: Timestamp
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
  /// What there was too much of: `adds`, `updates`, `renames`, `deletes`; or what is wrong with the
  /// server: `server`, `behind`, `set-back`, or with the files: `files`.
  public var kind: String
  /// How many objects are concerned.
  public var count: Int
  /// What was seen, in words.
  public var message: String
  /// When.
  public var since: Timestamp
  /// Who released it for the next import, or nil.
  public var releasedBy: String?
  /// What a person calls some of the objects that were not shown; empty where it is held for others.
  public var samples: [String] = []

  /// Whether it is held because its server has less than was read before, or its files contradict it.
  public var isBehind: Bool { StoreTransaction.ImportHold.ofLess.contains(kind) }

  /// Whether it is held because files contradict what was read of them before.
  public var isOfFiles: Bool { kind == StoreTransaction.ImportHold.files }
}

/// Objects that the last full import of a connector did not show and that stay nevertheless, since
/// others could not be read: nobody knows whether they are gone.
public struct UnshownObjects: Hashable, Sendable {
  /// The connector.
  public var connector: String
  /// When that import ended.
  public var since: Timestamp
  /// What was seen, in words, with how many they are.
  public var message: String
  /// What to do about it.
  public var hint: String

  /// Objects of these parts.
  public init(connector: String, since: Timestamp, message: String, hint: String) {
    self.connector = connector
    self.since = since
    self.message = message
    self.hint = hint
  }
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

/// What a release is about, as it was when a person looked at it.
public enum HeldReference: Hashable, Sendable {
  /// A group of held changes, by its number: those that had come by `until`, or without it by the
  /// time that it is asked for.
  case group(Int64, until: Timestamp? = nil)
  /// The change of one connector-space object, by its number, if it is of this kind still and waits
  /// since no later than `until`.
  case object(Int64, kind: GuardedKind? = nil, until: Timestamp? = nil)
  /// The next import of a connector, by its name, if nothing more of it is held since `until`.
  case importOf(String, until: Timestamp? = nil)

  private static let separator: Character = "\u{1F}"

  /// The reference in one word, as a command carries it.
  var text: String {
    func text(_ word: String, _ name: String, _ more: String?) -> String {
      word + " " + name + (more.map { String(Self.separator) + $0 } ?? "")
    }
    return switch self {
    case .group(let id, let until):
      text("group", String(id), until.map { String($0.milliseconds) })
    case .object(let id, let kind, let until):
      text("object", String(id), Self.limit(kind, until))
    case .importOf(let name, let until):
      text("import", name, until.map { String($0.milliseconds) })
    }
  }

  private static func limit(_ kind: GuardedKind?, _ until: Timestamp?) -> String? {
    guard kind != nil || until != nil else { return nil }
    return (kind?.rawValue ?? "any") + (until.map { " \($0.milliseconds)" } ?? "")
  }

  private init?(object: Int64, limit: String) {
    let parts = limit.split(separator: " ").map(String.init)
    let kind = parts.first.flatMap { GuardedKind(rawValue: $0) }
    let until = parts.count == 2 ? Int64(parts[1]).map { Timestamp(milliseconds: $0) } : nil
    guard kind != nil || parts.first == "any", parts.count == 1 || until != nil else { return nil }
    self = .object(object, kind: kind, until: until)
  }

  init?(text: String) {
    let halves = text.split(
      separator: Self.separator, maxSplits: 1, omittingEmptySubsequences: false
    ).map(String.init)
    let parts = (halves.first ?? "").split(separator: " ", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    let more = halves.count > 1 ? halves[1] : nil
    let until = more.flatMap { Int64($0) }.map { Timestamp(milliseconds: $0) }
    // A limit that can't be read is not taken for none.
    switch (parts[0], Int64(parts[1])) {
    case ("group", let id?) where more == nil || until != nil: self = .group(id, until: until)
    case ("object", let id?):
      guard let more else {
        self = .object(id)
        return
      }
      self.init(object: id, limit: more)
    case ("import", _) where more == nil || until != nil:
      self = .importOf(parts[1], until: until)
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
