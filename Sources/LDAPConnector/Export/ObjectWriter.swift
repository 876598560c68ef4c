import Directory

/// Carries out plans on one connection.
struct ObjectWriter: Sendable {
  let connection: LDAPConnection
  let profile: DirectoryProfile
  /// Where the objects are that plans refer to.
  var anchors: AnchorDirectory
  /// Where the connector reads; nil if that is of no concern.
  var places: ReadPlaces?
  /// Whether the server checks conditions on the right object: OpenLDAP's overlay `unique` checks
  /// them on others, too.
  private var canAssert: Bool
  /// Of how many objects in succession the server refused everything with the same words.
  var unwilling = 0
  /// What was removed, by the names under which others may still refer to it.
  var removed: [DistinguishedName: ExportPlan] = [:]
  /// What others keep that refers to what was removed, and the place of its operation in the call.
  var kept: [(index: Int, reference: KeptReference)] = []
  /// Why what refers to what was removed can't be looked for, by the place in the call.
  var unseen: [Int: ObjectFailure] = [:]

  init(_ connection: LDAPConnection, _ profile: DirectoryProfile) {
    self.connection = connection
    self.profile = profile
    anchors = AnchorDirectory(profile)
    canAssert = profile.has(ControlOID.assertion)
  }

  /// Carries `plan` out.
  ///
  /// - Parameter wasSent: Whether it was sent before and no answer came, so that it may be done.
  /// - Throws: ``LDAPError`` if the connection broke.
  mutating func run(_ plan: ExportPlan, wasSent: Bool) async throws(LDAPError) -> ExportOutcome {
    let (parts, lost) = modifications(plan)
    guard !lost.isEmpty else { return try await send(plan, parts, wasSent: wasSent) }
    let known = plan.without(unknownTo: anchors)
    if known.isVoid { return .failed(lost.failure) }
    return lost.outcome(
      try await send(known, modifications(known).parts, wasSent: wasSent), of: plan)
  }

  private mutating func send(
    _ plan: ExportPlan, _ parts: [LDAPModification], wasSent: Bool
  ) async throws(LDAPError) -> ExportOutcome {
    switch plan.work {
    case .add: try await add(plan, parts, wasSent: wasSent)
    case .modify(let name, _): try await modify(plan, name, parts)
    case .delete: try await delete(plan)
    }
  }

  /// The plan's changes as they are sent, with names in the place of anchors, and those of which the
  /// names are not known.
  private func modifications(
    _ plan: ExportPlan
  ) -> (parts: [LDAPModification], lost: LostReferences) {
    let changes: [ExportPlan.Change] =
      switch plan.work {
      case .add(let changes), .modify(_, let changes): changes
      case .delete: []
      }
    var parts: [LDAPModification] = []
    var lost = LostReferences()
    for change in changes {
      var values: [[UInt8]] = []
      values.reserveCapacity(change.values.count)
      var unknown: [AttributeValue] = []
      for value in change.values {
        if let bytes = bytes(value) { values.append(bytes) } else { unknown.append(value) }
      }
      if !unknown.isEmpty { lost.note(unknown, of: change) }
      parts.append(LDAPModification(change.operation, change.name.text, values))
    }
    return (parts, lost)
  }

  /// The value as it is sent; nil for a reference to what is not in the directory.
  private func bytes(_ value: AttributeValue) -> [UInt8]? {
    switch value {
    case .binary(let bytes): bytes
    case .boolean(let flag): Array((flag ? "TRUE" : "FALSE").utf8)
    case .string(let text): Array(text.utf8)
    case .integer(let number): Array(String(number).utf8)
    case .reference(let anchor): anchors[anchor].map { Array($0.utf8) }
    }
  }

  // MARK: Where an object is

  /// An object's address: its name, and what keeps a request from meeting another one of that name.
  struct Address {
    var dn: String
    var controls: [ServerControl] = []
  }

  private func address(_ plan: ExportPlan, dn: String) async throws(LDAPError) -> Address {
    guard let anchor = plan.operation.anchor?.text, let attribute = profile.anchorAttribute else {
      return Address(dn: dn)
    }
    if profile.kind.isActiveDirectory, GUID(anchor) != nil, attribute == "objectGUID" {
      return Address(dn: "<GUID=\(anchor)>")
    }
    guard canAssert else { return Address(dn: dn) }
    let filter = "(" + attribute.text + "=" + anchors.filterValue(anchor) + ")"
    let control = try await connection.perform { (session, _) throws(LDAPError) in
      try session.assertion(filter)
    }
    return Address(dn: dn, controls: [control])
  }

  /// Sends a request for the object where it was, and if it is not there, where it is now; to a
  /// server that checks no conditions only where it is now, since another may be where it was.
  ///
  /// - Returns: what the server said, and the name to which it said that.
  mutating func atItsPlace(
    _ plan: ExportPlan,
    _ send: (Address) async throws(LDAPError) -> LDAPResult
  ) async throws(LDAPError) -> (result: LDAPResult, dn: String) {
    guard let anchor = plan.operation.anchor?.text, profile.anchorAttribute != nil else {
      return (try await send(Address(dn: plan.dn.text)), plan.dn.text)
    }
    var refusesTheObject = false
    if canAssert || profile.kind.isActiveDirectory {
      let result = try await send(try await address(plan, dn: plan.dn.text))
      guard result.code == LDAPCode.noSuchObject || result.code == LDAPCode.assertionFailed
      else { return (result, plan.dn.text) }
      refusesTheObject = result.code == LDAPCode.assertionFailed
      anchors.forget(anchor)
    }
    try await anchors.find([anchor], connection)
    guard let dn = anchors[anchor], !dn.hasPrefix("<") else {
      return (LDAPResult(code: LDAPCode.noSuchObject), plan.dn.text)
    }
    // It is where it was thought to be: then it was not the object that failed the condition.
    if refusesTheObject, DistinguishedName.isSame(dn, plan.dn) { canAssert = false }
    return (try await send(try await address(plan, dn: dn)), dn)
  }

