import Directory

/// Asks for what changed by the stamp that a server gives each entry when it changes.
///
/// Nothing is told of what is gone: from time to time, what is there is compared with what is
/// staged. A change may come into sight later than others with a younger stamp, when two are made at
/// one time, or on servers that replicate each other: what was changed shortly before is read again.
actor TimestampSource: ChangeSource {
  private enum Phase { case start, stamps, whole, over }

  private let context: DeltaContext
  private let old: LDAPWatermark
  private var phase = Phase.start
  private var search: PagedSearch?
  private var newest: String?
  private let now = Timestamp.now

  /// A source of what changed since `watermark`; nothing is sent yet.
  init(_ context: DeltaContext, since watermark: LDAPWatermark) {
    self.context = context
    old = watermark
  }

  /// The attribute that changes with its entry; `entryCSN` tells microseconds, others seconds.
  static func stamp(_ profile: DirectoryProfile) -> String {
    switch profile.kind {
    case .openLDAP: "entryCSN"
    // Their modifyTimestamp can't be searched for.
    case .activeDirectory, .samba, .lightweightDirectory: "whenChanged"
    case .other: "modifyTimestamp"
    }
  }

  /// Where deltas begin that come after all that is read from now on; nil if no entry shows a stamp.
  static func start(_ context: DeltaContext) async throws -> LDAPWatermark? {
    let name = stamp(context.profile)
    let search = LDAPSearch(
      base: context.profile.base.text, filter: "(objectClass=*)", attributes: [name],
      controls: context.plainControls)
    let pages = PagedSearch(context.connection, search, pageSize: context.pageSize)
    var newest: String?
    while let messages = try await pages.next() {
      if case .done(let result)? = messages.last, result.code != LDAPCode.success {
        if LDAPCode.ofTheMoment.contains(result.code) {
          throw await context.connection.error(result, "It was not told where changes begin")
        }
        // What the import itself is refused, it tells by itself.
        return nil
      }
      let entries = messages.compactMap { if case .entry(let entry) = $0 { entry } else { nil } }
      newest = latest(newest, entries, name)
    }
    guard let newest else { return nil }
    var watermark = LDAPWatermark(.timestamps)
    watermark[bytes: "stamp"] = Array(newest.utf8)
    watermark[number: "compared"] = Timestamp.now.milliseconds
    watermark[bytes: "server"] = Array((await context.connection.server?.description ?? "").utf8)
    return watermark
  }

  /// Seconds before the youngest stamp from which changes are asked for.
  static let overlap: Double = 900

  /// The stamp of the same form that is `seconds` older; `stamp` itself if it has a form that is not
  /// known.
  static func earlier(_ stamp: String, by seconds: Double) -> String {
    let time = stamp.prefix { $0 != "#" }
    guard time.utf8.count >= 15, let moment = Timestamp(generalizedTime: String(time)) else {
      return stamp
    }
    // ISO 8601 as it is printed: 2026-11-28T17:20:00.000Z.
    let digits = moment.adding(seconds: -seconds).description.utf8.prefix(19)
      .filter { (0x30...0x39).contains($0) }
    // The fraction, which is nothing, keeps its length.
    let rest = time.dropFirst(digits.count).map { $0.isNumber ? "0" : String($0) }.joined()
    let isCSN = time.utf8.count < stamp.utf8.count
    return String(decoding: digits, as: UTF8.self) + rest
      + (isCSN ? "#000000#000#000000" : "")
  }

  private static func latest(
    _ known: String?, _ entries: [SearchEntry], _ name: String
  ) -> String? {
    // Stamps of one server have one form and length, so that text sorts them.
    (entries.compactMap { $0.text(name) } + (known.map { [$0] } ?? [])).max()
  }

  func next() async throws -> [DirectoryChange]? {
    switch phase {
    case .start:
      let server = Array((await context.connection.server?.description ?? "").utf8)
      guard old[bytes: "server"] == server else {
        throw DeltaContext.fullImportRequired(
          "another server answers, and may have got changes later",
          words: String(decoding: server, as: UTF8.self))
      }
      phase = .stamps
      search = try changes([Self.stamp(context.profile)])
      return []
    case .stamps:
      // The stamps first: what changes while entries are read must come again.
      if let entries = try await context.entries(of: search) {
        newest = Self.latest(newest, entries, Self.stamp(context.profile))
      } else {
        phase = .whole
        search = try changes(context.attributes + [ContentSyncSource.childMark])
      }
      return []
    case .whole:
      if let entries = try await context.entries(of: search) { return entries.map { .whole($0) } }
      phase = .over
      return nil
    case .over: return nil
    }
  }

  func ending() -> ChangeEnding {
    var watermark = old
    if let newest { watermark[bytes: "stamp"] = Array(newest.utf8) }
    let last = old[number: "compared"] ?? 0
    let isDue =
      now.milliseconds - last >= Int64(context.settings.comparisonInterval) * 1000
      || now.milliseconds < last || context.settings.isTarget
    if isDue { watermark[number: "compared"] = now.milliseconds }
    return ChangeEnding(watermark: watermark, wantsComparison: isDue)
  }

  private func changes(_ attributes: [String]) throws -> PagedSearch {
    guard let stamp = old[bytes: "stamp"].map({ String(decoding: $0, as: UTF8.self) }) else {
      throw DeltaContext.fullImportRequired("there is no stamp")
    }
    let first = Self.earlier(stamp, by: Self.overlap)
    let since = "(\(Self.stamp(context.profile))>=\(SearchFilter.escape(first)))"
    let wanted = LDAPSearch(
      base: context.profile.base.text, filter: SearchFilter.all([since, context.filter]),
      attributes: attributes, controls: context.plainControls)
    return PagedSearch(context.connection, wanted, pageSize: context.pageSize)
  }
}
