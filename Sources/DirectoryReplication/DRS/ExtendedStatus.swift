/// What became of an extended operation ([MS-DRSR] §4.1.10.2.21, `EXOP_ERR`).
enum ExtendedStatus {
  /// Success; Samba leaves the field empty where it has nothing to say.
  static let good: Set<UInt32> = [0, 1]
  static let accessDenied: UInt32 = 15
  static let unknownCaller: UInt32 = 6

  /// The status's name in the specification and its number.
  static func words(_ status: UInt32) -> String {
    (names[status].map { $0 + " " } ?? "extended error ") + "(\(status))"
  }

  private static let names: [UInt32: String] = [
    2: "EXOP_ERR_UNKNOWN_OP", 3: "EXOP_ERR_FSMO_NOT_OWNER", 4: "EXOP_ERR_UPDATE_ERR",
    5: "EXOP_ERR_EXCEPTION", 6: "EXOP_ERR_UNKNOWN_CALLER", 7: "EXOP_ERR_RID_ALLOC",
    8: "EXOP_ERR_FSMO_OWNER_DELETED", 9: "EXOP_ERR_FSMO_PENDING_OP", 10: "EXOP_ERR_MISMATCH",
    11: "EXOP_ERR_COULDNT_CONTACT", 12: "EXOP_ERR_FSMO_REFUSING_ROLES",
    13: "EXOP_ERR_DIR_ERROR", 14: "EXOP_ERR_FSMO_MISSING_SETTINGS",
    15: "EXOP_ERR_ACCESS_DENIED", 16: "EXOP_ERR_PARAM_ERR",
  ]
}
