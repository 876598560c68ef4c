import Directory
import SyncStore

/// Pending exports as requests to a directory.
extension ExportStep {
  struct Request {
    var item: PendingExport
    var operation: ExportOperation
    /// Whether it has only the references of an object whose other changes the target has refused, or
    /// not answered: what becomes of them says nothing of those.
    var leavesRest = false
    /// Objects to which it refers before they are there, and the names that they are to get.
    var awaited: [Int64: DistinguishedName] = [:]
    var id: Int64 { item.object.id }
    /// Whether the target has named the object before, and is asked whether it is there.
    var isNamedAdd: Bool {
      if case .add = operation.kind { operation.anchor != nil } else { false }
    }
  }

  func requests(_ items: [PendingExport], referencesOnly: Bool = false) throws -> [Request] {
    var requests = items.compactMap { item in
      operation(item, referencesOnly: referencesOnly).map {
        Request(
          item: item, operation: $0, leavesRest: referencesOnly && item.object.hasUntakenChanges)
      }
    }
    try addAwaited(&requests)
    let capabilities = connector.engine.connector.capabilities
    let wholes = requests.indices.filter { index in
      let operation = requests[index].operation
      return capabilities.wholeTypes.contains(operation.objectType)
        || (operation.isRetry || operation.isRepeated)
          && capabilities.wholeTypesOnceSent.contains(operation.objectType)
    }
    guard !wholes.isEmpty else { return requests }
    let wanted = try store.look { try $0.wantedReferences(of: wholes.map { requests[$0].id }) }
    for index in wholes {
      let object = requests[index].item.object
      let desired = object.desired ?? DesiredImage()
      let references = wanted[requests[index].id] ?? [:]
      let names = desired.references.filter { connector.schema.attributes[$0] != nil }
      requests[index].operation.whole =
        desired.attributes(showing: object.image ?? AttributeSet())
        .filter { references[$0.name] == nil && !names.contains($0.name) }
        + Set(names).union(references.keys).sorted().map { name in
          Attribute(name, (references[name] ?? []).map { .reference($0.text) })
        }
    }
    return requests
  }

  /// Tells, with new objects, what they are to refer to and the target is yet to get.
  private func addAwaited(_ requests: inout [Request]) throws {
    guard connector.engine.connector.capabilities.takesAwaited else { return }
    for index in requests.indices where requests[index].item.awaitsReferred {
      guard case .add(let attributes) = requests[index].operation.kind else { continue }
      let awaited = try store.look { [id = requests[index].id] in try $0.awaitedReferences(of: id) }
      for reference in awaited
      where !attributes.contains(reference.attribute) && !names.refused.contains(reference.target)
        && requests[index].operation.awaited[reference.attribute] == nil
      {
        requests[index].operation.awaited[reference.attribute] = reference.name
        requests[index].awaited[reference.target] = reference.name
      }
    }
  }

  private func operation(_ item: PendingExport, referencesOnly: Bool) -> ExportOperation? {
    let object = item.object
    guard let dn = try? DistinguishedName(object.dn) else { return nil }
    let image = object.image ?? AttributeSet()
    let wanted = object.desired ?? DesiredImage()
    let desired = wanted.attributes(showing: image)
    var kind: ExportOperation.Kind
    let isDoubtful = isDoubtful(item)
    if isDoubtful && referencesOnly { return nil }
    if object.anchor == nil || isDoubtful {
      var attributes = AttributeSet(desired.filter { !$0.values.isEmpty })
      // All at once: to add one takes as long as the attribute has values.
      for (name, references) in Dictionary(grouping: item.addedReferences, by: \.attribute) {
        attributes.add(references.map { .reference($0.anchor.text) }, to: name)
      }
      kind = .add(attributes)
    } else {
      var changes =
        referencesOnly
        ? []
        : untaken(desired, image) { retracted($0, wanted, image) }
          .map { AttributeChange($0.name, change(of: $0, wanted, image)) }
      changes += referenceChanges(item)
      if changes.isEmpty { return nil }
      kind = .modify(changes)
    }
    var operation = ExportOperation(
      id: object.id, kind: kind, objectType: object.objectType, anchor: object.anchor, dn: dn,
      isRetry: object.exportState == .unknown)
    operation.isRepeated = item.wasNotShown
    if operation.isRenaming {
      let names = Set(
        DistinguishedName.pairs(ofRelativeName: dn.rdn).map { AttributeName($0.type) })
      operation.named = desired.filter { names.contains($0.name) }
    }
    return operation
  }

  /// Whether a target that may show writes late has named an object and did not show it for so long
  /// that it may be gone: it is sent as a new one, with the anchor by which to ask for it first.
  private func isDoubtful(_ item: PendingExport) -> Bool {
    guard connector.engine.connector.capabilities.mayShowWritesLate, item.object.isNamedUnshown
    else { return false }
    guard let taken = item.takenUnshown else { return true }
    return taken < Timestamp.now.adding(seconds: -ImportStep.patience)
  }

