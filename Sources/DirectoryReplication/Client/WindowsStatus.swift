/// Windows errors that a controller answers with ([MS-ERREF] §2.2).
enum WindowsStatus {
  static let accessDenied: UInt32 = 5
  static let invalidParameter: UInt32 = 87
  static let replicationAccessDenied: UInt32 = 8453
  static let sourceDisabled: UInt32 = 8456
  static let schemaMismatch: UInt32 = 8418

  /// The naming context or object is not there.
  static let unknownObjects: Set<UInt32> = [8240, 8333, 8439, 8440, 8452]
  /// What passes by itself.
  static let transient: Set<UInt32> = [8438, 8446, 8455, 8461, 8463]
  /// What is amiss in the controller itself.
  static let internalErrors: Set<UInt32> = [8442, 8451]
  /// What a controller says of itself or of who asks, whatever is asked for.
  static let ofController = transient.union(prefixes).union(
    [accessDenied, replicationAccessDenied, sourceDisabled, 8451, 8454, 8593])
  /// What a table of prefixes is refused with that says, or does not say, of which schema it is.
  static let prefixes: Set<UInt32> = [invalidParameter, schemaMismatch, 8437]

  /// The error's name and number.
  static func words(_ status: UInt32) -> String {
    (names[status].map { $0 + " " } ?? "error ") + "(\(status))"
  }

  private static let names: [UInt32: String] = [
    5: "access is denied", 87: "the parameter is incorrect", 8240: "no such object",
    8333: "the object was not found", 8418: "the schemas do not match",
    8437: "invalid replication parameter", 8438: "the replication service is busy",
    8439: "the name is not one of the controller",
    8440: "the naming context is not one of the controller",
    8442: "internal error of replication", 8446: "out of memory", 8451: "database error",
    8452: "the naming context is not replicated here", 8453: "replication access was denied",
    8454: "the operation is not supported", 8455: "the call was cancelled",
    8456: "the source rejects replication", 8461: "the operation was preempted",
    8463: "the controller shuts down", 8593: "replication epochs differ",
  ]
}
