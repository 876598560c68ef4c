import Directory
import HTTP
import JSON

/// Reads a list to its end, page by page, and does not believe a list that changed under way.
///
/// Pages by index are only a view on a list that others may change between two requests: an object
/// that is deleted on page 1 moves all others up, and one of them is never seen. Who takes what was
/// not seen for deleted would then delete it. So each page begins with the last item of the page
/// before, which must be the same, and at the end as many items must have been read as the server
/// counts. If not, the list is read again, at most twice, giving only what was not given before.
final class ResourceLister {
  private enum Place {
    case cursor(String)
    /// `read` items have been read; the last is `last`, if it has an id.
    case index(read: Int, last: String?)
  }

  private static let passes = 3

  private let client: SCIMClient
  private let query: ListQuery
  private let pageSize: Int
  private let first: Place
  private var place: Place?
  private var fetch: Task<Result<ListPage, RequestError>, Never>?
  private var pass = 1
  /// What has been given to the caller, in whatever pass.
  private var given: Set<String> = []
  /// What was seen in this pass; kept apart from `given` only after the first.
  private var seen: Set<String> = []
  /// The cursors that were followed in this pass: one that leads back would be followed for ever.
  private var cursors: Set<String> = []
  private var withoutID = 0
  private var total: Int?

  /// When reading began, by the server's clock; by this machine's until the server has told.
  private(set) var start = Timestamp.now
  private var hasServerDate = false

  init(client: SCIMClient, features: SCIMServer.Features, query: ListQuery) {
    self.client = client
    self.query = query
    pageSize = max(1, min(client.settings.pageSize, features.maxResults ?? .max))
    first = features.hasCursors ? .cursor("") : .index(read: 0, last: nil)
    place = first
  }

  deinit { fetch?.cancel() }

  /// The next items, none of which was given before; nil at the end.
  ///
  /// - Throws: ``RequestError``, also if the list can't be believed.
  func next() async throws(RequestError) -> [JSONValue]? {
    while let place {
      let page: ListPage
      do {
        page = try await fetched(place)
      } catch {
        guard case .outdated(let words) = error else { throw error }
        try startAgain("the server has forgotten the cursor", words: words)
        continue
      }
      if let date = page.date, !hasServerDate { (start, hasServerDate) = (date, true) }
      guard let items = try advance(page, from: place) else { continue }
      if let next = self.place { prefetch(next) }
      let new = items.filter(isNew)
      if self.place == nil { try checkWhole() }
      if !new.isEmpty { return new }
    }
    return nil
  }

  /// The items of `page` that go on from `place`; nil if the list has changed and is read again.
  private func advance(
    _ page: ListPage, from place: Place
  ) throws(RequestError) -> ArraySlice<JSONValue>? {
    defer { total = page.total ?? total }
    switch place {
    case .cursor(let cursor):
      cursors.insert(cursor)
      if let next = page.cursor, cursors.contains(next) {
        throw .unexpected("\(query.type.endpoint) gave the same cursor twice", words: next)
      }
      self.place = page.cursor.map(Place.cursor)
      return page.items[...]
    case .index(let read, let last):
      var items = page.items[...]
      if read > 0 {
        guard let overlap = items.popFirst(), overlap["id"]?.string == last else {
          try startAgain("the list changed while it was read", words: "")
          return nil
        }
      }
      let count = read + items.count
      let isEnd = items.isEmpty || count >= page.total ?? .max
      self.place = isEnd ? nil : .index(read: count, last: items.last?["id"]?.string)
      return items
    }
  }

  private func isNew(_ item: JSONValue) -> Bool {
    guard let id = item["id"]?.string else {
      withoutID += 1
      return pass == 1
    }
    if pass > 1 { seen.insert(id) }
    return given.insert(id).inserted
  }

  private func checkWhole() throws(RequestError) {
    guard let total else { return }
    let read = (pass == 1 ? given.count : seen.count) + withoutID
    // With a cursor, what is deleted meanwhile may still be given: more is no harm.
    if case .cursor = first, read >= total { return }
    guard read != total else { return }
    try startAgain(
      "\(query.type.endpoint) gave \(read) objects and counts \(total)", words: "")
  }

  private func startAgain(_ reason: String, words: String) throws(RequestError) {
    fetch?.cancel()
    fetch = nil
    guard pass < Self.passes else {
      throw .unexpected(
        "\(query.type.endpoint) could not be read whole in \(pass) passes: \(reason)",
        words: words)
    }
    pass += 1
    seen = []
    cursors = []
    withoutID = 0
    total = nil
    place = first
  }
}

extension ResourceLister {
  /// Asks for the page at `place` while the caller works on the one before.
  private func prefetch(_ place: Place) {
    let (client, query, pageSize) = (client, query, pageSize)
    fetch = Task {
      do throws(RequestError) {
        switch place {
        case .cursor(let cursor):
          return .success(try await client.page(query, cursor: cursor, count: pageSize))
        case .index(let read, _):
          // One more at the front: the item that was read last.
          let overlap = read > 0 ? 1 : 0
          return .success(
            try await client.page(
              query, startIndex: read + 1 - overlap, count: pageSize + overlap))
        }
      } catch {
        return .failure(error)
      }
    }
  }

  private func fetched(_ place: Place) async throws(RequestError) -> ListPage {
    if fetch == nil { prefetch(place) }
    guard let fetch else { throw .cancelled }
    self.fetch = nil
    return try await withTaskCancellationHandler {
      await fetch.value
    } onCancel: {
      fetch.cancel()
    }.get()
  }
}
