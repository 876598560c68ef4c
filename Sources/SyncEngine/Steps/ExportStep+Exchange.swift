import Directory
import SyncStore

/// Objects that are to get each other's names.
extension ExportStep {
  /// Gives the first a name for the moment, the last the one that is free by that, and so on until the
  /// first gets the one that it is to have; only then follows what else each of them is to say.
  ///
  /// If one is refused its name, all get those again that they had, and it is tried again only when
  /// one of them, or of the names that they are to get, is another: each try gives living people
  /// names for the moment.
  func exchange(_ circle: [RefusedNames.Entry]) async throws {
    var circle = circle
    // If they come back, they are tried no more.
    for index in circle.indices { circle[index].change.canLeave = false }
    names.noteTried(circle)
    let types = connector.engine.connector.capabilities.wholeTypes
    guard let first = circle.first, let last = circle.last,
      !circle.contains(where: { types.contains($0.request.operation.objectType) })
    else { return circle.forEach(names.putBack) }
    if let words = try refusedBefore(circle) {
      for index in circle.indices { circle[index].tellRefusal(words) }
      return circle.forEach(names.putBack)
    }
    let name = first.change.temporary(first.request.id)
    let freeing = freeing(first, for: last, name: name)
    // From here on nobody is asked whether the step is to end, until they have their names.
    let left = try await write(freeing, to: first)
    guard left.isTaken else {
      try noteRefusal(left, of: first, in: circle, areBack: true)
      return circle.forEach(names.putBack)
    }
    circle[0].stands(at: name)
    var moved: [Int] = []
    for index in circle.indices.dropFirst().reversed() + [0] {
      let entry = circle[index]
      let outcome = try await write(entry.wantedName, to: entry)
      guard outcome.isTaken else {
        circle[index].outcome = outcome
        let areBack = try await takeBack(moved.reversed(), freeing, in: &circle)
        try noteRefusal(outcome, of: entry, in: circle, areBack: areBack)
        return circle.forEach(names.putBack)
      }
      let name = entry.wantedName.first { $0.name == entry.change.attribute }
      circle[index].stands(at: name?.newValues.first?.text ?? "")
      moved.append(index)
    }
    names.noteExchanged(circle)
    try noteExchange(circle, name)
    for entry in circle.reversed() { try await sendNow(entry.request.id) }
  }

  /// Gives those who `moved` the names again that they had, the last one first, and then the first of
  /// the circle what it gave up; the answer is whether all have got them.
  private func takeBack(
    _ moved: [Int], _ freeing: [AttributeChange], in circle: inout [RefusedNames.Entry]
  ) async throws -> Bool {
    var areBack = true
    for index in moved {
      let held = circle[index].held(circle[index].wantedName)
      if try await !write(held, to: circle[index]).isTaken {
        circle[index].tellPlace()
        areBack = false
      }
    }
    let held = circle[0].held(freeing)
    guard try await write(held, to: circle[0]).isTaken else {
      circle[0].tellPlace()
      return false
    }
    return areBack
  }

  /// The changes by which the first gives up what the last is to get: its name, and addresses.
  private func freeing(
    _ first: RefusedNames.Entry, for last: RefusedNames.Entry, name: String
  ) -> [AttributeChange] {
    let image = first.request.item.object.image ?? AttributeSet()
    let wanted = Set(
      last.request.operation.changes.flatMap(\.newValues).compactMap(\.address))
    var changes = [AttributeChange(first.change.attribute, .replace([.string(name)]))]
    // A place in the directory is all that keeps another from it.
    guard !first.change.isPlace else { return changes }
    // A domain takes no name to sign in with that another's account would have by itself.
    let others = first.request.nameChanges.filter {
      !$0.isPlace && $0.attribute != first.change.attribute
    }
    changes += others.map {
      AttributeChange($0.attribute, .replace([.string($0.temporary(first.request.id))]))
    }
    let names = Set(changes.map(\.name))
    for change in first.request.operation.changes where !names.contains(change.name) {
      guard case .replace(let values) = change.operation else { continue }
      let kept = Set(values.compactMap(\.address))
      let left = image[change.name].filter { value in
        value.address.map { kept.contains($0) || !wanted.contains($0) } ?? true
      }
      if left != image[change.name] { changes.append(AttributeChange(change.name, .replace(left))) }
    }
    return changes
  }

