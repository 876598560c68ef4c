import Directory

/// Carries out plans on one connection.
struct ObjectWriter: Sendable {
  let connection: LDAPConnection
  let profile: DirectoryProfile
  /// Where the objects are that plans refer to.
  var anchors: AnchorDirectory
  /// Whether the server checks conditions on the right object: OpenLDAP's overlay `unique` checks
  /// them on others, too.
  private var canAssert: Bool
  /// What was removed, by the names under which others may still refer to it.
  var removed: [DistinguishedName: ExportPlan] = [:]
  /// What others keep that refers to what was removed, and the place of its operation in the call.
  var kept: [(index: Int, reference: KeptReference)] = []

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
    let parts: [LDAPModification]
    do throws(ObjectFailure) {
      parts = try modifications(plan)
    } catch {
      return .failed(error)
    }
    switch plan.work {
    case .add: return try await add(plan, parts, wasSent: wasSent)
    case .modify(let name, _): return try await modify(plan, name, parts)
    case .delete: return try await delete(plan)
    }
  }

  /// The plan's changes as they are sent, with names in the place of anchors.
  private func modifications(_ plan: ExportPlan) throws(ObjectFailure) -> [LDAPModification] {
    let changes: [ExportPlan.Change] =
      switch plan.work {
      case .add(let changes), .modify(_, let changes): changes
      case .delete: []
      }
    var parts: [LDAPModification] = []
    for change in changes {
      var values: [[UInt8]] = []
      values.reserveCapacity(change.values.count)
      for value in change.values { values.append(try bytes(value, change.name)) }
      parts.append(LDAPModification(change.operation, change.name.text, values))
    }
    return parts
  }

  private func bytes(
    _ value: AttributeValue, _ name: AttributeName
  ) throws(ObjectFailure) -> [UInt8] {
    switch value {
    case .binary(let bytes): return bytes
    case .boolean(let flag): return Array((flag ? "TRUE" : "FALSE").utf8)
    case .string(let text): return Array(text.utf8)
    case .integer(let number): return Array(String(number).utf8)
    case .reference(let anchor):
      if let name = anchors[anchor] { return Array(name.utf8) }
      throw ObjectFailure(
        .dnAttributesFailure, code: "not sent",
        message: "\(name) refers to an object that is not in the directory",
        attribute: name.text, value: anchor)
    }
  }

  // MARK: Where an object is

  /// An object's address: its name, and what keeps a request from meeting another one of that name.
  private struct Address {
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
  private mutating func atItsPlace(
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
      return .failed(result.failure(of: plan, sent: []))
    }
    removed[plan.dn] = plan
    if let place = try? DistinguishedName(dn) { removed[place] = plan }
    return .done(anchor: plan.operation.anchor)
  }

  // MARK: Changing

  private mutating func modify(
    _ plan: ExportPlan, _ newName: DistinguishedName?, _ parts: [LDAPModification]
  ) async throws(LDAPError) -> ExportOutcome {
    var plan = plan
    var refusal: ObjectFailure?
    if let newName, newName.text != plan.dn.text {
      refusal = try await rename(plan, to: newName)
      if let refusal, refusal.type == .missingObject || refusal.isTransient {
        return .failed(refusal)
      }
      // What else changes does not wait for a name that the server refuses.
      if refusal == nil { plan.dn = newName }
    }
    for request in ChangeRequests.cut(parts) {
      guard let failure = try await change(plan, request) else { continue }
      if let failure = try await eachAlone(plan, request, failure) {
        return .failed(refusal ?? failure)
      }
    }
    if let refusal { return .failed(refusal) }
    return .done(anchor: plan.operation.anchor)
  }

  /// Sends each attribute of a request that was refused as a whole: what the server takes does not
  /// wait for what it refuses, and what it refuses is known, which its words often do not tell.
  ///
  /// - Returns: the failure of what is refused; nil if nothing is.
  private mutating func eachAlone(
    _ plan: ExportPlan, _ parts: [LDAPModification], _ whole: ObjectFailure
  ) async throws(LDAPError) -> ObjectFailure? {
    let alone = ChangeRequests.byAttribute(parts)
    guard alone.count > 1, LDAPResult.isOfOneAttribute(whole) else { return whole }
    var refused: [ObjectFailure] = []
    for parts in alone {
      if let failure = try await change(plan, parts) { refused.append(failure) }
    }
    guard var first = refused.first else { return nil }
    let others = refused.dropFirst().compactMap(\.attribute)
    if !others.isEmpty {
      first.message += "; refused as well: " + others.prefix(10).joined(separator: ", ")
    }
    return first
  }

  private mutating func rename(
    _ plan: ExportPlan, to newName: DistinguishedName
  ) async throws(LDAPError) -> ObjectFailure? {
    let superior = newName.parent
    let (result, dn) = try await atItsPlace(plan) { [connection] address throws(LDAPError) in
      // A retry finds it there already.
      if address.dn == newName.text { return LDAPResult(code: LDAPCode.success) }
      // Samba finds nobody by a GUID who is renamed without saying where.
      let isThere =
        !address.dn.hasPrefix("<") && (try? DistinguishedName(address.dn))?.parent == superior
      return try await connection.rename(
        address.dn, to: newName.rdn, below: isThere ? nil : superior?.text,
        controls: address.controls)
    }
    if result.code == LDAPCode.noSuchObject, let superior,
      try await connection.entry(superior.text, ["1.1"]) == nil, try await exists(plan)
    {
      return result.failure(ofContainerFor: newName)
    }
    guard result.code == LDAPCode.success else {
      var failure = result.failure(of: plan, sent: [])
      guard failure.type != .missingObject, !failure.isTransient else { return failure }
      (failure.attribute, failure.value) = (ExportPlan.nameAttribute.text, newName.text)
      if result.code == LDAPCode.entryAlreadyExists {
        failure.conflictingAnchor = try await bearer(of: newName)
      }
      return failure
    }
    try await follow(plan, from: dn, to: newName)
    return nil
  }

  /// Who has a name.
  private func bearer(of name: DistinguishedName) async throws(LDAPError) -> Anchor? {
    guard let anchor = profile.anchorAttribute else { return Anchor(name.normalized) }
    return try await connection.entry(name.text, [anchor.text]).flatMap {
      EntryMapper.anchorText($0, anchor).map { Anchor($0) }
    }
  }

  /// Sends one request of changes; what is so already counts as done.
  private mutating func change(
    _ plan: ExportPlan, _ parts: [LDAPModification]
  ) async throws(LDAPError) -> ObjectFailure? {
    let result = try await send(plan, parts)
    switch result.code {
    case LDAPCode.success: return nil
    case LDAPCode.attributeOrValueExists, LDAPCode.noSuchAttribute,
      _ where saysSoAlready(result, parts):
      // The server does not say which value: each on its own tells.
      let single = ChangeRequests.single(parts) {
        let name = AttributeName($0)
        return profile.values.treatment(of: name) == .reference
          && !profile.values.isSingleValued(name)
      }
      guard single.count > 1 || parts.first?.values.count == 1 else {
        return result.failure(of: plan, sent: parts)
      }
      for part in single {
        let result = try await send(plan, [part])
        let isSo =
          part.operation == .add && result.code == LDAPCode.attributeOrValueExists
          || part.operation == .delete && result.code == LDAPCode.noSuchAttribute
          || saysSoAlready(result, [part])
        guard isSo || result.code == LDAPCode.success else {
          return result.failure(of: plan, sent: [part])
        }
      }
      return nil
    default: return result.failure(of: plan, sent: parts)
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

  private mutating func send(
    _ plan: ExportPlan, _ parts: [LDAPModification]
  ) async throws(LDAPError) -> LDAPResult {
    let permissive = ServerControl(ControlOID.permissiveModify)
    return try await atItsPlace(plan) { [connection] address throws(LDAPError) in
      try await connection.modify(
        address.dn, parts, controls: address.controls + [permissive])
    }.result
  }
}

/// How changes are cut into requests.
enum ChangeRequests {
  /// Values of one attribute in a request: Active Directory takes 5,000, and locks what it changes.
  static let chunk = 1000

  /// `parts` in requests of which none has too many values of one attribute; what is small stays
  /// together, in the same order.
  static func cut(_ parts: [LDAPModification]) -> [[LDAPModification]] {
    var first: [LDAPModification] = []
    var rest: [[LDAPModification]] = []
    for part in parts {
      var values = part.values[...]
      let head = Array(values.prefix(chunk))
      values = values.dropFirst(chunk)
      first.append(LDAPModification(part.operation, part.attribute, head))
      while !values.isEmpty {
        let operation = part.operation == .replace ? .add : part.operation
        rest.append([LDAPModification(operation, part.attribute, Array(values.prefix(chunk)))])
        values = values.dropFirst(chunk)
      }
    }
    return first.isEmpty ? [] : [first] + rest
  }

  /// `parts`, those of each attribute together and apart from others; all together where the classes
  /// of the object change, on which depends what it may have.
  static func byAttribute(_ parts: [LDAPModification]) -> [[LDAPModification]] {
    var order: [AttributeName] = []
    var groups: [AttributeName: [LDAPModification]] = [:]
    for part in parts {
      let name = AttributeName(part.attribute)
      if name == "objectClass" { return [parts] }
      if groups[name] == nil { order.append(name) }
      groups[name, default: []].append(part)
    }
    return order.compactMap { groups[$0] }
  }

  /// `parts` with each added or removed value on its own.
  ///
  /// - Parameter neverEmpty: Whether an attribute may have to have a value all the time, as the
  ///   members of a `groupOfNames`: what it gets is then added before anything is removed.
  static func single(
    _ parts: [LDAPModification], neverEmpty: (String) -> Bool = { _ in false }
  ) -> [LDAPModification] {
    let single = parts.flatMap { part in
      part.operation == .replace || part.values.isEmpty
        ? [part]
        : part.values.map { LDAPModification(part.operation, part.attribute, [$0]) }
    }
    let first = single.filter { $0.operation == .add && neverEmpty($0.attribute) }
    return first + single.filter { !($0.operation == .add && neverEmpty($0.attribute)) }
  }
}

extension DistinguishedName {
  /// Whether `text` is a spelling of `name`.
  fileprivate static func isSame(_ text: String, _ name: DistinguishedName) -> Bool {
    (try? DistinguishedName(text)) == name
  }
}