  /// What the target does not show of what is wanted.
  ///
  /// What it shows in its own way is sent with nothing else: that it was sent is what settles it.
  ///
  /// - Parameter retracted: What is to go of an attribute that shows more than rules name.
  private func untaken(
    _ desired: [Attribute], _ image: AttributeSet,
    retracted: (AttributeName) -> [AttributeValue]
  ) -> [Attribute] {
    let open = desired.filter { image[$0.name] != $0.values }
    let other = open.filter {
      connector.schema[$0.name].equality != .among
        || !ValueEquality.among.holds(image[$0.name], $0.values) || !retracted($0.name).isEmpty
    }
    return other.isEmpty ? open : other
  }

  /// What is to go of an attribute of which a target shows more than rules name, and lets itself be taken
  /// away.
  private func retracted(
    _ name: AttributeName, _ wanted: DesiredImage, _ image: AttributeSet
  ) -> [AttributeValue] {
    let retractable = connector.schema[name].retractable
    guard !retractable.isEmpty else { return [] }
    return wanted.takenBack(name, from: image).filter { retractable.contains($0.text.lowercased()) }
  }

  private func change(
    of attribute: Attribute, _ wanted: DesiredImage, _ image: AttributeSet
  ) -> AttributeChange.Operation {
    guard connector.schema[attribute.name].equality == .among else {
      return .replace(attribute.values)
    }
    let given = wanted.attributes.first { $0.name == attribute.name }?.values ?? []
    let removed = retracted(attribute.name, wanted, image)
    guard !removed.isEmpty else { return .replace(given) }
    let shown = Set(image[attribute.name].map(\.searchKey))
    return .update(added: given.filter { !shown.contains($0.searchKey) }, removed: removed)
  }

  private func referenceChanges(_ item: PendingExport) -> [AttributeChange] {
    var changes: [AttributeName: (added: [AttributeValue], removed: [AttributeValue])] = [:]
    for reference in item.addedReferences {
      changes[reference.attribute, default: ([], [])].added
        .append(.reference(reference.anchor.text))
    }
    for reference in item.removedReferences {
      changes[reference.attribute, default: ([], [])].removed
        .append(.reference(reference.anchor.text))
    }
    return changes.sorted { $0.key < $1.key }.map { name, change in
      connector.schema[name].isMultiValued
        ? AttributeChange(name, .update(added: change.added, removed: change.removed))
        : AttributeChange(name, .replace(Array(change.added.suffix(1))))
    }
  }
}

extension ExportOperation {
  /// Whether an object that is there gets another place.
  fileprivate var isRenaming: Bool {
    guard case .modify(let changes) = kind else { return false }
    return changes.contains { $0.name == NameChange.place }
  }
}

extension ConnectorSpaceObject {
  /// Whether attributes other than references differ from what the target shows, and it has not taken
  /// them.
  fileprivate var hasUntakenChanges: Bool {
    guard exportState != .unconfirmed, let desired else { return false }
    let image = image ?? AttributeSet()
    return desired.attributes(showing: image).contains { image[$0.name] != $0.values }
  }
}

extension ExportStep.Request {
  /// Whether nothing is left of it.
  var isEmpty: Bool { operation.kind == .modify([]) }

  /// The request without the changes that the directory has not taken.
  func without(_ changes: [AttributeChange]) -> Self {
    var rest = self
    let lacking = Lacking(changes)
    switch operation.kind {
    case .add(let attributes):
      rest.operation.kind = .add(
        AttributeSet(
          attributes.attributes.compactMap { attribute in
            let values = attribute.values.filter { !lacking.adds(attribute.name, $0) }
            return values.isEmpty ? nil : Attribute(attribute.name, values)
          }))
    case .modify(let changes): rest.operation.kind = .modify(changes.compactMap(lacking.rest))
    case .delete: break
    }
    rest.item.addedReferences.removeAll {
      lacking.adds($0.attribute, .reference($0.anchor.text))
    }
    rest.item.removedReferences.removeAll {
      lacking.removes($0.attribute, .reference($0.anchor.text))
    }
    return rest
  }
}

/// What a directory has not taken of a request.
private struct Lacking {
  private var whole: Set<AttributeName> = []
  private var added: [AttributeName: Set<AttributeValue>] = [:]
  private var removed: [AttributeName: Set<AttributeValue>] = [:]

  init(_ changes: [AttributeChange]) {
    for change in changes {
      switch change.operation {
      case .replace: whole.insert(change.name)
      case .update(let new, let old):
        added[change.name, default: []].formUnion(new)
        removed[change.name, default: []].formUnion(old)
      }
    }
  }

  func adds(_ name: AttributeName, _ value: AttributeValue) -> Bool {
    whole.contains(name) || added[name]?.contains(value) == true
  }

  func removes(_ name: AttributeName, _ value: AttributeValue) -> Bool {
    whole.contains(name) || removed[name]?.contains(value) == true
  }

  /// What is left of a change; nil for nothing.
  func rest(_ change: AttributeChange) -> AttributeChange? {
    if whole.contains(change.name) { return nil }
    guard case .update(let new, let old) = change.operation else { return change }
    let (came, went) = (
      new.filter { !adds(change.name, $0) }, old.filter { !removes(change.name, $0) }
    )
    return came.isEmpty && went.isEmpty
      ? nil : AttributeChange(change.name, .update(added: came, removed: went))
  }
}
