/// The type of an object's error, by the name that MIIS or Entra Connect gives it
/// ([MS-UPSDBDAP] §2.2.6.2.6, .8, .12; Microsoft's "Troubleshoot errors during synchronization").
public struct SyncErrorType: Hashable, Sendable, CustomStringConvertible {
  /// The name.
  public let text: String
  /// The type called `text`.
  public init(_ text: String) { self.text = text }
  /// The name.
  public var description: String { text }

  // Discovery.
  /// A record breaks the grammar of its file.
  public static let parseError = SyncErrorType("parse-error")
  /// A value or file could not be read.
  public static let readError = SyncErrorType("read-error")
  /// A record has no DN.
  public static let missingDN = SyncErrorType("missing-dn")
  /// A DN breaks RFC 4514.
  public static let dnNotLDAPConformant = SyncErrorType("dn-not-ldap-conformant")
  /// The attribute that anchors the object has no value.
  public static let missingAnchor = SyncErrorType("missing-anchor-component")
  /// The attribute that anchors the object has several values.
  public static let multiValuedAnchor = SyncErrorType("multi-valued-anchor-component")
  /// The same object came twice in one import.
  public static let duplicateObject = SyncErrorType("duplicate-object")
  /// The object has no object class.
  public static let missingObjectClass = SyncErrorType("missing-object-class")
  /// A change record has a type that does not exist.
  public static let invalidChangeType = SyncErrorType("invalid-change-type")
  /// A change refers to an object that is not known.
  public static let needFullObject = SyncErrorType("need-full-object")
  /// A modification is none that exists.
  public static let invalidModificationType = SyncErrorType("invalid-modification-type")
  /// Base64 that is none.
  public static let invalidBase64Value = SyncErrorType("invalid-base64-value")
  /// A value does not fit its attribute.
  public static let invalidAttributeValue = SyncErrorType("invalid-attribute-value")
  /// A reference is no address.
  public static let invalidReferenceValue = SyncErrorType("invalid-reference-value")

  // Synchronization.
  /// Two objects of one connector want to join one metaverse object.
  public static let ambiguousImportFlow = SyncErrorType(
    "ambiguous-import-flow-from-multiple-connectors")
  /// Several values meet an attribute that takes one.
  public static let multiValueToSingle = SyncErrorType(
    "ambiguous-export-flow-to-single-valued-attribute")
  /// What was exported did not come back in the import.
  public static let exportedChangeNotReimported = SyncErrorType("exported-change-not-reimported")
  /// A value is of a type that its attribute does not take.
  public static let typeMismatch = SyncErrorType("cs-attribute-type-mismatch")
  /// The `Error` function of a rule fired.
  public static let ruleErrorFunction = SyncErrorType("sync-rule-error-function-triggered")
  /// An expression of a rule can't be evaluated for the object.
  public static let ruleInvalidExpression = SyncErrorType("sync-rule-invalid-expression")
  /// Rules with join conditions find different partners for one object.
  public static let ruleConflictingJoins = SyncErrorType(
    "sync-rule-inbound-flow-rules-invalid")
  /// A required value is missing for provisioning.
  public static let provisioningFailed = SyncErrorType("sync-rule-flow-provisioning-failed")
  /// A value is longer than its metaverse attribute takes.
  public static let metaverseConstraintViolation = SyncErrorType("mv-constraint-violation")
  /// Something that should not happen.
  public static let unexpectedError = SyncErrorType("unexpected-error")

  // Export.
  /// The connection was lost while the object was sent.
  public static let connectivityError = SyncErrorType("cd-connectivity-error")
  /// The server refused, for a reason that has no name of its own.
  public static let connectedDirectoryError = SyncErrorType("cd-error")
  /// The object exists already.
  public static let existingObject = SyncErrorType("cd-existing-object")
  /// The object does not exist any more.
  public static let missingObject = SyncErrorType("cd-missing-object")
  /// A value that must be unique belongs to another object.
  public static let attributeValueMustBeUnique = SyncErrorType("AttributeValueMustBeUnique")
  /// A value has characters or a form that the cloud refuses.
  public static let identityDataValidationFailed = SyncErrorType("IdentityDataValidationFailed")
  /// A value or the number of values is too large.
  public static let exceededAllowedLength = SyncErrorType("ExceededAllowedLength")
  /// The object found is of another type.
  public static let objectTypeMismatch = SyncErrorType("ObjectTypeMismatch")
  /// The object found belongs to another object on premises.
  public static let invalidSoftMatch = SyncErrorType("InvalidSoftMatch")
  /// The object found may not be taken over, since the rules or the target forbid it.
  public static let invalidHardMatch = SyncErrorType("InvalidHardMatch")
  /// The object found holds a role of an administrator.
  public static let existingAdminRoleConflict = SyncErrorType("ExistingAdminRoleConflict")
  /// Several objects of the target have the anchor that only one may have.
  public static let duplicateAnchor = SyncErrorType("duplicate-anchor")
  /// A reference names an object that the target does not have.
  public static let dnAttributesFailure = SyncErrorType("dn-attributes-failure")
  /// The target keeps a reference to an object that it does not have any more.
  public static let keptReference = SyncErrorType("kept-reference")
  /// The object holds others, and is not deleted as long as it does.
  public static let objectNotEmpty = SyncErrorType("object-not-empty")
  /// The connector would not read what it is to write.
  public static let notRead = SyncErrorType("not-read")
  /// The attribute can't be written.
  public static let readOnlyAttribute = SyncErrorType("readonly-attribute")
  /// The object breaks the target's schema.
  public static let schemaViolation = SyncErrorType("schema-violation")
  /// The connector's account lacks a right.
  public static let permissionIssue = SyncErrorType("permission-issue")
}