  /// Sends changes of a name, which say nothing of what else the object is to be.
  private func write(
    _ changes: [AttributeChange], to entry: RefusedNames.Entry
  ) async throws -> ExportOutcome {
    let id = entry.request.id
    try store.transaction { try $0.markSending([id]) }
    var operation = entry.request.operation
    operation.kind = .modify(changes)
    let outcomes = try await exportToTheEnd([operation])
    try store.transaction { try $0.exportLeft(id, as: .idle) }
    return outcomes.first ?? .unknown(reason: "no answer")
  }

  private func sendNow(_ id: Int64) async throws {
    let requests = try requests(try store.look { try $0.pendingExports([id]) })
    guard !requests.isEmpty else { return }
    try store.transaction { try $0.markSending([id]) }
    try take(try await exportToTheEnd(requests.map(\.operation)), of: requests)
  }

  /// Sends in a task of its own, which a step that is to end breaks off only after a while.
  ///
  /// So nobody is left with a name for the moment, unless the target is silent, or wants to be asked
  /// later. What is broken off then is made good by the next import and export.
  private func exportToTheEnd(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    let target = connector.engine.connector
    let task = Task { try await target.export(operations) }
    return try await withTaskCancellationHandler {
      try await task.value
    } onCancel: { [patience = names.patience, seconds = context.exchangePatience] in
      Task {
        await patience.outlast(seconds: seconds)
        task.cancel()
      }
    }
  }
}

extension RefusedNames.Entry {
  /// The addresses that it has, and those that it is to get.
  var addresses: (held: [String], wanted: [String]) {
    let image = request.item.object.image ?? AttributeSet()
    return (
      image.attributes.flatMap(\.values).compactMap(\.address),
      request.operation.changes.flatMap(\.newValues).compactMap(\.address)
    )
  }

  /// The change of its name alone; where it signs in with it, of all such names, and of addresses.
  fileprivate var wantedName: [AttributeChange] {
    let image = request.item.object.image ?? AttributeSet()
    let names = request.nameChanges.filter { !$0.isPlace }.map(\.attribute)
    return request.operation.changes.filter { part in
      guard part.name != change.attribute else { return true }
      guard change.isPlace || !names.contains(part.name) else { return true }
      guard !change.isPlace, case .replace(let values) = part.operation else { return false }
      return (values + image[part.name]).contains { $0.address != nil }
    }
  }

  /// What takes `changes` back.
  fileprivate func held(_ changes: [AttributeChange]) -> [AttributeChange] {
    let image = request.item.object.image ?? AttributeSet()
    return changes.map { AttributeChange($0.name, .replace(image[$0.name])) }
  }

  /// Notes the name that it has by now.
  fileprivate mutating func stands(at name: String) {
    if change.isPlace, let place = try? DistinguishedName(name) { request.operation.dn = place }
    current = name
  }

  /// Has it be told that it could not get back its name.
  fileprivate mutating func tellPlace() {
    guard case .failed(var failure) = outcome else { return }
    failure.message += " (for now it has the name \(current))"
    outcome = .failed(failure)
  }
}

extension ExportOutcome {
  var isTaken: Bool { if case .done = self { true } else { false } }
}

extension ExportOperation {
  /// What a modification changes.
  fileprivate var changes: [AttributeChange] {
    if case .modify(let changes) = kind { changes } else { [] }
  }
}

extension AttributeChange {
  /// The values that come.
  fileprivate var newValues: [AttributeValue] {
    switch operation {
    case .replace(let values): values
    case .update(let added, _): added
    }
  }
}

extension AttributeValue {
  /// The value as addresses are compared; nil if it is none.
  fileprivate var address: String? {
    guard case .string(let text) = self, text.contains("@") else { return nil }
    let address = text.lowercased()
    return address.hasPrefix("smtp:") ? String(address.dropFirst(5)) : address
  }
}
