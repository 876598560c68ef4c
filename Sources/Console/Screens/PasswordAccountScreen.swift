import Cells
import Directory
import SyncStore

/// One account's password: how far it has come and why, the objects that it belongs to, and all
/// requests for it with what was answered.
struct PasswordAccountScreen: TextScreen {
  /// The account's place in the ledger.
  let account: PasswordRow.ID
  /// What it is called until it has been read.
  private let called: String
  /// What the ledger says, once read; nil also where it has no such account any more.
  var detail: LedgerAccount?
  var pane = LinePane()
  private var isRead = false
  private var isStale = true

  let scope = Scope.passwordAccount

  init(_ account: PasswordRow.ID, name: String) {
    self.account = account
    called = name
  }

  /// What people call the account.
  var name: String { detail.map { LedgerRow($0.row).name } ?? called }
  var crumb: String { name }
  var twin: String {
    ToolScreen.words(["lockstep", "password-sync", "user"], detail?.row.dn ?? account.anchor)
      .map(ToolScreen.quoted).joined(separator: " ")
  }

  func wants(size: Size) -> [Want] {
    isStale ? [Want(slot: .detail, request: .passwordAccount(account))] : []
  }

  mutating func receive(_ response: Response, for want: Want) {
    guard case .passwordAccount(let detail) = response else { return }
    self.detail = detail
    (isRead, isStale) = (true, false)
  }

  mutating func markStale() { isStale = true }

  func head(width: Int, scene: Scene) -> [[Span]] {
    guard let row = detail?.row else { return [[Span(Sanitizer.verbose(called), .title)]] }
    return [
      [
        Span(Sanitizer.verbose(name), .title), Span("  "), LedgerRow.status(row.status, scene),
        Span("  " + Sanitizer.verbose(row.domain), .textDim),
      ]
    ]
  }

  func lines(width: Int, scene: Scene) -> [DetailLine] {
    guard let detail else {
      let text =
        isRead ? "The ledger has this account no more." : "Loading" + scene.ellipsis
      return [DetailLine(key: "none", spans: [Span(text, .textDim)])]
    }
    let row = detail.row
    var lines = Self.objects(detail)
    lines += Self.text("means", "Meaning", detail.meaning, width: width)
    if !row.reason.isEmpty {
      lines += Self.text("reason", "Reason", row.reason, width: width, isProblem: row.attempts > 0)
    }
    lines += Self.facts(row, scene)
    lines += [
      DetailLine(key: "gap", spans: []),
      DetailLine(
        key: "requests",
        spans: [Span("Requests (656) with their results (657), newest first", .header)]),
    ]
    let requests = detail.batches.flatMap { batch in
      batch.lines.filter { $0.anchor == row.id.anchor }.map { (batch, $0) }
    }
    if requests.isEmpty {
      lines.append(
        DetailLine(
          key: "no requests",
          spans: [Span("None that is kept: it was never sent, or that is purged.", .textDim)]))
    }
    return lines + requests.flatMap { Self.lines(of: $1, in: $0, width: width, scene) }
  }

  private static func field(_ name: String) -> Span {
    Span(name + String(repeating: " ", count: max(1, 15 - name.count)), .attributeName)
  }

  private static func objects(_ account: LedgerAccount) -> [DetailLine] {
    let row = account.row
    return [
      object("source", "Source", row.object, Sanitizer.verbose(row.dn), "not imported"),
      object(
        "target", "Target", row.targetObject ?? account.linked?.id,
        account.linked.map { Sanitizer.verbose($0.display.isEmpty ? $0.dn : $0.display) }
          ?? (row.userPrincipalName.isEmpty ? "the target's object" : row.userPrincipalName),
        "has no object for it"),
    ]
  }

  private static func object(
    _ key: String, _ title: String, _ id: Int64?, _ name: String, _ missing: String
  ) -> DetailLine {
    DetailLine(
      key: key,
      spans: [
        field(title), Span(id == nil && key == "target" ? missing : name, .textStrong),
        Span(id != nil ? "  Enter opens it" : key == "source" ? "  " + missing : "", .textDim),
      ], copy: name, target: id.map { .object($0) }, opens: id != nil)
  }

  private static func text(
    _ key: String, _ title: String, _ text: String, width: Int, isProblem: Bool = false
  ) -> [DetailLine] {
    Wrap.lines(Sanitizer.verbose(text), width: max(10, width - 15)).enumerated().map {
      DetailLine(
        key: "\(key) \($0)", spans: [field($0 == 0 ? title : ""), Span($1)], copy: text,
        isProblem: isProblem && $0 == 0)
    }
  }

  private static func facts(_ row: PasswordRow, _ scene: Scene) -> [DetailLine] {
    func time(_ moment: Timestamp?) -> String {
      moment.map { scene.time($0, width: 19) } ?? "never"
    }
    var held =
      switch row.held {
      case .this: "has this password, since " + time(row.succeeded)
      case .older where row.syncedChanged == row.changed:
        "had this password, since " + time(row.succeeded)
      case .older: "has an older one, of " + time(row.syncedChanged)
      case .none: "never took one"
      }
    if row.isCurrent, let lag = row.lag(now: scene.now) {
      held += ", " + Format.age(lag) + " after the change"
    }
    var facts = [
      ("User name", row.userPrincipalName.isEmpty ? "none" : row.userPrincipalName),
      ("Anchor", row.id.anchor), ("Changed", row.changed.map { time($0) } ?? "not told"),
      ("The target", held),
    ]
    if !row.isCurrent, let lag = row.lag(now: scene.now) {
      facts.append(("Behind", Format.age(lag)))
    }
    if row.due != nil || row.attempts > 0 {
      let tries =
        row.attempts > 0
        ? ", after \(Format.count(row.attempts, "failed try", "failed tries"))" : ""
      facts.append(("Sent next", (row.due == nil ? "not by itself" : time(row.due)) + tries))
    }
    return facts.map { name, text in
      DetailLine(
        key: name, spans: [field(name), Span(Sanitizer.verbose(text))], copy: text,
        isProblem: name == "Behind")
    }
  }

  private static func lines(
    of line: PasswordBatchRow.Line, in batch: PasswordBatchRow, width: Int, _ scene: Scene
  ) -> [DetailLine] {
    let words = line.words.isEmpty ? batch.error : line.words
    let head = DetailLine(
      key: "batch \(batch.id) " + line.request,
      spans: [
        Span(scene.time(batch.started, width: 19) + "  ", .time), line.answer(of: batch, scene),
        Span("  password of " + scene.time(line.changed, width: 19), .textDim),
      ], copy: line.request, target: .batch(batch),
      isProblem: line.answer != .success && batch.ended != nil, opens: true)
    guard !words.isEmpty else { return [head] }
    return [head]
      + Wrap.lines(Sanitizer.verbose(words), width: max(10, width - 4)).enumerated().map {
        DetailLine(
          key: "batch \(batch.id) words \($0)", spans: [Span("    " + $1)], copy: words,
          target: .batch(batch))
      }
  }

  mutating func act(_ action: ActionID, on line: DetailLine?) -> [Intent]? {
    switch (action, line?.target) {
    case (.open, .object(let id)?):
      return [.push(.inspector(InspectorScreen(objectID: id, name: name)))]
    case (.open, .batch(let batch)?): return [.push(.passwordBatch(PasswordBatchScreen(batch)))]
    case (.open, _): return []
    case (.passwordBatches, _): return [.push(.passwordBatches(PasswordBatchesScreen()))]
    default: return nil
    }
  }
}
