import CLDAP
import Directory

extension LDAPResult {
  /// The failure of the object that was sent with these attributes.
  ///
  /// The server's words stay as they are; the type follows from the result code (RFC 4511
  /// Appendix A) and, for Active Directory, from the Windows error at the beginning of its words
  /// ([MS-ADTS] §3.1.1.3.1.9).
  ///
  /// - Parameter isAlone: Whether others of the object's attributes were sent apart from these, so that
  ///   it is these that are refused.
  func failure(
    of plan: ExportPlan, sent: [LDAPModification], isAlone: Bool = false
  ) -> ObjectFailure {
    // Where an object's container is missing, Samba names the class of the object.
    if code == LDAPCode.noSuchObject, case .add = plan.work {
      var failure = ObjectFailure(
        type(plan, nil), code: "\(code) " + String(cString: ldap_err2string(code)),
        message: diagnostic.isEmpty ? words(plan) : diagnostic,
        attribute: ExportPlan.nameAttribute.text, value: ServerWords.shown(plan.dn.text))
      failure.mayFollowOthers = true
      return failure
    }
    let blamed = blamed(sent, isAlone: isAlone)
    var failure = ObjectFailure(
      type(plan, blamed), code: "\(code) " + String(cString: ldap_err2string(code)),
      message: diagnostic.isEmpty ? words(plan) : diagnostic + elsewhere,
      attribute: blamed?.attribute)
    failure.value = blamed.flatMap { change in
      change.values.count == 1
        ? String(validating: change.values[0], as: UTF8.self).map {
          ServerWords.shown($0, limit: 100)
        } : nil
    }
    failure.isTransient = LDAPCode.transient.contains(code)
    return failure
  }

  /// The failure of a rename into a container that is not there: the object itself is.
  func failure(ofContainerFor name: DistinguishedName) -> ObjectFailure {
    let text = String(cString: ldap_err2string(code))
    var failure = ObjectFailure(
      .connectedDirectoryError, code: "\(code) " + text,
      message: (diagnostic.isEmpty ? text : diagnostic)
        + ": the container of \(name) is not there" + above,
      attribute: ExportPlan.nameAttribute.text, value: name.text)
    failure.mayFollowOthers = true
    return failure
  }

  /// The failure that the code alone is.
  var failure: ObjectFailure {
    let text = String(cString: ldap_err2string(code))
    var failure = ObjectFailure(
      .connectedDirectoryError, code: "\(code) " + text, message: text)
    failure.isTransient = LDAPCode.transient.contains(code)
    return failure
  }

  /// Codes by which a server refuses what one attribute would become, whatever else is sent.
  private static let ofOneAttribute = [
    LDAPCode.undefinedAttributeType, LDAPCode.constraintViolation, LDAPCode.invalidAttributeSyntax,
    LDAPCode.insufficientAccessRights, LDAPCode.objectClassViolation, LDAPCode.notAllowedOnRDN,
    LDAPCode.namingViolation, LDAPCode.entryAlreadyExists, LDAPCode.noSuchAttribute,
    LDAPCode.attributeOrValueExists,
  ]
  /// Codes by which a server refuses an attribute's value, or everything.
  private static let ofOneOrAll = [
    LDAPCode.unwillingToPerform, LDAPCode.other, LDAPCode.operationsError,
  ]

  /// Whether it may be the refusal of one attribute among those that were sent.
  var mayBeOfOneAttribute: Bool { Self.ofOneAttribute.contains(code) || mayBeOfServer }

  /// Whether it may be that of a server which takes nothing at all now.
  var mayBeOfServer: Bool { Self.ofOneOrAll.contains(code) }

  private func words(_ plan: ExportPlan) -> String {
    let name = String(cString: ldap_err2string(code))
    guard code == LDAPCode.noSuchObject, case .add = plan.work else { return name + elsewhere }
    return "\(name): the container of \(plan.dn) is not there" + above
  }

  private var above: String {
    matchedDN.isEmpty ? "" : "; what exists is \(ServerWords.shown(matchedDN))"
  }

  /// Where a server that does not write this sends to, which is not followed: the account's password
  /// would go there.
  private var elsewhere: String {
    guard code == LDAPCode.referral, !referrals.isEmpty else { return "" }
    let places = referrals.prefix(3).joined(separator: ", ")
    return
      ": this server does not write it, and names \(places); if that is right, name that one in "
      + "\"servers\""
  }

