import Directory

/// What a server refuses of an object's changes, while the others go on.
struct Refusals: Sendable {
  /// How many are kept: what is told names some of them.
  private static let most = 50

  /// Why the first ones were refused.
  private(set) var failures: [ObjectFailure] = []
  /// Attributes of which nothing more is sent.
  private(set) var closed: Set<AttributeName> = []
  /// Whether nothing more of the object is sent.
  private(set) var isEnd = false

  /// Notes a refusal.
  ///
  /// - Parameters:
  ///   - closing: The parts of whose attributes nothing more is to be sent.
  ///   - ends: Whether nothing more of the object is to be sent.
  mutating func note(
    _ failure: ObjectFailure, closing parts: [LDAPModification] = [], ends: Bool = false
  ) {
    if failures.count < Self.most { failures.append(failure) }
    closed.formUnion(parts.map { AttributeName($0.attribute) })
    isEnd = isEnd || ends
  }

  /// Notes what another one has.
  mutating func note(_ others: Refusals) {
    failures += others.failures.prefix(Self.most - failures.count)
    closed.formUnion(others.closed)
    isEnd = isEnd || others.isEnd
  }

  /// The first one, which names the attributes of the others; nil if there is none.
  var failure: ObjectFailure? {
    guard var first = failures.first else { return nil }
    var others: [String] = []
    for name in failures.dropFirst().compactMap(\.attribute)
    where name != first.attribute && !others.contains(name) {
      others.append(name)
    }
    if !others.isEmpty {
      first.message += "; refused as well: " + others.prefix(10).joined(separator: ", ")
    }
    return first
  }
}

extension ObjectWriter {
  /// After how many objects in succession of which a server refuses all, each time with the same
  /// words, their parts are not tried any more.
  private static let mostUnwilling = 3
  /// After how many refused values in succession an attribute's others are left for another time.
  private static let mostRefusedValues = 20

  /// Renames and changes the object as far as the server takes it.
  mutating func modify(
    _ plan: ExportPlan, _ newName: DistinguishedName?, _ parts: [LDAPModification]
  ) async throws(LDAPError) -> ExportOutcome {
    var (plan, parts) = (plan, parts)
    var refusal: ObjectFailure?
    if let newName, plan.dn.isRenamed(by: newName) {
      let former = FormerName(of: plan, newName, profile)
      let (failure, isDone) =
        if let unread = places?.refusal(of: newName) { (unread as ObjectFailure?, false) } else {
          try await rename(plan, to: newName, former)
        }
      refusal = failure
      if let failure, !isDone, failure.type == .missingObject || failure.isTransient {
        return .failed(failure)
      }
      // What else changes does not wait for a name that is refused.
      if isDone {
        plan.dn = newName
        parts = former.removed + parts
      }
    }
    var refusals = Refusals()
    for request in ChangeRequests.cut(parts) where !refusals.isEnd {
      let open =
        refusals.closed.isEmpty
        ? request : request.filter { !refusals.closed.contains(AttributeName($0.attribute)) }
      if !open.isEmpty { try await change(plan, open, &refusals) }
    }
    if let failure = refusal ?? refusals.failure { return .failed(failure) }
    return .done(anchor: plan.operation.anchor)
  }

  /// Sends one request of changes; what is so already counts as done.
  ///
  /// Of a request that was refused as a whole each attribute is sent alone: what the server takes does
  /// not wait for what it refuses, and what it refuses is known, which its words often do not tell.
  private mutating func change(
    _ plan: ExportPlan, _ parts: [LDAPModification], isAlone: Bool = false,
    _ refusals: inout Refusals
  ) async throws(LDAPError) {
    let result = try await send(plan, parts)
    if result.code == LDAPCode.success { return }
    if let single = singleValues(result, parts) {
      return try await change(plan, each: single, &refusals)
    }
    let whole = result.failure(of: plan, sent: parts, isAlone: isAlone)
    let alone = ChangeRequests.byAttribute(parts)
    guard alone.count > 1, result.mayBeOfOneAttribute, !isUnwilling(result) else {
      return refusals.note(whole, closing: parts, ends: !result.mayBeOfOneAttribute)
    }
    var own = Refusals()
    for parts in alone where !own.isEnd { try await change(plan, parts, isAlone: true, &own) }
    // A server that takes nothing at all says the same of everything.
    let isAll =
      result.mayBeOfServer && own.failures.count == alone.count
      && own.failures.allSatisfy { $0.code == whole.code && $0.message == whole.message }
    guard isAll else { return refusals.note(own) }
    unwilling += 1
    refusals.note(whole, closing: parts)
  }

