import Directory

/// Finds what is in a directory at all, by its anchors and names alone: what left the scope and is to
/// be kept is not gone.
struct OutsideReader {
  /// Something that is there, and what it is called; nil if that is no name.
  typealias Found = (anchor: Anchor, name: DistinguishedName?)

  /// What is there: what can be told apart, and the names of those that show no anchor.
  struct Page {
    var found: [Found] = []
    var nameless: [String] = []
  }

  private let search: PagedSearch
  private let connection: LDAPConnection
  private let anchorAttribute: AttributeName?

  /// A reader of all below `base`; nothing is sent yet.
  init(
    _ connection: LDAPConnection, below base: DistinguishedName, anchor: AttributeName?,
    filter: String = "(objectClass=*)", pageSize: Int, controls: [ServerControl]
  ) {
    self.connection = connection
    anchorAttribute = anchor
    let wanted = LDAPSearch(
      base: base.text, filter: filter, attributes: [anchor?.text ?? "1.1"],
      controls: controls)
    search = PagedSearch(connection, wanted, pageSize: pageSize)
  }

  /// What is there next; nil after the last.
  ///
  /// - Parameter scope: Where objects must stand; nil takes them all.
  /// - Throws: ``LDAPError`` if the server does not tell all: then nobody knows what is gone.
  func next(in scope: ContainerScope? = nil) async throws(LDAPError) -> [Found]? {
    try await page(in: scope)?.found
  }

  /// What is there next, with those that show no anchor; nil after the last.
  ///
  /// - Parameter scope: Where objects must stand; nil takes them all.
  /// - Throws: ``LDAPError`` if the server does not tell all.
  func page(in scope: ContainerScope? = nil) async throws(LDAPError) -> Page? {
    guard let messages = try await search.next() else { return nil }
    if case .done(let result)? = messages.last, result.code != LDAPCode.success {
      throw await connection.error(
        result, "The search for objects that left the scope did not come to its end")
    }
    var page = Page()
    for case .entry(let entry) in messages {
      let name = try? DistinguishedName(entry.dn)
      if let scope, let name, scope.isExcluded(name) { continue }
      if let anchor = anchor(entry, name) {
        page.found.append((anchor, name))
      } else {
        page.nameless.append(entry.dn)
      }
    }
    return page
  }

  private func anchor(_ entry: SearchEntry, _ name: DistinguishedName?) -> Anchor? {
    if let anchorAttribute {
      return EntryMapper.anchorText(entry, anchorAttribute).map { Anchor($0) }
    }
    return name.map { Anchor($0.normalized) }
  }
}
