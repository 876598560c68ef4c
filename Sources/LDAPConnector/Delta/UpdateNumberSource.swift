import Directory

/// Asks one domain controller for what changed by its own update numbers ([MS-ADTS] §3.1.1.1.9).
///
/// They mean nothing on another controller, nor on this one after it was restored from a copy: then
/// its invocation identifier is another.
actor UpdateNumberSource: ChangeSource {
  private enum Phase { case start, changed, whole, missing, over }

  private let context: DeltaContext
  private let old: LDAPWatermark
  private var phase = Phase.start
  private var search: PagedSearch?
  private var changed: Set<Anchor> = []

  /// What else is asked for, to know whether an object that comes into sight is new.
  private static let creation = "uSNCreated"

  /// A source of what changed since `watermark`; nothing is sent yet.
  init(_ context: DeltaContext, since watermark: LDAPWatermark) {
    self.context = context
    old = watermark
  }

  /// Where deltas begin that come after all that is read from now on; nil if the controller does
  /// not tell its number.
  static func start(_ context: DeltaContext) async throws -> LDAPWatermark? {
    guard let number = context.profile.root.highestCommittedUSN else { return nil }
    var watermark = LDAPWatermark(.updateNumbers)
    watermark[number: "usn"] = number
    watermark[bytes: "controller"] = Array(controller(context).utf8)
    watermark[bytes: "invocation"] = try await invocation(context)
    return watermark
  }

  private static func controller(_ context: DeltaContext) -> String {
    context.profile.root.dsServiceName ?? context.profile.root.hostName ?? ""
  }

  /// The identifier of the controller's database; empty if this account may not read it.
  private static func invocation(_ context: DeltaContext) async throws -> [UInt8] {
    guard let place = context.profile.root.dsServiceName else { return [] }
    return try await context.connection.entry(place, ["invocationId"])?["invocationId"].first ?? []
  }

  func next() async throws -> [DirectoryChange]? {
    switch phase {
    case .start: return try await begin()
    case .changed: return try await readChanged()
    case .whole: return try await readWhole()
    case .missing:
      phase = .over
      return changed.sorted { $0.text < $1.text }.map { .missing($0) }
    case .over: return nil
    }
  }

  func ending() async throws -> ChangeEnding {
    var watermark = old
    watermark[number: "usn"] = context.profile.root.highestCommittedUSN
    // An account that sees the container of deleted objects need not see what is in it.
    return ChangeEnding(watermark: watermark, wantsComparison: true)
  }

  nonisolated func bringsOthers(_ entry: SearchEntry) -> Bool {
    guard let text = entry.text(Self.creation), let number = Int64(text) else { return false }
    return number <= old[number: "usn"] ?? 0
  }

  private func begin() async throws -> [DirectoryChange]? {
    let controller = Self.controller(context)
    guard let number = old[number: "usn"], let now = context.profile.root.highestCommittedUSN else {
      throw DeltaContext.fullImportRequired("the domain controller does not tell its update number")
    }
    guard old[bytes: "controller"] == Array(controller.utf8) else {
      throw DeltaContext.fullImportRequired(
        "another domain controller answers, and update numbers are each one's own",
        words: ServerWords.shown(controller))
    }
    guard old[bytes: "invocation"] == (try await Self.invocation(context)), now >= number else {
      throw DeltaContext.fullImportRequired(
        "the domain controller was restored from a copy: its update numbers begin anew")
    }
    guard now > number else {
      phase = .over
      return nil
    }
    phase = .changed
    search = changes(
      "(|" + classes + "(isDeleted=TRUE))", below: context.namingContext,
      ["objectGUID", "isDeleted"], showsDeleted: true)
    return []
  }

  private var classes: String {
    context.profile.classFilter(context.settings, objectTypes: context.request.objectTypes)
  }

  private func changes(
    _ filter: String, below base: DistinguishedName, _ attributes: [String], showsDeleted: Bool
  ) -> PagedSearch {
    let first = "(uSNChanged>=\((old[number: "usn"] ?? 0) + 1))"
    var controls = context.plainControls
    if showsDeleted, context.profile.has(ControlOID.showDeleted) {
      controls.append(ServerControl(ControlOID.showDeleted, isCritical: true))
    }
    let wanted = LDAPSearch(
      base: base.text, filter: SearchFilter.all([first, filter]), attributes: attributes,
      controls: controls)
    return PagedSearch(context.connection, wanted, pageSize: context.pageSize)
  }

  /// All that changed, wanted or not, by anchors.
  private func readChanged() async throws -> [DirectoryChange]? {
    guard let entries = try await context.entries(of: search) else {
      phase = .whole
      search = changes(
        context.filter, below: context.profile.base, context.attributes + [Self.creation],
        showsDeleted: false)
      return []
    }
    var deleted: [DirectoryChange] = []
    for entry in entries {
      guard let anchor = EntryMapper.anchorText(entry, "objectGUID").map({ Anchor($0) }) else {
        continue
      }
      if entry.text("isDeleted")?.uppercased() == "TRUE" {
        deleted.append(.deleted(anchor))
      } else {
        changed.insert(anchor)
      }
    }
    return deleted
  }

  /// Those that are wanted; what changed and is not among them is wanted no longer.
  private func readWhole() async throws -> [DirectoryChange]? {
    guard let entries = try await context.entries(of: search) else {
      phase = .missing
      return []
    }
    for entry in entries {
      if let text = EntryMapper.anchorText(entry, "objectGUID") { changed.remove(Anchor(text)) }
    }
    return entries.map { .whole($0) }
  }
}

extension DeltaContext {
  /// The next entries of a search for changes; nil after the last.
  func entries(of search: PagedSearch?) async throws -> [SearchEntry]? {
    guard let messages = try await search?.next() else { return nil }
    if case .done(let result)? = messages.last, result.code != LDAPCode.success {
      throw await connection.error(result, "The search for changes did not come to its end")
    }
    return messages.compactMap { if case .entry(let entry) = $0 { entry } else { nil } }
  }
}
