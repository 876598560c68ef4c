import Directory

/// Asks for single objects while a search for changes is under way, over a connection of its own:
/// on the same one, libldap would keep all that comes of the search meanwhile.
actor ObjectFetcher {
  private let context: DeltaContext
  private var connection: LDAPConnection?

  /// Objects that are asked for at a time.
  static let chunk = 50

  init(_ context: DeltaContext) { self.context = context }

  /// Those of the objects with these anchors that are wanted, whole; where they stand is not looked
  /// at.
  func wanted(_ anchors: [Anchor]) async throws -> [SearchEntry] {
    try await entries(anchors, context.attributes, and: context.filter)
  }

  /// The objects with these anchors, whole, whether they are wanted or not.
  func all(_ anchors: [Anchor]) async throws -> [SearchEntry] {
    try await entries(anchors, context.attributes, and: nil)
  }

  /// Those of `anchors` whose objects are in the directory at all, with their names.
  func existing(_ anchors: [Anchor]) async throws -> [Anchor: String] {
    let name = context.profile.anchorAttribute
    var found: [Anchor: String] = [:]
    for entry in try await entries(anchors, [name?.text ?? "1.1"], and: nil) {
      if let anchor = anchor(of: entry) { found[anchor] = entry.dn }
    }
    return found
  }

  /// Those of `anchors` whose objects are wanted, as far as the filter tells.
  func matching(_ anchors: [Anchor]) async throws -> Set<Anchor> {
    let name = context.profile.anchorAttribute
    let found = try await entries(anchors, [name?.text ?? "1.1"], and: context.filter)
    return Set(found.compactMap { anchor(of: $0) })
  }

  /// Those of `anchors` whose objects have one of `names` among the values of an attribute.
  func referring(
    _ anchors: [Anchor], by attribute: AttributeName, to names: [DistinguishedName]
  ) async throws -> Set<Anchor> {
    let name = context.profile.anchorAttribute
    let values = names.map { "(" + attribute.text + "=" + SearchFilter.escape($0.text) + ")" }
    let found = try await entries(
      anchors, [name?.text ?? "1.1"], and: "(|" + values.joined() + ")")
    return Set(found.compactMap { anchor(of: $0) })
  }

  /// All that is wanted below `dn`.
  func below(_ dn: DistinguishedName) async throws -> PagedSearch {
    let wanted = LDAPSearch(
      base: dn.text, filter: context.filter, attributes: context.attributes,
      controls: context.plainControls)
    return PagedSearch(try await opened(), wanted, pageSize: context.pageSize)
  }

  /// All that is wanted below `dn`, by anchors and names.
  func anchors(below dn: DistinguishedName) async throws -> OutsideReader {
    OutsideReader(
      try await opened(), below: dn, anchor: context.profile.anchorAttribute,
      filter: context.filter, pageSize: context.pageSize, controls: context.plainControls)
  }

  /// The names of those of `anchors` that are anywhere in the naming context and have something
  /// below them.
  func places(of anchors: [Anchor]) async throws -> [DistinguishedName] {
    let name = context.profile.anchorAttribute
    return try await entries(
      anchors, [name?.text ?? "1.1"], and: "(" + ContentSyncSource.childMark + "=TRUE)",
      below: context.namingContext
    ).compactMap { try? DistinguishedName($0.dn) }
  }

  /// The values of `object` that its server did not give at once.
  func parts(of object: EntryMapper.Mapped) async throws -> [(AttributeName, [SearchEntry])] {
    let completion = RangeCompletion(connection: try await opened(), dn: object.entry.dn)
    return try await completion.parts(of: object)
  }

  /// Makes sure that the configuration's containers still stand where they did at the beginning.
  ///
  /// - Throws: ``ConnectorFailure`` if one has got another name.
  func checkContainers() async throws {
    let places = context.scope.includedPlaces + context.scope.excludedPlaces
    if !places.isEmpty { try await opened().check(places, context.profile) }
  }

  /// The error that `result` is.
  func error(_ result: LDAPResult, _ message: String) async throws -> LDAPError {
    await (try opened()).error(result, message)
  }

  /// The anchor of an entry.
  nonisolated func anchor(of entry: SearchEntry) -> Anchor? {
    if let name = context.profile.anchorAttribute {
      return EntryMapper.anchorText(entry, name).map { Anchor($0) }
    }
    return (try? DistinguishedName(entry.dn)).map { Anchor($0.normalized) }
  }

  private func entries(
    _ anchors: [Anchor], _ attributes: [String], and filter: String?,
    below base: DistinguishedName? = nil
  ) async throws -> [SearchEntry] {
    let connection = try await opened()
    var found: [SearchEntry] = []
    var rest = anchors[...]
    while !rest.isEmpty {
      let chunk = Array(rest.prefix(Self.chunk))
      rest = rest.dropFirst(Self.chunk)
      guard let name = context.profile.anchorAttribute else {
        found += try await byName(chunk, attributes, filter)
        continue
      }
      let any = "(|" + chunk.map { SearchFilter.equals(name, $0) }.joined() + ")"
      let search = LDAPSearch(
        base: (base ?? context.profile.base).text,
        filter: SearchFilter.all([any] + (filter.map { [$0] } ?? [])), attributes: attributes,
        controls: context.plainControls)
      found += try await connection.entries(search)
    }
    return found
  }

  /// Objects of a directory that names them by nothing but their DNs.
  private func byName(
    _ anchors: [Anchor], _ attributes: [String], _ filter: String?
  ) async throws -> [SearchEntry] {
    let connection = try await opened()
    var found: [SearchEntry] = []
    for anchor in anchors {
      let search = LDAPSearch(
        base: anchor.text, scope: .base, filter: filter ?? "(objectClass=*)",
        attributes: attributes)
      do throws(LDAPError) {
        found += try await connection.entries(search)
      } catch {
        guard error.resultCode == LDAPCode.noSuchObject else { throw error }
      }
    }
    return found
  }

  private func opened() async throws -> LDAPConnection {
    if let connection { return connection }
    var settings = context.settings.connection
    // What another server has may be older.
    if let server = await context.connection.server { settings.servers = [server] }
    settings.isReadOnly = true
    let made = LDAPConnection(settings)
    try await made.bind()
    connection = made
    return made
  }
}

extension DeltaContext {
  /// Controls of searches that read what is there.
  var plainControls: [ServerControl] {
    [ControlOID.domainScope].filter(profile.has).map { ServerControl($0) }
  }

  /// Objects in a page; 0 for no pages.
  var pageSize: Int { profile.has(ControlOID.pagedResults) ? settings.pageSize : 0 }
}

extension SearchFilter {
  /// Objects with this anchor.
  static func equals(_ name: AttributeName, _ anchor: Anchor) -> String {
    "(" + name.text + "=" + value(name, anchor.text) + ")"
  }

  private static func value(_ name: AttributeName, _ text: String) -> String {
    guard name == "objectGUID" || name == "GUID", let bytes = GUID(text)?.bytes else {
      return escape(text)
    }
    return bytes.map { "\\" + Hexadecimal.encode([$0]) }.joined()
  }
}
