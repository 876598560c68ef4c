public import Directory

/// What staging must know of the connector whose objects it stages.
public struct StagingContext: Sendable {
  /// The step.
  public var step: Int64
  /// The connector.
  public var connector: Int64
  /// Attributes that inbound rules read from a linked object: a change of another attribute needs
  /// no synchronization.
  public var relevant: Set<AttributeName>
  /// Whether inbound rules read the names of objects.
  public var readsNames: Bool { relevant.contains("dn") }
  /// Attributes whose values joins look up in this connector space.
  public var indexed: Set<AttributeName>
  /// Whether references of this connector space flow into the metaverse.
  public var flowsReferences: Bool
  /// References for which scope clauses of inbound rules ask: an object whose references change
  /// unannounced is synchronized, too.
  public var scopedReferences: Set<AttributeName> = []
  /// Whether this is a target, whose objects rules may have made.
  public var isTarget: Bool
  /// Whether the connector space was empty when the import began: what comes is most likely new.
  public var beganEmpty = false
  /// Whether the import tells everything that is there.
  public var isFull = false
  /// Attributes of which the directory may show other values than it was given, and which.
  public var equalities: [AttributeName: ValueEquality] = [:]
  /// Since when references that were sent may not be shown yet; nil where all is shown at once.
  public var lateSince: Timestamp?
  /// A context of these parts.
  public init(
    step: Int64, connector: Int64, relevant: Set<AttributeName>, indexed: Set<AttributeName>,
    flowsReferences: Bool, isTarget: Bool = true
  ) {
    self.step = step
    self.connector = connector
    self.relevant = relevant
    self.indexed = indexed
    self.flowsReferences = flowsReferences
    self.isTarget = isTarget
  }
}

/// The numbers of the objects that an import has seen; a bit an object.
public struct SeenObjects: Sendable {
  private var words: [UInt64] = []
  private var told: [UInt64] = []
  private var outside: [UInt64] = []
  /// How many objects it holds.
  public private(set) var count = 0
  /// Objects whose name the directory told of another one.
  public private(set) var displaced: Set<Int64> = []
  /// Objects that are to be compared with what they were sent once all is told, since they refer to
  /// what had not come when they were told.
  public private(set) var awaiting: Set<Int64> = []
  /// Whether the directory told something of an object, and nobody knows of which.
  public private(set) var metUnknown = false
  /// References that objects were told to hold by names which those that were meant have no more.
  private var outdated: [Int64: [OutdatedReference]] = [:]
  private var oldNames: [Int64: String] = [:]

  /// A reference by a name that its object lost, for all that is known after it was told.
  struct OutdatedReference: Sendable {
    var source: Int64
    var attributeID: Int64
    /// Whom it means, if it was told before that one got another name.
    var target: Int64
  }

  /// None seen.
  public init() {}

  /// Notes that the object was seen; the answer is whether it was new.
  @discardableResult public mutating func insert(_ id: Int64) -> Bool {
    guard Self.set(id, in: &words) else { return false }
    count += 1
    return true
  }

  /// Whether the object was seen.
  public func contains(_ id: Int64) -> Bool { Self.has(id, in: words) }

  /// Notes that the object is there, and is not read if it is not seen.
  mutating func noteOutside(_ id: Int64) { _ = Self.set(id, in: &outside) }

  /// Whether the object is there, and not gone if it is not seen.
  func isOutside(_ id: Int64) -> Bool { Self.has(id, in: outside) }

  mutating func noteUnknown() { metUnknown = true }

  mutating func noteDisplaced(_ id: Int64) { displaced.insert(id) }

  mutating func noteAwaiting(_ id: Int64) { awaiting.insert(id) }

  /// Notes that the directory told the object as a whole, with its references.
  mutating func tell(_ id: Int64) {
    _ = Self.set(id, in: &told)
    outdated[id] = nil
  }

  /// Notes that an object which was told refers to another by `name`, which that one lost.
  mutating func noteOutdated(_ reference: OutdatedReference, by name: String) {
    outdated[reference.source, default: []].append(reference)
    if oldNames[reference.target] == nil { oldNames[reference.target] = name }
  }

  /// The objects that refer so.
  public var outdatedReferrers: [Int64] { outdated.keys.sorted() }

  /// How an object refers so, and by what names.
  func outdatedReferences(of id: Int64) -> [(reference: OutdatedReference, name: String)] {
    (outdated[id] ?? []).compactMap { reference in
      oldNames[reference.target].map { (reference, $0) }
    }
  }

  /// Whether the directory told the object as a whole, with its references.
  func wasTold(_ id: Int64) -> Bool { Self.has(id, in: told) }

  private static func set(_ id: Int64, in words: inout [UInt64]) -> Bool {
    let index = Int(id >> 6)
    if index >= words.count {
      words.append(
        contentsOf: repeatElement(0, count: max(index + 1 - words.count, words.count)))
    }
    let bit = UInt64(1) << UInt64(id & 63)
    guard words[index] & bit == 0 else { return false }
    words[index] |= bit
    return true
  }

  private static func has(_ id: Int64, in words: [UInt64]) -> Bool {
    let index = Int(id >> 6)
    return index < words.count && words[index] & (UInt64(1) << UInt64(id & 63)) != 0
  }
}

/// What a batch of an import came to.
public struct StagingResult: Sendable {
  /// What was counted.
  public var tally = CounterTally()
  /// How many errors were recorded.
  public var errors = 0
  /// Whether anything but new objects of a space that was empty was staged.
  public var metKnownObjects = false
}

/// Whether something is staged for an object, and what (the codes of MIIS's import operation).
enum Pending: Int, Sendable {
  case none = 0
  case add = 1
  case update = 2
  /// One was deleted, and this one added under its name.
  case deleteAdd = 3
  case delete = 4

  var word: String {
    switch self {
    case .none: "none"
    case .add: "add"
    case .update: "update"
    case .deleteAdd: "delete-add"
    case .delete: "delete"
    }
  }
}

/// How far an export of an object has come.
public enum ExportState: Int, Sendable {
  /// Nothing was sent, or what was sent is settled.
  case idle = 0
  /// It was sent and taken; an import has yet to confirm it.
  case unconfirmed = 1
  /// It is being sent, or was when the engine or the connection ended.
  case unknown = 2
  /// It was sent and taken into a queue; an import has yet to show what became of it.
  case accepted = 3
}

extension AttributeSet {
  /// What a person calls the object: its display name, or the next best.
  func display(dn: DistinguishedName) -> String {
    for name in Self.displayNames {
      if let text = text(name), !text.isEmpty { return text }
    }
    let rdn = dn.rdn
    return rdn.firstIndex(of: "=").map { String(rdn[rdn.index(after: $0)...]) } ?? rdn
  }

  private static let displayNames: [AttributeName] = [
    "displayName", "cn", "name", "userName", "userPrincipalName",
  ]
}

/// Whether an address is a name, and no id.
///
/// Ids are opaque (RFC 7643 §3.1); what holds `=` at its end only is one in Base64, since no part of a
/// name is empty.
func isName(_ address: String) -> Bool {
  guard let sign = address.utf8.firstIndex(of: 0x3D) else { return false }
  return address.utf8[sign...].contains { $0 != 0x3D }
}

/// The key under which a reference's target is found: a DN in its normal form, or an id.
func referenceKey(_ address: String) -> String {
  guard isName(address), !address.hasPrefix(AwaitedReference.mark) else { return address }
  return (try? DistinguishedName(address))?.normalized ?? address.lowercased()
}
