import Directory

/// What to do next about a refused object, by the type of its error.
enum ExportHints {
  /// What to do when the target refuses who sends.
  static let credentials =
    "Check the account and its secret, and that they have not expired; what was not sent is sent "
    + "with the next export"

  static func hint(for type: SyncErrorType) -> String {
    switch type {
    case .attributeValueMustBeUnique:
      "Another object of the target has this value: correct or remove it at one of the two in "
        + "the source directory"
    case .identityDataValidationFailed:
      "The target does not take this value: correct it in the source directory"
    case .exceededAllowedLength:
      "Shorten the value, or remove some of the values, in the source directory"
    case .dnAttributesFailure:
      "A referenced object is missing in the target: export it first, or take the reference out"
    case .keptReference:
      "Each export tries again to take it out: where there must be a value, give it another one. Until "
        + "then whoever gets that name has its place"
    case .objectNotEmpty:
      "Move or delete in the target what is beneath it, if that may go; each export tries again to "
        + "delete it"
    case .notRead:
      "No import would show it, and nothing would come of it any more: change what the rules give it, or "
        + "have the connector read it (\"base\", \"include\", \"exclude\", \"filter\")"
    case .missingObject:
      "The object is gone from the target: the next full import notices, and it is made again"
    case .existingAdminRoleConflict:
      "Take the role from the user in the target, or give the source object another name and "
        + "address; administrators are best kept apart from synchronized users"
    case .objectTypeMismatch:
      "Another kind of object of the target has the address: change or remove it at one of the two"
    case .duplicateAnchor: "Look at the objects of the target that the words name"
    case .permissionIssue:
      "Give the connector's account the right to write this object, or the attribute that is named"
    case .readOnlyAttribute:
      "Change it where the words say that it is kept; what nobody may write here is taken out of the "
        + "outbound rules"
    case .connectivityError: "It is sent again with the next export"
    default: "It is tried again with each export; correct the value if the words tell which"
    }
  }
}
