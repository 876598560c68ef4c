import Directory

extension ObjectWriter {
  /// Creates the object; one that an earlier attempt has made counts as made.
  mutating func add(
    _ plan: ExportPlan, _ parts: [LDAPModification], wasSent: Bool
  ) async throws(LDAPError) -> ExportOutcome {
    let requests = ChangeRequests.cut(parts)
    let head = described(requests.first ?? []).filter { !$0.values.isEmpty }
      .map { SearchAttribute(description: $0.attribute, values: $0.values) }
    let result = try await create(plan, head)
    switch result.code {
    case LDAPCode.success: break
    case LDAPCode.entryAlreadyExists:
      guard let present = try await present(plan, head) else {
        var failure = result.failure(of: plan, sent: parts)
        // It may be something else of the object that is there already, as an account's name.
        guard failure.type == .existingObject else { return .failed(failure) }
        failure.type = .permissionIssue
        failure.message += ": an object of that name is there, and this account may not read it"
        return .failed(failure)
      }
      guard wasSent, present.isOurs else {
        var failure = result.failure(of: plan, sent: parts)
        (failure.attribute, failure.value) = (ExportPlan.nameAttribute.text, plan.dn.text)
        failure.conflictingAnchor = present.anchor
        return .failed(failure)
      }
    default: return .failed(result.failure(of: plan, sent: parts))
    }
    guard let anchor = try await present(plan, [])?.anchor else {
      return .unknown(
        reason: "it was taken, and this account may not read it there; give it the right to read "
          + "where it writes")
    }
    for (index, request) in requests.enumerated().dropFirst() {
      let result = try await connection.modify(
        plan.dn.text, described(request), controls: [ServerControl(ControlOID.permissiveModify)])
      guard result.code == LDAPCode.success || result.code == LDAPCode.attributeOrValueExists
      else {
        return .partly(
          PartialExport(
            anchor: anchor, failure: result.failure(of: plan, sent: request),
            lacking: lacking(plan, from: index)))
      }
    }
    return .done(anchor: anchor)
  }

  /// Creates the object as `head` says; where it must have a reference, and what it is to refer to is
  /// yet to come, with the name that this is to have.
  ///
  /// OpenLDAP and others do not ask whether anybody has the name. Two groups that each have only the
  /// other as a member could not come otherwise.
  private func create(
    _ plan: ExportPlan, _ head: [SearchAttribute]
  ) async throws(LDAPError) -> LDAPResult {
    let result = try await connection.add(plan.dn.text, head)
    let present = Set(head.map { AttributeName($0.description) })
    let more = plan.operation.awaited.filter { name, _ in
      !present.contains(name) && profile.values.treatment(of: name) == .reference
    }
    guard result.code == LDAPCode.objectClassViolation, !more.isEmpty,
      !profile.kind.isActiveDirectory
    else { return result }
    let whole = more.sorted { $0.key < $1.key }.map { name, value in
      SearchAttribute(description: name.text, values: [Array(value.text.utf8)])
    }
    let second = try await connection.add(plan.dn.text, head + whole)
    // What is wrong with it is what was said first.
    return second.code == LDAPCode.success ? second : result
  }

  /// What an object lacks of which the requests from the one at `index` on were not taken; the first
  /// one is the object itself.
  private func lacking(_ plan: ExportPlan, from index: Int) -> [AttributeChange] {
    guard case .add(let changes) = plan.work else { return [] }
    // The others are each one attribute's next values, in their order.
    var left = index - 1
    var lacking: [AttributeChange] = []
    for change in changes {
      var values = change.values.dropFirst(ChangeRequests.chunk)
      while left > 0, !values.isEmpty {
        values = values.dropFirst(ChangeRequests.chunk)
        left -= 1
      }
      guard !values.isEmpty else { continue }
      lacking.append(AttributeChange(change.name, .update(added: Array(values), removed: [])))
    }
    return lacking
  }

  /// The object that has the plan's name now, and whether it says what was sent.
  private func present(
    _ plan: ExportPlan, _ sent: [SearchAttribute]
  ) async throws(LDAPError) -> (anchor: Anchor?, isOurs: Bool)? {
    let names = sent.map(\.description) + (profile.anchorAttribute.map { [$0.text] } ?? [])
    guard let entry = try await connection.entry(plan.dn.text, names) else { return nil }
    let isOurs = sent.allSatisfy { attribute in
      // Servers spell names in their own way.
      if profile.values.treatment(of: AttributeName(attribute.description)) == .reference {
        return true
      }
      let found = Set(entry[attribute.description].map(Self.folded))
      return attribute.values.allSatisfy { found.contains(Self.folded($0)) }
    }
    guard let name = profile.anchorAttribute else {
      return (Anchor(plan.dn.normalized), isOurs)
    }
    return (EntryMapper.anchorText(entry, name).map { Anchor($0) }, isOurs)
  }

  /// Text without regard to its case.
  private static func folded(_ value: [UInt8]) -> [UInt8] {
    guard let text = String(validating: value, as: UTF8.self) else { return value }
    return Array(text.lowercased().utf8)
  }
}
