import Directory

/// Active Directory's control that tells what changed ([MS-ADTS] §3.1.1.3.4.1.3).
enum DirSyncControl {
  /// Only what the account may read is told, and no right is needed for it.
  static let objectSecurity: Int64 = 1
  /// Of links, only the values that came or went are told.
  static let incrementalValues: Int64 = -0x8000_0000
  /// Bytes of an answer after which the server may end a round.
  private static let answerSize: Int64 = 4 << 20

  /// Asks for what changed since `cookie`, which is empty for the first time.
  static func request(flags: Int64, cookie: [UInt8]) -> ServerControl {
    let value =
      BERWriter.integer(flags) + BERWriter.integer(answerSize)
      + BERWriter.piece(BERTag.octets, cookie)
    return ServerControl(
      ControlOID.dirSync, isCritical: true, value: BERWriter.piece(BERTag.sequence, value))
  }

  /// What an answer's control says: whether there is more, and where that begins.
  static func answer(_ value: [UInt8]) throws(BERReader.Fault) -> (hasMore: Bool, cookie: [UInt8]) {
    var outer = BERReader(value[...])
    var reader = BERReader(try outer.content(BERTag.sequence))
    let more = try reader.integer()
    _ = try reader.integer()
    return (more != 0, Array(try reader.content(BERTag.octets)))
  }
}