  private func isUnwilling(_ result: LDAPResult) -> Bool {
    result.mayBeOfServer && unwilling >= Self.mostUnwilling
  }

  /// The parts with each value on its own where the server says that a value is there already, or that
  /// one is not, and does not say which; nil where it does not say that.
  private func singleValues(
    _ result: LDAPResult, _ parts: [LDAPModification]
  ) -> [LDAPModification]? {
    guard
      [LDAPCode.attributeOrValueExists, LDAPCode.noSuchAttribute].contains(result.code)
        || saysSoAlready(result, parts)
    else { return nil }
    let single = ChangeRequests.single(parts) {
      let name = AttributeName($0)
      return profile.values.treatment(of: name) == .reference
        && !profile.values.isSingleValued(name)
    }
    return single.count > 1 || parts.first?.values.count == 1 ? single : nil
  }

  /// Sends each of `parts` on its own.
  private mutating func change(
    _ plan: ExportPlan, each parts: [LDAPModification], _ refusals: inout Refusals
  ) async throws(LDAPError) {
    var inSuccession: [AttributeName: Int] = [:]
    for part in parts {
      let name = AttributeName(part.attribute)
      if refusals.closed.contains(name) { continue }
      let result = try await send(plan, [part])
      let isSo =
        part.operation == .add && result.code == LDAPCode.attributeOrValueExists
        || part.operation == .delete && result.code == LDAPCode.noSuchAttribute
        || saysSoAlready(result, [part])
      if isSo || result.code == LDAPCode.success {
        inSuccession[name] = nil
        continue
      }
      inSuccession[name, default: 0] += 1
      let isOver =
        part.operation == .replace || inSuccession[name, default: 0] >= Self.mostRefusedValues
      refusals.note(
        result.failure(of: plan, sent: [part], isAlone: true), closing: isOver ? [part] : [],
        ends: !result.mayBeOfOneAttribute)
      if refusals.isEnd { return }
    }
  }

  /// Whether a domain controller refuses a link because it is there, or a link's end because it is
  /// not there.
  ///
  /// Samba does so though it was asked to permit that, as Windows does where it was not asked: with
  /// ERROR_MEMBER_IN_GROUP and ERROR_MEMBER_NOT_IN_GROUP ([MS-ERREF] §2.2).
  private func saysSoAlready(_ result: LDAPResult, _ parts: [LDAPModification]) -> Bool {
    guard profile.kind.isActiveDirectory else { return false }
    let words = result.diagnostic.lowercased()
    let operation: LDAPModification.Operation
    switch result.code {
    case LDAPCode.entryAlreadyExists
    where words.contains("already exists for target guid") || words.hasPrefix("00000562"):
      operation = .add
    case LDAPCode.unwillingToPerform
    where words.contains("already deleted for target guid")
      || words.contains("doesn't exist for target guid") || words.hasPrefix("00000561"):
      operation = .delete
    default: return false
    }
    return parts.contains { part in
      part.operation == operation
        && profile.values.treatment(of: AttributeName(part.attribute)) == .reference
    }
  }

  /// The parts under the descriptions that the server wants.
  func described(_ parts: [LDAPModification]) -> [LDAPModification] {
    parts.map {
      LDAPModification($0.operation, profile.sentDescription(of: $0.attribute), $0.values)
    }
  }

  private mutating func send(
    _ plan: ExportPlan, _ parts: [LDAPModification]
  ) async throws(LDAPError) -> LDAPResult {
    let permissive = ServerControl(ControlOID.permissiveModify)
    let sent = described(parts)
    let result = try await atItsPlace(plan) { [connection] address throws(LDAPError) in
      try await connection.modify(
        address.dn, sent, controls: address.controls + [permissive])
    }.result
    if result.code == LDAPCode.success { unwilling = 0 }
    return result
  }
}

extension DistinguishedName {
  /// Whether an object of this name gets another by `name`: the names of containers are theirs, and
  /// how they are spelled says nothing of the object, while its own is taken as it is spelled.
  fileprivate func isRenamed(by name: DistinguishedName) -> Bool {
    guard self == name, text != name.text else { return self != name }
    let own = Self.pairs(ofRelativeName: rdn)
    let new = Self.pairs(ofRelativeName: name.rdn)
    return !own.elementsEqual(new) {
      $0.type.lowercased() == $1.type.lowercased() && $0.value == $1.value
    }
  }
}
