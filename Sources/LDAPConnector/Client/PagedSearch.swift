/// A search that is answered in pages (RFC 2696), so that no limit of the server cuts it off.
///
/// For one task at a time. The next page is asked for as soon as the one before has come.
actor PagedSearch {
  private let connection: LDAPConnection
  private let search: LDAPSearch
  private let pageSize: Int
  private var reader: SearchReader?
  private var isOver = false
  private var inPage = 0

  /// The most entries that came in one page with another behind it; nil if there was none.
  private(set) var largestPage: Int?

  /// A search of pages of `pageSize`; 0 asks for none.
  init(_ connection: LDAPConnection, _ search: LDAPSearch, pageSize: Int) {
    self.connection = connection
    self.search = search
    self.pageSize = pageSize
  }

  /// The next messages; nil after the end.
  ///
  /// The last one of all is `done`, with what the last page ended with.
  ///
  /// - Throws: ``LDAPError`` if the connection broke; a result that is no success is none.
  func next() async throws(LDAPError) -> [SearchMessage]? {
    guard !isOver else { return nil }
    while true {
      let reader = if let reader { reader } else { try await page([]) }
      guard var messages = try await reader.next() else {
        isOver = true
        return nil
      }
      for case .entry in messages { inPage += 1 }
      guard case .done(let result)? = messages.last else { return messages }
      self.reader = nil
      guard let cookie = try await cookie(result) else {
        isOver = true
        return messages
      }
      largestPage = max(largestPage ?? 0, inPage)
      inPage = 0
      _ = try await page(cookie)
      messages.removeLast()
      // A page may be empty and have others behind it.
      if !messages.isEmpty { return messages }
    }
  }

  /// Asks for the page after `cookie`, and begins to read it.
  private func page(_ cookie: [UInt8]) async throws(LDAPError) -> SearchReader {
    var search = search
    if pageSize > 0 {
      let size = pageSize
      search.controls.append(
        try await connection.perform { (session, _) throws(LDAPError) in
          try session.pageControl(size: size, cookie: cookie)
        })
    }
    let reader = try await connection.search(search)
    await reader.readAhead()
    self.reader = reader
    return reader
  }

  private func cookie(_ result: LDAPResult) async throws(LDAPError) -> [UInt8]? {
    guard result.code == LDAPCode.success else { return nil }
    return try await connection.perform { (session, _) throws(LDAPError) in
      try session.nextPage(result)
    }
  }
}