/// Asks a domain controller for what changed by DirSync, round after round until there is no more.
///
/// It tells of the whole naming context, wanted or not, and of links only the values that came or
/// went.
actor DirSyncSource: ChangeSource {
  nonisolated let besides = ToldBesides.parts

  private let context: DeltaContext
  private let old: LDAPWatermark
  private var cookie: [UInt8]
  private var reader: SearchReader?
  private var isOver = false

  /// What must be asked for besides what is wanted: without `isDeleted`, a deleted object looks like
  /// any other.
  private static let needed = ["objectGUID", "objectClass", "isDeleted", "name", "parentGUID"]
  /// What DirSync shows and other searches do not.
  static let ownAttributes: Set<AttributeName> = [
    "parentGUID", "isDeleted", "isRecycled", "lastKnownParent", "nTSecurityDescriptor",
  ]

  /// A source of what changed since `watermark`; nothing is sent yet.
  init(_ context: DeltaContext, since watermark: LDAPWatermark) {
    self.context = context
    old = watermark
    cookie = watermark[bytes: "cookie"] ?? []
  }

  /// Where deltas begin that come after all that is read from now on; nil if this account can't
  /// have them.
  static func start(_ context: DeltaContext) async throws -> LDAPWatermark? {
    for flags in [0, DirSyncControl.objectSecurity] {
      if let cookie = try await latest(context, flags | DirSyncControl.incrementalValues) {
        var watermark = LDAPWatermark(.dirSync)
        watermark[bytes: "cookie"] = cookie
        watermark[number: "flags"] = flags | DirSyncControl.incrementalValues
        return watermark
      }
    }
    return nil
  }

  /// Where the server's changes end now: of all of them, none matches.
  private static func latest(_ context: DeltaContext, _ flags: Int64) async throws -> [UInt8]? {
    var cookie: [UInt8] = []
    while true {
      let search = LDAPSearch(
        base: context.namingContext.text, filter: "(!(objectClass=*))",
        attributes: ["objectGUID"],
        controls: [DirSyncControl.request(flags: flags, cookie: cookie)])
      let reader = try await context.connection.search(search)
      while try await reader.next() != nil {}
      guard let result = await reader.result else { return nil }
      if LDAPCode.ofTheMoment.contains(result.code) {
        throw await context.connection.error(result, "It was not told where changes begin")
      }
      guard result.code == LDAPCode.success,
        let value = result.control(ControlOID.dirSync)?.value,
        let answer = try? DirSyncControl.answer(value), !answer.cookie.isEmpty
      else { return nil }
      let isStuck = answer.cookie == cookie
      cookie = answer.cookie
      if !answer.hasMore || isStuck { return cookie }
    }
  }

  func next() async throws -> [DirectoryChange]? {
    guard !isOver else { return nil }
    let current: SearchReader
    if let reader { current = reader } else { current = try await begin() }
    guard let messages = try await current.next() else { return nil }
    var changes: [DirectoryChange] = []
    for message in messages {
      switch message {
      case .entry(let entry): changes += change(entry)
      case .done(let result): try await end(result)
      case .reference, .intermediate: break
      }
    }
    return changes
  }

  func ending() async throws -> ChangeEnding {
    var watermark = old
    watermark[bytes: "cookie"] = cookie
    return ChangeEnding(watermark: watermark, wantsComparison: hidesDeletes)
  }

  private func begin() async throws -> SearchReader {
    guard !cookie.isEmpty, let flags = old[number: "flags"] else {
      throw DeltaContext.fullImportRequired("there is no cookie")
    }
    // Filtered is by class alone: of a deleted object, little else is left to be asked for.
    let filter = context.profile.classFilter(
      context.settings, objectTypes: context.request.objectTypes)
    var attributes = context.settings.attributes
    if !attributes.isEmpty, !attributes.contains("*") { attributes += Self.needed }
    let search = LDAPSearch(
      base: context.namingContext.text, filter: filter, attributes: attributes,
      controls: [DirSyncControl.request(flags: flags, cookie: cookie), ExtendedName.control])
    let reader = try await context.connection.search(search)
    self.reader = reader
    return reader
  }

  private func change(_ entry: SearchEntry) -> [DirectoryChange] {
    guard let anchor = EntryMapper.anchorText(entry, "objectGUID") else { return [] }
    let isDeleted = entry.text("isDeleted")?.uppercased() == "TRUE"
    return [isDeleted ? .deleted(Anchor(anchor)) : .part(entry)]
  }

  private func end(_ result: LDAPResult) async throws {
    let server = context.connection
    switch result.code {
    case LDAPCode.success: break
    case LDAPCode.unavailableCriticalExtension, LDAPCode.protocolError,
      LDAPCode.unwillingToPerform, LDAPCode.operationsError, LDAPCode.insufficientAccessRights:
      throw DeltaContext.fullImportRequired(
        "the server does not take the cookie of the last import from this account",
        words: await server.error(result, "").words)
    default:
      throw await server.error(result, "The search for changes did not come to its end")
    }
    guard let value = result.control(ControlOID.dirSync)?.value,
      let answer = try? DirSyncControl.answer(value), !answer.cookie.isEmpty
    else {
      throw LDAPError(
        .malformedAnswer, server: await server.server?.description ?? "",
        message: "The server's answer is not what [MS-ADTS] says of DirSync")
    }
    if answer.hasMore, answer.cookie == cookie {
      throw await server.error(
        LDAPResult(code: LDAPCode.other), "The server promises more changes and does not tell them")
    }
    cookie = answer.cookie
    reader = nil
    isOver = !answer.hasMore
  }

  /// Whether the server may keep deletes back without a word: Samba does from whom it does not show
  /// what is deleted, also if it shows the container of it; Windows from those who have no right to
  /// all changes ([MS-ADTS] §3.1.1.3.4.1.3).
  private var hidesDeletes: Bool { Self.hidesDeletes(from: old, context.profile) }

  static func hidesDeletes(from watermark: LDAPWatermark, _ profile: DirectoryProfile) -> Bool {
    isLimited(watermark) || profile.kind != .activeDirectory
  }

  /// Whether only what the account may read is told, as it has no right to all changes.
  static func isLimited(_ watermark: LDAPWatermark) -> Bool {
    (watermark[number: "flags"] ?? 0) & DirSyncControl.objectSecurity != 0
  }
}

extension DeltaContext {
  /// The naming context that holds what is read.
  var namingContext: DistinguishedName {
    let contexts = profile.root.namingContexts.compactMap { try? DistinguishedName($0) }
    let holding = contexts.filter { profile.base == $0 || profile.base.isBelow($0) }
    return holding.max { $0.normalized.utf8.count < $1.normalized.utf8.count } ?? profile.base
  }
}