  /// Whether the object of `plan` is in the directory, wherever that is.
  private mutating func exists(_ plan: ExportPlan) async throws(LDAPError) -> Bool {
    guard let anchor = plan.operation.anchor?.text, profile.anchorAttribute != nil else {
      return try await connection.entry(plan.dn.text, ["1.1"]) != nil
    }
    anchors.forget(anchor)
    try await anchors.find([anchor], connection)
    guard let name = anchors[anchor] else { return false }
    // A GUID in the place of a name says nothing of whether anything has it.
    guard name.hasPrefix("<") else { return true }
    return try await connection.entry(name, ["1.1"]) != nil
  }

  // MARK: Removing

  private mutating func delete(_ plan: ExportPlan) async throws(LDAPError) -> ExportOutcome {
    let (result, dn) = try await atItsPlace(plan) { [connection] address throws(LDAPError) in
      try await connection.delete(address.dn, controls: address.controls)
    }
    guard result.code == LDAPCode.success || result.code == LDAPCode.noSuchObject else {
      guard result.code == LDAPCode.notAllowedOnNonLeaf else {
        return .failed(result.failure(of: plan, sent: []))
      }
      return .failed(try await filled(result, plan, dn))
    }
    removed[plan.dn] = plan
    if let place = try? DistinguishedName(dn) { removed[place] = plan }
    return .done(anchor: plan.operation.anchor)
  }

  /// How many objects below one that can't be deleted are named.
  private static let fewNames = 3
  /// How many of them are counted.
  private static let manyNames = 1000

  /// The failure of a delete that the server refuses for what is below the object.
  private func filled(
    _ result: LDAPResult, _ plan: ExportPlan, _ dn: String
  ) async throws(LDAPError) -> ObjectFailure {
    var failure = result.failure(of: plan, sent: [])
    failure.type = .objectNotEmpty
    failure.mayFollowOthers = true
    var search = LDAPSearch(base: dn, scope: .oneLevel, attributes: ["1.1"])
    search.sizeLimit = Self.manyNames
    let found: [SearchEntry]
    do throws(LDAPError) {
      found = try await connection.firstEntries(search)
    } catch {
      // What the server said tells enough.
      guard error.resultCode != nil else { throw error }
      return failure
    }
    guard !found.isEmpty else { return failure }
    let count = found.count < Self.manyNames ? "\(found.count)" : "\(found.count) or more"
    let names = found.prefix(Self.fewNames).map { ServerWords.shown($0.dn, limit: 100) }
    failure.message =
      "It has \(count) \(found.count == 1 ? "object" : "objects") beneath it: "
      + names.joined(separator: "; ") + (found.count > names.count ? "; …" : "")
      + " (\(failure.message))"
    return failure
  }

  // MARK: Renaming

  /// Gives the object another name.
  ///
  /// - Returns: what is refused, and whether the object has the name nevertheless.
  mutating func rename(
    _ plan: ExportPlan, to newName: DistinguishedName, _ former: FormerName
  ) async throws(LDAPError) -> (refusal: ObjectFailure?, isDone: Bool) {
    let superior = newName.parent
    let (result, dn) = try await atItsPlace(plan) { [connection] address throws(LDAPError) in
      // A retry finds it there already.
      if address.dn == newName.text { return LDAPResult(code: LDAPCode.success) }
      // Samba finds nobody by a GUID who is renamed without saying where.
      let isThere =
        !address.dn.hasPrefix("<") && (try? DistinguishedName(address.dn))?.parent == superior
      let place = isThere ? nil : superior?.text
      let result = try await connection.rename(
        address.dn, to: newName.rdn, below: place, deletesOld: former.isTakenOut,
        controls: address.controls)
      // It must have what its name says: that is left to it.
      guard result.code == LDAPCode.objectClassViolation, former.isTakenOut else { return result }
      let second = try await connection.rename(
        address.dn, to: newName.rdn, below: place, deletesOld: false, controls: address.controls)
      return second.code == LDAPCode.success ? second : result
    }
    if result.code == LDAPCode.noSuchObject, let superior,
      try await connection.entry(superior.text, ["1.1"]) == nil, try await exists(plan)
    {
      return (result.failure(ofContainerFor: newName), false)
    }
    guard result.code == LDAPCode.success else {
      var failure = result.failure(of: plan, sent: [])
      guard failure.type != .missingObject, !failure.isTransient else {
        return (failure, false)
      }
      (failure.attribute, failure.value) = (ExportPlan.nameAttribute.text, newName.text)
      if result.code == LDAPCode.entryAlreadyExists {
        failure.conflictingAnchor = try await bearer(of: newName)
      }
      return (failure, false)
    }
    return (try await follow(plan, from: dn, to: newName), true)
  }

  /// Who has a name.
  private func bearer(of name: DistinguishedName) async throws(LDAPError) -> Anchor? {
    guard let anchor = profile.anchorAttribute else { return Anchor(name.normalized) }
    return try await connection.entry(name.text, [anchor.text]).flatMap {
      EntryMapper.anchorText($0, anchor).map { Anchor($0) }
    }
  }
}

extension DistinguishedName {
  /// Whether `text` is a spelling of `name`.
  fileprivate static func isSame(_ text: String, _ name: DistinguishedName) -> Bool {
    (try? DistinguishedName(text)) == name
  }
}
