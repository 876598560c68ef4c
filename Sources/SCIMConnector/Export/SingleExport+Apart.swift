import Directory
import HTTP

/// A modification of which the server refuses a part, and with it all (RFC 7644 §3.5.2).
extension SingleExport {
  /// How often a refused modification is sent in parts.
  private static let tries = 30

  /// What has become of the plan once its changes were sent by themselves, those to a list value by
  /// value: what one is refused for says nothing of the others.
  ///
  /// Halves that are taken need not be divided further, and the large ones come first: so many refused
  /// values keep none of the others out. What is left when the tries are used up waits.
  func apart(
    _ error: SCIMErrorMessage, _ failure: ObjectFailure
  ) async throws(RequestError) -> ExportOutcome {
    var failure = failure
    if error.tellsAbsence {
      // Somebody who is to be a member may be meant.
      guard try await client.send("GET", plan.path, rank: plan.rank).isSuccess else {
        return .failed(failure)
      }
      failure.type = .dnAttributesFailure
    }
    let all = plan.units
    guard error.mayBeOfAPart, all.count > 1 else { return .failed(failure) }
    let going = all.prefix { $0.isRemoval }.count
    var waiting =
      going == 0 || going == all.count
      ? Self.halves(of: all[...]) : [all[..<going], all[going...]]
    var taken: [AttributeChange] = []
    var lacking: [AttributeChange] = []
    var first: ObjectFailure?
    var left = Self.tries
    while let place = Self.next(waiting, going: left > Self.tries / 2 ? going : 0) {
      let part = waiting.remove(at: place)
      guard left > 0 else {
        lacking += part
        continue
      }
      left -= 1
      switch try await attempt(part, after: taken) {
      case .settled(.done): taken += part
      case .settled(.failed(let failure)) where part.count == 1:
        first = first ?? failure
        lacking += part
      case .settled(.failed): waiting += Self.halves(of: part)
      case .settled(let outcome): return outcome
      case .refused(let error, _) where part.count > 1 && error.mayBeOfAPart:
        waiting += Self.halves(of: part)
      case .refused(let error, var failure):
        if error.tellsAbsence { failure.type = .dnAttributesFailure }
        first = first ?? failure
        lacking += part
      }
    }
    guard !lacking.isEmpty else { return .done(anchor: plan.operation.anchor) }
    guard lacking.count < all.count, let anchor = plan.operation.anchor else {
      return .failed(first ?? failure)
    }
    return .partly(
      PartialExport(
        anchor: anchor, failure: first ?? failure, lacking: ExportPlan.changes(of: lacking)))
  }

  private func attempt(
    _ units: ArraySlice<AttributeChange>, after taken: [AttributeChange]
  ) async throws(RequestError) -> Reply {
    var part: ExportPlan
    do throws(ObjectFailure) {
      part = try plan.changing(
        ExportPlan.changes(of: units), of: plan.operation.anchor, on: server)
      part.before += ExportPlan.changes(of: taken)
    } catch {
      return .settled(.failed(error))
    }
    return try await attempt(part)
  }

  /// Which of the parts comes next: the largest, of equal ones the earlier; before all others those
  /// of the first `going` units.
  private static func next(_ parts: [ArraySlice<AttributeChange>], going: Int) -> Int? {
    func rank(_ place: Int) -> (Int, Int, Int) {
      let part = parts[place]
      return (part.startIndex < going ? 0 : 1, -part.count, part.startIndex)
    }
    return parts.indices.min { rank($0) < rank($1) }
  }

  private static func halves(
    of units: ArraySlice<AttributeChange>
  ) -> [ArraySlice<AttributeChange>] {
    let middle = units.startIndex + (units.count + 1) / 2
    return [units[..<middle], units[middle...]].filter { !$0.isEmpty }
  }
}

extension SCIMErrorMessage {
  /// Whether a part of what was sent may be all that the server does not take.
  var mayBeOfAPart: Bool {
    switch status {
    case 400, 409, 422: true
    case 404: isOwn
    default: false
    }
  }
}

extension ExportPlan {
  /// The changes of a modification, of lists that lose and get values one for each: first what goes.
  var units: [AttributeChange] {
    guard case .modify(let changes) = operation.kind else { return [] }
    return Self.units(of: changes)
  }

  /// Changes, of lists that lose and get values one for each: first what goes.
  static func units(of changes: [AttributeChange]) -> [AttributeChange] {
    var going: [AttributeChange] = []
    var rest: [AttributeChange] = []
    for change in changes {
      guard case .update(let added, let removed) = change.operation else {
        rest.append(change)
        continue
      }
      going += removed.map { AttributeChange(change.name, .update(added: [], removed: [$0])) }
      rest += added.map { AttributeChange(change.name, .update(added: [$0], removed: [])) }
    }
    return going + rest
  }

  /// Changes of which each attribute has one.
  static func changes(of units: some Sequence<AttributeChange>) -> [AttributeChange] {
    var places: [AttributeName: Int] = [:]
    var changes: [AttributeChange] = []
    var added: [AttributeName: [AttributeValue]] = [:]
    var removed: [AttributeName: [AttributeValue]] = [:]
    for unit in units {
      if case .update(let new, let old) = unit.operation {
        added[unit.name, default: []] += new
        removed[unit.name, default: []] += old
        if places[unit.name] != nil { continue }
        places[unit.name] = changes.count
      }
      changes.append(unit)
    }
    for (name, place) in places {
      changes[place] = AttributeChange(
        name, .update(added: added[name] ?? [], removed: removed[name] ?? []))
    }
    return changes
  }
}

extension AttributeChange {
  /// Whether it only takes values out of a list.
  fileprivate var isRemoval: Bool {
    if case .update(let added, let removed) = operation {
      added.isEmpty && !removed.isEmpty
    } else {
      false
    }
  }
}
