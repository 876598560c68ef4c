import Directory
import HTTP
import JSON
import Synchronization

/// Reads a list to its end, page by page, and does not believe a list that changed under way.
///
/// Pages by index are only a view on a list that others may change between two requests: an object
/// that is deleted on page 1 moves all others up, and one of them is never seen. Who takes what was
/// not seen for deleted would then delete it. So each page begins with the last item of the page
/// before, which must be the same, and at the end as many items must have been read as the server
/// counts. If not, the list is read again, at most twice, giving only what was not given before.
///
/// Some servers count only the page that they give, so what lies behind a full page is asked for
/// whatever they count. Others know pages only by their number: theirs can't overlap, and such a list
/// is read twice. Some do not look at the index at all; those are tried by cursor.
final class ResourceLister {
  private enum Place {
    case cursor(String)
    /// `read` items have been read; the last is `last`, if it has an id.
    case index(read: Int, last: String?)
    /// So many items came wherever they were to begin: one is asked for.
    case probe(Int)
  }

  private static let passes = 3

  private let client: SCIMClient
  private let query: ListQuery
  private let maxResults: Int?
  /// How many items a first page is asked for.
  private let asked: Int
  private var pageSize: Int
  private var first: Place
  private var place: Place?
  private var fetch: Task<Result<ListPage, RequestError>, Never>?
  private var pass = 1
  /// What has been given to the caller, in whatever pass.
  private var given: Set<String> = []
  /// What was seen in this pass; kept apart from `given` only after the first.
  private var seen: Set<String> = []
  /// The cursors that were followed in this pass: one that leads back would be followed for ever.
  private var cursors: Set<String> = []
  /// The first item of this pass, if it has an id, and how many came with it.
  private var head: (id: String?, length: Int) = (nil, 0)
  private var withoutID = 0
  private var total: Int?
  /// Whether the server counts less than it lists.
  private var isTotalFalse = false
  /// Whether the server finds a page by dividing the index by the count.
  private var isNumbered = false
  private var wasReadTwice = false
  /// How cursors are tried with a server that has not said that it has them.
  private struct Trial {
    var isUnderWay = true
    /// Whether all that it counts was read before.
    var wasWhole: Bool
    /// Whether it counts anything by index.
    var counts: Bool
    /// How many came each time, where that is all that it counts and no limit of its own.
    var length: Int?
  }
  private var trial: Trial?

  /// When reading began, by the server's clock; by this machine's until the server has told.
  private(set) var start = Timestamp.now
  private var hasServerDate = false
  /// Why there may be more than was given, in words.
  private(set) var doubt: String?
  /// How many more objects the server counts than it lists, however often it is read.
  private(set) var surplus = 0
  /// Whether in each pass until now all came that came before, and fewer than the server counts.
  private var wasShort = true
  /// Why the server does not list anything by this query, if it was to be asked whether it does.
  private(set) var refusal: SCIMErrorMessage?