  private func type(_ plan: ExportPlan, _ blamed: LDAPModification?) -> SyncErrorType {
    switch code {
    case LDAPCode.entryAlreadyExists:
      return isOfAccountName ? .attributeValueMustBeUnique : .existingObject
    case LDAPCode.noSuchObject:
      if case .add = plan.work { return .connectedDirectoryError }
      return .missingObject
    case LDAPCode.insufficientAccessRights, LDAPCode.strongerAuthRequired,
      LDAPCode.confidentialityRequired:
      return .permissionIssue
    case LDAPCode.constraintViolation, LDAPCode.invalidAttributeSyntax,
      LDAPCode.invalidDNSyntax, LDAPCode.unwillingToPerform, LDAPCode.attributeOrValueExists:
      return refusalOfData(plan, blamed)
    case LDAPCode.undefinedAttributeType, LDAPCode.objectClassViolation, LDAPCode.namingViolation,
      LDAPCode.objectClassModsProhibited, LDAPCode.notAllowedOnRDN, LDAPCode.noSuchAttribute:
      return .schemaViolation
    default: return .connectedDirectoryError
    }
  }

  /// Whether another object of a domain has the name of an account, wherever it is: ERROR_USER_EXISTS,
  /// ERROR_GROUP_EXISTS, ERROR_ALIAS_EXISTS, and the words of Samba.
  private var isOfAccountName: Bool {
    let words = diagnostic.lowercased()
    return code == LDAPCode.entryAlreadyExists
      && (["00000524", "00000526", "00000563"].contains(where: words.hasPrefix)
        || words.contains("samaccountname") && words.contains("already in use"))
  }

  private func refusalOfData(_ plan: ExportPlan, _ blamed: LDAPModification?) -> SyncErrorType {
    let words = diagnostic.lowercased()
    // ERROR_DS_SPN_VALUE_NOT_UNIQUE_IN_FOREST, ERROR_DS_UPN_VALUE_NOT_UNIQUE_IN_FOREST,
    // ERROR_DS_NAME_NOT_UNIQUE, and the words of OpenLDAP's unique overlay and of Samba.
    let uniqueness = [
      "000021c7", "000021c8", "00002077", "not unique", "must be unique",
      "non-unique", "already in use", "already exists",
    ]
    if uniqueness.contains(where: words.contains) { return .attributeValueMustBeUnique }
    // ERROR_DS_RANGE_CONSTRAINT.
    if words.hasPrefix("00002082") || words.contains("too long") { return .exceededAllowedLength }
    if code == LDAPCode.unwillingToPerform { return .connectedDirectoryError }
    if let blamed, isReference(blamed, plan) { return .dnAttributesFailure }
    return .identityDataValidationFailed
  }

  private func isReference(_ change: LDAPModification, _ plan: ExportPlan) -> Bool {
    let changes: [ExportPlan.Change] =
      switch plan.work {
      case .add(let changes), .modify(_, let changes): changes
      case .delete: []
      }
    return changes.contains { part in
      guard part.name.text == change.attribute, case .reference? = part.values.first else {
        return false
      }
      return true
    }
  }

  /// The attribute that the server's words name, the longest one, `userPrincipalName` before `name`;
  /// where it names none, the only one that was sent.
  private func blamed(_ sent: [LDAPModification], isAlone: Bool) -> LDAPModification? {
    named(sent)
      ?? (isOfAccountName ? sent.first { AttributeName($0.attribute) == "sAMAccountName" } : nil)
      ?? (Self.ofOneAttribute.contains(code) || isAlone && mayBeOfServer
        ? (Set(sent.map(\.attribute)).count == 1 ? sent.first : nil) : nil)
  }

  private func named(_ sent: [LDAPModification]) -> LDAPModification? {
    let text = diagnostic.lowercased()
    if let quoted = Self.quoted(in: text),
      let part = sent.first(where: { $0.attribute.lowercased() == quoted })
    {
      return part
    }
    // Samba's words begin with the part of it that speaks: `objectclass_attrs: …`.
    let words = Set(text.split { !Self.isOfWord($0) }.map(String.init))
    return sent.filter { words.contains($0.attribute.lowercased()) }
      .max { $0.attribute.utf8.count < $1.attribute.utf8.count }
  }

  private static func isOfWord(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "-" || character == "_"
  }

  /// The name that words call an attribute: `attribute 'employeeID' on entry …`.
  private static func quoted(in words: String) -> String? {
    guard let start = words.firstRange(of: "attribute '")?.upperBound else { return nil }
    return String(words[start...].prefix { $0 != "'" })
  }
}
