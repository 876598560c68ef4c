import Directory

/// Finds out whether something moved since it began, or since it was last asked.
protocol ChangeProbe: Sendable {
  /// What is looked at, in words.
  var words: String { get }
  /// Whether something has moved; afterwards, that is known.
  func hasMoved() async throws -> Bool
}

/// Looks at a domain controller's update number, and if that moved, whether DirSync tells of
/// anything that is read.
///
/// The number alone moves with each sign-in. A delete that the account may not see is not noticed.
actor DirSyncProbe: ChangeProbe {
  nonisolated let words = "the update number and DirSync"

  private let context: DeltaContext
  private var watermark: LDAPWatermark
  private var number: Int64?
  private var scope: ContainerScope

  /// A probe that knows all up to `watermark`.
  init(_ context: DeltaContext, from watermark: LDAPWatermark) {
    self.context = context
    self.watermark = watermark
    number = context.profile.root.highestCommittedUSN
    scope = context.scope
  }

  func hasMoved() async throws -> Bool {
    let now = try await context.look().highestCommittedUSN
    guard now == nil || now != number else { return false }
    let source = DirSyncSource(context, since: watermark)
    var hasMoved = false
    while let changes = try await source.next() {
      hasMoved = hasMoved || changes.contains(where: concerns)
    }
    // What moved may be a container that is read, or one above it.
    if hasMoved { scope = try await context.connection.scope(context.profile, context.settings) }
    watermark = try await source.ending().watermark
    number = now
    return hasMoved
  }

  /// Whether a change may be one of what is read: it stands there, or may have stood there before.
  private func concerns(_ change: DirectoryChange) -> Bool {
    guard case .part(let entry) = change else { return true }
    let names = entry.attributes.map { $0.description.lowercased() }
    if names.contains("parentguid") || names.contains("name") { return true }
    guard let dn = try? DistinguishedName(ExtendedName.parts(entry.dn).name) else { return true }
    return scope.contains(dn)
  }
}

/// Looks at a domain controller's update number, and if that moved, whether an object of those that
/// are read bears a higher one.
actor UpdateNumberProbe: ChangeProbe {
  nonisolated let words = "the update number"

  private let context: DeltaContext
  private var number: Int64

  /// A probe that knows all up to the number that the controller told.
  init(_ context: DeltaContext) {
    self.context = context
    number = context.profile.root.highestCommittedUSN ?? 0
  }

  func hasMoved() async throws -> Bool {
    guard let now = try await context.look().highestCommittedUSN, now != number else {
      return false
    }
    // Lower than before: the controller was restored from a copy.
    var hasMoved = now < number
    if !hasMoved { hasMoved = try await hasChanged(above: number) }
    number = now
    return hasMoved
  }

  private func hasChanged(above number: Int64) async throws -> Bool {
    let classes = context.profile.classFilter(
      context.settings, objectTypes: context.request.objectTypes)
    var controls = context.plainControls
    if context.profile.has(ControlOID.showDeleted) {
      controls.append(ServerControl(ControlOID.showDeleted, isCritical: true))
    }
    var search = LDAPSearch(
      base: context.namingContext.text,
      filter: SearchFilter.all([
        "(uSNChanged>=\(number + 1))", "(|" + classes + "(isDeleted=TRUE))",
      ]), attributes: ["1.1"], controls: controls)
    search.sizeLimit = 1
    let reader = try await context.connection.search(search)
    var hasChanged = false
    while let messages = try await reader.next() {
      for case .entry in messages { hasChanged = true }
    }
    if let result = await reader.result, result.code != LDAPCode.success,
      result.code != LDAPCode.sizeLimitExceeded
    {
      throw await context.connection.error(result, "The search for changes did not come to its end")
    }
    return hasChanged
  }
}

/// Looks at the stamps of a naming context's last changes (`contextCSN`), which OpenLDAP's provider
/// of content synchronization keeps.
actor ContextStampProbe: ChangeProbe {
  nonisolated let words = "contextCSN"

  private static let attribute = "contextCSN"
  private let context: DeltaContext
  private var stamps: Set<[UInt8]>

  private init(_ context: DeltaContext, _ stamps: Set<[UInt8]>) {
    self.context = context
    self.stamps = stamps
  }

  /// A probe that knows what is there now; nil if the server shows no such stamps.
  static func begin(_ context: DeltaContext) async throws -> ContextStampProbe? {
    let stamps = try await stamps(context)
    return stamps.isEmpty ? nil : ContextStampProbe(context, stamps)
  }

  private static func stamps(_ context: DeltaContext) async throws(LDAPError) -> Set<[UInt8]> {
    let top = try await context.connection.entry(context.namingContext.text, [attribute])
    return Set(top?[attribute].map { Array($0) } ?? [])
  }

  func hasMoved() async throws -> Bool {
    let now = try await Self.stamps(context)
    defer { stamps = now }
    return now != stamps
  }
}

/// Looks for entries with younger stamps than the youngest that it knows; deletes are not noticed.
actor EntryStampProbe: ChangeProbe {
  nonisolated let words = "the stamps of entries"

  private let context: DeltaContext
  private var newest: String?
  /// The names of the entries that bear it.
  private var bearers: Set<String> = []

  private init(_ context: DeltaContext) { self.context = context }

  /// A probe that knows what is there now.
  static func begin(_ context: DeltaContext) async throws -> EntryStampProbe {
    let probe = EntryStampProbe(context)
    _ = try await probe.hasMoved()
    return probe
  }

  func hasMoved() async throws -> Bool {
    let name = TimestampSource.stamp(context.profile)
    let since = newest.map { ["(\(name)>=\(SearchFilter.escape($0)))"] } ?? []
    let search = LDAPSearch(
      base: context.profile.base.text, filter: SearchFilter.all(since + [context.filter]),
      attributes: [name], controls: context.plainControls)
    let pages = PagedSearch(context.connection, search, pageSize: context.pageSize)
    var (youngest, names): (String?, Set<String>) = (nil, [])
    while let entries = try await context.entries(of: pages) {
      for entry in entries {
        guard let stamp = entry.text(name), stamp >= youngest ?? "" else { continue }
        if stamp != youngest { names = [] }
        youngest = stamp
        names.insert(entry.dn)
      }
    }
    // Those that bore the newest stamp may all be gone.
    guard let youngest else {
      defer { bearers = [] }
      return !bearers.isEmpty
    }
    defer { (newest, bearers) = (youngest, names) }
    return youngest != newest || names != bearers
  }
}
