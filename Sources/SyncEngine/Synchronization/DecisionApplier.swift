import Directory
import SyncRules
import SyncStore

/// Stores decisions inside one transaction, in the order in which they come.
struct DecisionApplier {
  let tx: StoreTransaction
  let connector: Int64
  let step: Int64
  private let flowMemory: FlowMemory
  private let counted: CountedObjects
  private let facts: PlanFacts
  private(set) var tally = CounterTally()
  /// What was changed so far.
  private(set) var changes = Changes()
  /// Whether an object whose failure may pass is looked at again later instead of failing.
  var defers = false
  /// Those objects, by number.
  private(set) var deferred: [Int64] = []
  private var rows: NewRows
  private var made: Int64 = 0
  private var linked: [Int64] = []
  private var touched: Set<Int64> = []
  private var touchedMetaverse: Set<Int64> = []
  private var values: [JoinKey] = []
  /// Objects of targets whose exports are yet to be settled: a group may be met for each member.
  private var unsettled: Set<Int64> = []
  /// Metaverse objects that hold what somebody gave them who is linked to them no more.
  private var bereft: Set<Int64> = []
  private var wakes: Bool
  /// Whether addresses that outbound rules made may wait for an object.
  private var bindsMade: Bool
  /// Whether any object awaits its delete at a target, so that another may wait for its place.
  private var hasDeletes: Bool

  init(tx: StoreTransaction, connector: Int64, step: Int64, facts: PlanFacts) throws {
    self.tx = tx
    self.connector = connector
    self.step = step
    flowMemory = facts.flowMemory
    counted = facts.counted
    self.facts = facts
    rows = NewRows(tx)
    wakes = try tx.hasWaiting()
    bindsMade = try tx.hasOutboundReferences()
    hasDeletes = try facts.targets.contains { try tx.hasPendingDeletes(connector: $0.id) }
  }

  mutating func apply(_ decision: Decision) throws {
    if defers, case .fail(let object, let failure)? = decision.effects.first, failure.mayPass {
      deferred.append(object.id)
      return
    }
    made = 0
    for effect in decision.effects { try apply(effect) }
    for item in decision.counted where counted.counts(item.counter, of: item.object) {
      tally.count(item.counter, target: item.target)
    }
    changes.add(decision.writes)
  }

  /// Writes the rows of all that was applied so far, for whoever reads them in the transaction.
  mutating func flush() throws { try rows.flush() }

  /// Stores what is stored once for all objects.
  mutating func finish() throws {
    try flush()
    try tx.touchReferences(of: touched)
    try tx.touchMetaverseReferences(of: touchedMetaverse)
    for id in unsettled.sorted() { try tx.settleExport(of: id) }
    for id in bereft.sorted() { try tx.reconsider(metaverse: id, givers: facts.contributors) }
    if wakes {
      try tx.endWaiting(of: linked)
      try tx.wake(Set(values))
    }
    try tx.add(tally, step: step)
    (touched, touchedMetaverse, unsettled, linked, values) = ([], [], [], [], [])
    bereft = []
    tally = CounterTally()
  }

  private func id(_ metaverse: SyncEffect.Metaverse) -> Int64 {
    switch metaverse {
    case .known(let id): id
    case .new: made
    }
  }

  private mutating func apply(_ effect: SyncEffect) throws {
    switch effect {
    case .insertMetaverse(let type, let image, let keys):
      made = try rows.insertMetaverse(
        objectType: type, image: try image.encoded ?? tx.encode(image.attributes),
        display: image.display, keys: keys)
      values += keys
    case .updateMetaverse(let id, let image, let removed, let added):
      flowMemory.doubt(metaverse: id)
      try tx.updateMetaverse(
        id, image: try image.encoded ?? tx.encode(image.attributes), display: image.display,
        removed: removed, added: added)
      values += removed + added
    case .deleteMetaverse(let id, let keys):
      try flush()
      flowMemory.doubt(metaverse: id)
      try tx.deleteMetaverse(id, keys: keys)
      values += keys
    case .provision(let item): try provision(item)
    case .setDesired(let id, let desired, let encoded):
      try tx.setDesired(try encoded ?? tx.encode(desired), of: id)
    case .touchReferences(let metaverse): touchedMetaverse.insert(metaverse)
    case .touchObject(let object):
      touched.insert(object)
      if let metaverse = try tx.metaverseID(of: object) { touchedMetaverse.insert(metaverse) }
    case .record(var change):
      if case .disconnectorProjectedFlow = change.counter { change.metaverse = made }
      if case .disconnectorProjectedNoFlow = change.counter { change.metaverse = made }
      try rows.record(change, step: step)
    case .wait(let id, let keys):
      try tx.wait(id, for: keys)
      wakes = true
    case .linkProjected(let object, let rule, let flows):
      try tx.linkProjected(object, to: made, rule: rule, flows: flows)
      linked.append(object)
      touched.insert(object)
    case .noteOutgoing(let place): flowMemory.note(place, of: made)
    case .setReferenceFlows(let object, let flows, let isFirst, let kept):
      try tx.setReferenceFlows(flows, of: object, isFirst: isFirst, keeping: kept)
      flowMemory.trust(object)
    case .finishImport(let object, let isFiltered):
      try tx.finishImport(of: object, isFiltered: isFiltered)
    case .fail(let object, let failure):
      try flush()
      try fail(object, failure)
    default:
      // These may look at objects that were made before.
      try flush()
      try applyLink(effect)
    }
  }

