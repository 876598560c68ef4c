import Directory
import SyncRules
import SyncStore

/// What synchronizing one object comes to, before anything of it is stored.
struct Decision: Sendable {
  var effects: [SyncEffect] = []
  /// What is counted: the counter, the target for an outbound one, and the object where what flows
  /// of it later counts, too.
  var counted: [(counter: Counter, target: Int64, object: Int64)] = []
  /// What was read to come to it.
  var reads = Footprint()
  /// What storing it changes.
  var writes = Footprint()

  mutating func count(_ counter: Counter, target: Int64 = 0, of object: Int64 = 0) {
    counted.append((counter, target, object))
  }
}

/// An object that can't be synchronized as it is.
struct SyncFailure: Error {
  var type: SyncErrorType
  var message: String
  var hint: String
  var attribute = ""
  var value = ""
  var other: Int64?
  /// The name of the rule that was at work, or empty.
  var rule = ""
  /// The expression that failed, or empty.
  var expression = ""
  /// The column of ``expression`` where it failed, from 1.
  var column: Int?

  /// Whether an object that is synchronized later may end it: another object has the place that
  /// this one is to have, and may be about to leave it.
  var mayPass: Bool { type == .ambiguousImportFlow || type == .ruleConflictingJoins }
}

/// One thing that is stored because of a decision.
enum SyncEffect: Sendable {
  /// A metaverse object, one that exists or the one that this decision makes.
  enum Metaverse: Sendable {
    case known(Int64)
    case new
  }

  struct MetaverseImage: Sendable {
    /// Empty if there is ``encoded``.
    var attributes: [MetaverseAttribute]
    var encoded: EncodedImage?
    var display: String
  }

  struct Provision: Sendable {
    var connector: Int64
    /// The name; nil to make one of the metaverse object's number.
    var dn: DistinguishedName?
    var objectType: String
    var display: String
    /// Empty if there is ``encoded``.
    var desired: DesiredImage
    var encoded: EncodedImage?
    var metaverse: Metaverse
    var rule: Int64
    /// Empty if there is ``history``.
    var deltas: [ObjectChange.Delta]
    var history: EncodedImage?
    /// References that expressions made.
    var made: [MadeReferences] = []
  }

  case insertMetaverse(type: String, MetaverseImage, keys: [JoinKey])
  case updateMetaverse(Int64, MetaverseImage, removed: [JoinKey], added: [JoinKey])
  case deleteMetaverse(Int64, keys: [JoinKey])
  case link(Int64, to: Metaverse, LinkKind, rule: Int64)
  /// A rule that makes objects has one in scope that was joined.
  case noteTakeover(Int64)
  /// `flows` says by which rules its references flow, as a digest.
  case linkProjected(Int64, rule: Int64, flows: Int64)
  /// The references of an object flow by other rules than before; `isFirst` if they do for the
  /// first time.
  case setReferenceFlows(Int64, Int64, isFirst: Bool, keeping: [KeptReferences])
  /// By which flows the references of the metaverse object that this decision makes go to the
  /// targets, as ``FlowMemory`` keeps it.
  case noteOutgoing(UInt16)
  /// The references that expressions make of an object now, instead of those that they made before.
  case setMadeReferences(ConnectorSpaceObject, [MadeReferences])
  /// The references that expressions make for an object of a target now.
  case setOutboundReferences(Int64, connector: Int64, [MadeReferences])
  /// `retries` says to look for another metaverse object with the next synchronization,
  /// `keepsReferences` that others of its connector go on to refer to it.
  case unlink(Int64, isFiltered: Bool, retries: Bool, keepsReferences: Bool)
  case finishImport(ConnectorSpaceObject, isFiltered: Bool)
  case remove(Int64)
  case provision(Provision)
  case setDesired(Int64, DesiredImage, EncodedImage?)
  case touchReferences(Int64)
  /// Has the references of a connector-space object, and those of its metaverse object, flow anew.
  case touchObject(Int64)
  /// With the cause under which it is grouped if it is held.
  case deprovision(ConnectorSpaceObject, cause: String)
  case letGo(Int64, connector: Int64, keepsReferences: Bool)
  case wait(Int64, [JoinKey])
  case record(ObjectChange)
  case fail(ConnectorSpaceObject, SyncFailure)
}