  init(client: SCIMClient, features: SCIMServer.Features, query: ListQuery) {
    self.client = client
    self.query = query
    maxResults = features.maxResults
    asked = max(1, min(client.settings.pageSize, features.maxResults ?? .max))
    pageSize = asked
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
      if let refusal = page.refusal, trial?.isUnderWay != true {
        self.refusal = refusal
        self.place = nil
        return nil
      }
      guard let items = try advance(page, from: place) else { continue }
      if let next = self.place { prefetch(next) }
      let new = items.filter(isNew)
      if self.place == nil { try checkWhole() }
      if !new.isEmpty { return new }
    }
    return nil
  }

  /// The items of `page` that go on from `place`; nil if another page has to be read first.
  private func advance(
    _ page: ListPage, from place: Place
  ) throws(RequestError) -> ArraySlice<JSONValue>? {
    defer { total = page.total ?? total }
    switch place {
    case .cursor where trial?.isUnderWay == true && !hasCursors(page):
      return try endTrial(page)
    case .cursor(let cursor):
      if let trial, trial.isUnderWay, !trial.counts, page.cursor == nil,
        isFull(page.items.count, asked: asked)
      {
        // Who never counts, and looks neither at an index nor at a cursor, answers so, too.
        doubt =
          "\(query.type.endpoint) gives a full page and says neither how many objects there are nor "
          + "where the next ones begin, so that there may be more"
      }
      trial?.isUnderWay = false
      cursors.insert(cursor)
      if let next = page.cursor, cursors.contains(next) {
        throw .unexpected("\(query.type.endpoint) gave the same cursor twice", words: next)
      }
      self.place = page.cursor.map(Place.cursor)
      return page.items[...]
    case .index(0, _):
      head = (page.items.first?["id"]?.id, page.items.count)
      // A server may page by cursor, and not say so (RFC 9865 §2.3).
      if let next = page.cursor {
        self.place = .cursor(next)
        return page.items[...]
      }
      return goOn(behind: page.items[...], of: page, read: 0)
    case .probe(let length):
      // Who does not look at the count either gives all that there is.
      let isAll = page.items.count == length && page.total == length
      if !isAll { doubtPages() }
      self.place = nil
      return []
    case .index(let read, let last):
      guard let items = try continued(page, read: read, last: last) else { return nil }
      return goOn(behind: items, of: page, read: read)
    }
  }

  /// Says where to go on behind the new `items` of a page by index, and gives them.
  private func goOn(
    behind items: ArraySlice<JSONValue>, of page: ListPage, read: Int
  ) -> ArraySlice<JSONValue> {
    let count = read + items.count
    if read > 0, let total = page.total, count > total {
      isTotalFalse = true
      doubt =
        "\(query.type.endpoint) counts fewer objects than it lists, so that there may be more"
    }
    let isWhole = !isTotalFalse && count >= page.total ?? .max && !isCut(page, isFirst: read == 0)
    // Behind a short page that has a number, the same one would come again.
    let isLast = items.isEmpty || isNumbered && items.count < pageSize
    place = isLast || isWhole ? nil : .index(read: count, last: items.last?["id"]?.id)
    return items
  }

  /// Whether a page that ends where the list does may end only because it is full: by what was asked
  /// for, or by a limit of the server, which is a round number.
  private func isCut(_ page: ListPage, isFirst: Bool) -> Bool {
    // Without ids nobody could tell that the same page came again.
    guard head.id != nil, page.items.last?["id"]?.id != nil else { return false }
    let count = page.items.count
    guard isFirst else { return count == pageSize || count == pageSize + 1 }
    return isFull(count, asked: pageSize)
  }

  /// Whether a page of `count` items may end at a limit.
  private func isFull(_ count: Int, asked: Int) -> Bool {
    count == asked || count > 0 && count < asked && count.isMultiple(of: 50)
  }

  /// What is new in a page behind `read` items; nil if that can't be told, and something else is read
  /// now.
  private func continued(
    _ page: ListPage, read: Int, last: String?
  ) throws(RequestError) -> ArraySlice<JSONValue>? {
    let items = page.items[...]
    if isNumbered {
      guard !items.isEmpty, items.allSatisfy(wasSeen) else { return items }
      isNumbered = false
      // All that it counts, whatever was asked for: it has no pages.
      let isAll = read == head.length && items.count == read && page.total == read
      let isCounted = isAll && total == read && !isTotalFalse
      if isCounted, read != asked { return [] }
      trial = Trial(
        wasWhole: isTotalFalse || read >= page.total ?? .max, counts: page.total != nil,
        length: isCounted && read != maxResults ? read : nil)
      first = .cursor("")
      beginPass()
      return nil
    }
    // Some take the index for something else, and have nothing there. One who counts nothing either,
    // as if that page were the list, is doubted.
    if items.isEmpty, let total, read >= total, !isTotalFalse,
      page.total ?? 0 == 0 || page.total == total
    {
      return items
    }
    guard let overlap = items.first, overlap["id"]?.id == last else {
      let isHead = head.id != nil && items.first?["id"]?.id == head.id
      guard isHead, read == head.length else {
        try startAgain(
          "the list changed while it was read", words: "", endsShort: items.isEmpty)
        return nil
      }
      // The page before it once more, from its beginning: pages have numbers here.
      isNumbered = true
      pageSize = read
      return nil
    }
    return items.dropFirst()
  }

  /// Whether a page is one of a server that pages by cursor: it says where the next one is, or leaves
  /// out how many there are, as RFC 9865 §2 lets it.
  private func hasCursors(_ page: ListPage) -> Bool {
    page.refusal == nil && (page.cursor != nil || page.total == nil)
  }

  /// What of `page` is given where neither index nor cursor leads on.
  private func endTrial(_ page: ListPage) throws(RequestError) -> ArraySlice<JSONValue> {
    guard trial?.wasWhole == true else {
      throw .unexpected(
        "\(query.type.endpoint) could not be read whole: the same objects come again wherever it is "
          + "read", words: page.refusal?.words ?? "")
    }
    trial?.isUnderWay = false
    isTotalFalse = true
    if let length = trial?.length {
      place = .probe(length)
    } else {
      doubtPages()
      place = nil
    }
    return page.items[...]
  }

  private func doubtPages() {
    doubt =
      doubt
      ?? "\(query.type.endpoint) gives the same objects wherever it is read, so that there may be "
      + "more"
  }

  private func wasSeen(_ item: JSONValue) -> Bool {
    item["id"]?.id.map { pass == 1 ? given.contains($0) : seen.contains($0) } ?? false
  }

  private func isNew(_ item: JSONValue) -> Bool {
    guard let id = item["id"]?.id else {
      withoutID += 1
      return pass == 1
    }
    if pass > 1 { seen.insert(id) }
    return given.insert(id).inserted
  }

  private func checkWhole() throws(RequestError) {
    if let total, !isTotalFalse {
      let read = (pass == 1 ? given.count : seen.count) + withoutID
      // With a cursor, what is deleted meanwhile may still be given: more is no harm.
      let isMoreFine = !cursors.isEmpty
      if read < total || read > total && !isMoreFine {
        return try startAgain(
          "\(query.type.endpoint) gave \(read) objects and counts \(total)", words: "",
          endsShort: read < total)
      }
    }
    // Pages that don't overlap hide what moved from one to the other while they were read.
    guard isNumbered, !wasReadTwice else { return }
    wasReadTwice = true
    beginPass()
  }

  /// - Parameter endsShort: Whether the list ended before it had what the server counts.
  private func startAgain(
    _ reason: String, words: String, endsShort: Bool = false
  ) throws(RequestError) {
    fetch?.cancel()
    fetch = nil
    if endsShort, believeShortList() { return }
    wasShort = wasShort && endsShort
    guard pass < Self.passes else {
      throw .unexpected(
        "\(query.type.endpoint) could not be read whole in \(pass) passes: \(reason)",
        words: words)
    }
    beginPass()
  }

  /// Whether what the server counts and does not list is never listed.
  ///
  /// Many a service goes on counting what was deleted: the same objects came each time then, or as few
  /// were missing the last time. Where a page of them is missing, paging is what fails.
  private func believeShortList() -> Bool {
    let read = pass == 1 ? given.count : seen.count
    guard let total, read > 0, withoutID == 0, total > read, total - read < asked,
      query.filter == nil
    else { return false }
    let isKnown = client.surplus.withLock { $0[query.type.endpoint] } == total - read
    guard isKnown || pass == Self.passes && wasShort && given.count == read else { return false }
    surplus = total - read
    client.surplus.withLock { $0[query.type.endpoint] = total - read }
    doubt =
      "\(query.type.endpoint) counts \(total) objects and lists \(read), however often it is read"
    place = nil
    return true
  }

  private func beginPass() {
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
    let (client, pageSize) = (client, pageSize)
    var (start, count) = (1, pageSize)
    switch place {
    case .index(let read, _):
      // One more at the front: the item that was read last.
      let overlap = read > 0 && !isNumbered ? 1 : 0
      start += read - overlap
      count = min(pageSize + overlap, max(maxResults ?? .max, 1 + overlap))
    case .probe: count = 1
    case .cursor: break
    }
    var query = query
    // Who has listed something by it can do so.
    switch place {
    case .cursor(""), .index(0, _):
      query.mayBeRefused = query.mayBeRefused || trial?.isUnderWay == true
    default: query.mayBeRefused = false
    }
    fetch = Task { [query, start, count] in
      do throws(RequestError) {
        switch place {
        case .cursor(let cursor):
          return .success(try await client.page(query, cursor: cursor, count: pageSize))
        case .index, .probe:
          return .success(try await client.page(query, startIndex: start, count: count))
        }
      } catch {
        return .failure(error)
      }
    }
  }

  private func fetched(_ place: Place) async throws(RequestError) -> ListPage {
    if fetch == nil { prefetch(place) }
    guard let fetch else { throw .cancelled(wasSent: false) }
    self.fetch = nil
    return try await withTaskCancellationHandler {
      await fetch.value
    } onCancel: {
      fetch.cancel()
    }.get()
  }
}