  private mutating func applyLink(_ effect: SyncEffect) throws {
    switch effect {
    case .link(let object, let metaverse, let kind, let rule):
      try tx.link(object, to: id(metaverse), kind, rule: rule)
      if bindsMade { try tx.bindMadeReferences(to: object) }
      unsettled.formUnion(try tx.reconsiderReferences(to: object).map(\.source))
      linked.append(object)
      flowMemory.doubt(object)
      flowMemory.doubt(metaverse: id(metaverse))
      touched.insert(object)
      touchedMetaverse.insert(id(metaverse))
    case .noteTakeover(let object): try tx.noteTakeover(of: object)
    case .setMadeReferences(let object, let made):
      try tx.setMadeReferences(
        made.map { (attribute: $0.source, addresses: $0.addresses) }, .inbound, of: object.id,
        connector: object.connector)
    case .setOutboundReferences(let object, let connector, let made):
      try setOutbound(made, of: object, connector: connector)
    case .unlink(let object, let isFiltered, let retries, let keepsReferences):
      try tx.unlink(object, isFiltered: isFiltered)
      if !keepsReferences { try takeBackReferences(to: object) }
      if retries { try tx.retry(object) }
    case .remove(let object): unsettled.formUnion(try tx.removeUnsettled(object))
    case .deprovision(let object, let cause):
      try noteLoss(of: object.id, object.connector)
      try tx.deprovision(object, because: cause)
      hasDeletes = true
      try tx.retry(object.id)
    case .letGo(let object, let connector, let keepsReferences):
      try noteLoss(of: object, connector)
      try tx.letGo(object)
      if !keepsReferences { try takeBackReferences(to: object) }
      try tx.retry(object)
    default: break
    }
  }

  /// Notes what a target's object gave its metaverse object: with the link it goes from there, too.
  private mutating func noteLoss(of object: Int64, _ connector: Int64) throws {
    guard facts.givers.contains(connector), let id = try tx.metaverseID(of: object),
      let metaverse = try tx.metaverse(id)
    else { return }
    // Of values that are united only the strongest one's giver is known.
    let gave = metaverse.attributes.contains {
      $0.contributor == object || facts.mergedAttributes.contains($0.name)
    }
    if gave { bereft.insert(id) }
  }

  private mutating func provision(_ item: SyncEffect.Provision) throws {
    let metaverse = id(item.metaverse)
    let dn = try item.dn ?? DistinguishedName("CN={metaverse-\(metaverse)}")
    let id = try rows.provision(
      connector: item.connector, dn: dn, objectType: item.objectType, display: item.display,
      desired: try item.encoded ?? tx.encode(item.desired), metaverse: metaverse, rule: item.rule)
    if bindsMade || !item.made.isEmpty { try flush() }
    if bindsMade { try tx.bindMadeReferences(to: id) }
    if !item.made.isEmpty { try setOutbound(item.made, of: id, connector: item.connector) }
    if case .known = item.metaverse { touchedMetaverse.insert(metaverse) }
    let waits = try hasDeletes && tx.awaitsDelete(of: dn, connector: item.connector)
    let counter: Counter = waits ? .provisionedDeleteAdd : .provisionedAdd
    tally.count(counter, target: item.connector)
    var change = ObjectChange(
      counter, target: item.connector, objectID: id, dn: dn.text, display: item.display,
      objectType: item.objectType, deltas: item.deltas)
    change.encoded = item.history
    change.metaverse = metaverse
    change.linkRule = item.rule
    try rows.record(change, step: step)
  }

  /// Nobody of its target refers any more to an object that belongs to no metaverse object.
  private mutating func takeBackReferences(to object: Int64) throws {
    let wanted = try tx.reconsiderReferences(to: object)
    guard !wanted.isEmpty else { return }
    unsettled.formUnion(wanted.map(\.source))
    let names = try tx.names(of: Set(wanted.map(\.source)).union([object]))
    let before = names[object].map { [$0.reference] } ?? []
    for (id, items) in Dictionary(grouping: wanted, by: \.source).sorted(by: { $0.key < $1.key }) {
      guard let holder = names[id] else { continue }
      counted.flow(.outbound, of: id, target: holder.connector, &tally)
      try rows.record(
        ObjectChange(
          .outboundFlow, target: holder.connector, objectID: id, dn: holder.dn,
          display: holder.display, objectType: holder.objectType,
          deltas: items.map { .init($0.attribute, before: before, after: []) }), step: step)
    }
  }

  private mutating func setOutbound(
    _ made: [MadeReferences], of object: Int64, connector: Int64
  ) throws {
    bindsMade = bindsMade || !made.isEmpty
    try tx.setMadeReferences(
      made.map { (attribute: $0.source, addresses: $0.addresses) }, .outbound, of: object,
      connector: connector)
  }

  private func fail(_ object: ConnectorSpaceObject, _ failure: SyncFailure) throws {
    var error = StepError(
      .synchronization, failure.type, objectID: object.id, dn: object.dn,
      message: failure.message, hint: failure.hint)
    error.attribute = failure.attribute
    error.value = failure.value
    error.otherObjectID = failure.other
    error.rule = failure.rule
    error.expression = failure.expression
    error.column = failure.column
    try tx.record(error, step: step, connector: object.connector)
    try tx.keepPending(object.id)
  }
}
