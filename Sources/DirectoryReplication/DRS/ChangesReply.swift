import Directory

/// The answer to ``ChangesRequest`` in its sixth or ninth version ([MS-DRSR] §4.1.10.2,
/// `DRS_MSG_GETCHGREPLY_V6` and `_V9`), which differ in the values of links only; these are not read.
struct ChangesReply: Sendable {
  /// The controller's invocation id.
  let invocation: GUID
  /// The root of what was read, as the controller names it.
  let root: DistinguishedObject?
  /// How far was read.
  let to: USNVector
  /// What the controller knows of others; it comes with the last answer only.
  let upToDateness: UpToDateness?
  /// The status of an extended operation, in the sense of ``ExtendedStatus``.
  let extendedStatus: UInt32
  /// Whether there is more.
  let hasMore: Bool
  let entries: [ReplicatedEntry]

  /// What an answer of `IDL_DRSGetNCChanges` holds.
  ///
  /// - Throws: ``MalformedMessage``; ``RefusedChanges`` if the controller refused, or answers in
  ///   another form.
  static func read(_ answer: [UInt8]) throws -> ChangesReply {
    let status = Self.status(answer)
    guard status == 0 else { throw RefusedChanges.status(status) }
    var reader = NDRReader(answer)
    let version = try reader.uint32()
    guard try reader.uint32() == version else { throw reader.malformed("one version") }
    guard version == 6 || version == 9 else { throw RefusedChanges.form(version) }
    reader.align(8)
    return try read(&reader)
  }

  // What the call itself returns is at its end.
  private static func status(_ answer: [UInt8]) -> UInt32 {
    answer.suffix(4).reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  private static func read(_ reader: inout NDRReader) throws -> ChangesReply {
    let head = try Head(&reader)
    guard head.status == 0 else { throw RefusedChanges.status(head.status) }
    let root = head.hasRoot ? try DistinguishedObject.read(&reader) : nil
    let vector = head.hasVector ? try UpToDateness.read(&reader) : nil
    var prefixes = PrefixTable([:])
    if head.hasPrefixes { prefixes = try PrefixTable.read(&reader, count: head.prefixCount) }
    var entries = EntryListReader(prefixes: prefixes)
    if head.hasObjects { try entries.read(&reader) }
    guard entries.entries.count == head.objectCount else {
      throw reader.malformed("\(head.objectCount) objects instead of \(entries.entries.count)")
    }
    return ChangesReply(
      invocation: head.invocation, root: root, to: head.to, upToDateness: vector,
      extendedStatus: head.extendedStatus, hasMore: head.hasMore, entries: entries.entries)
  }

  /// The fields of fixed size.
  private struct Head {
    let invocation: GUID
    let hasRoot, hasVector, hasPrefixes, hasObjects, hasMore: Bool
    let to: USNVector
    let prefixCount, objectCount: Int
    let extendedStatus, status: UInt32

    init(_ reader: inout NDRReader) throws(MalformedMessage) {
      _ = try reader.guid()
      invocation = try reader.guid()
      hasRoot = try reader.pointer()
      _ = try USNVector.read(&reader)
      to = try USNVector.read(&reader)
      hasVector = try reader.pointer()
      prefixCount = Int(try reader.uint32())
      hasPrefixes = try reader.pointer()
      extendedStatus = try reader.uint32()
      objectCount = Int(try reader.uint32())
      _ = try reader.uint32()
      hasObjects = try reader.pointer()
      hasMore = try reader.uint32() != 0
      // Sizes of the naming context, and the values of links.
      for _ in 0..<3 { _ = try reader.uint32() }
      _ = try reader.pointer()
      status = try reader.uint32()
    }
  }
}

/// Changes that a controller did not give.
enum RefusedChanges: Error, Hashable {
  /// A Windows error ([MS-ERREF] §2.2).
  case status(UInt32)
  /// What was asked for besides changes was not done, for this reason of ``ExtendedStatus``.
  case extended(UInt32)
  /// The whole answer came, about one object, and is not what the protocol says, in these words.
  case unreadable(String)
  /// An answer in another version than those that were agreed upon.
  case form(UInt32)
}

extension RefusedChanges {
  /// What the controller says of one object that was asked for, though it may give others; nil if it
  /// speaks of who asks, or of itself.
  var ofObject: String? {
    switch self {
    case .extended(ExtendedStatus.accessDenied), .extended(ExtendedStatus.unknownCaller): nil
    case .extended(let status): "the controller did not give it: " + ExtendedStatus.words(status)
    case .status(let status):
      WindowsStatus.ofController.contains(status)
        ? nil : "the controller did not give it: " + WindowsStatus.words(status)
    case .unreadable(let words): "the answer is not what the protocol says: " + words
    case .form: nil
    }
  }
}
