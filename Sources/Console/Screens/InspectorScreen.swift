import Cells
import Directory
import SyncStore

/// Everything about one object: its error, its attributes, where they come from, its counterparts,
/// its past.
struct InspectorScreen: ScreenModel {
  /// The tabs.
  enum Tab: Int, CaseIterable, Sendable {
    case error, attributes, lineage, connectors, preview, history

    /// The name on the tab.
    var title: String {
      switch self {
      case .error: "Error"
      case .attributes: "Attributes"
      case .lineage: "Lineage"
      case .connectors: "Connectors"
      case .preview: "Preview"
      case .history: "History"
      }
    }
  }

  /// Values of an attribute that are read at most; a group's other members are counted only.
  static let valueLimit = 200
  /// Steps of its history that are read with it.
  static let historyLimit = 100

  /// The object, or nil for an error of something that could not be staged.
  var objectID: Int64?
  /// What the object is called until it has been read.
  var name: String
  /// The metaverse object that one came from, which is what is meant then; nil for a list of objects.
  var metaverse: Int64?
  /// The error that one came from, or nil.
  var error: ErrorRow?
  /// The object, once read.
  var detail: ObjectDetail?
  /// Why the object is not in the targets, once asked for.
  var findings: [WhyNot]?
  /// Whether the object has been looked for and is not there any more.
  var isGone = false
  /// The tab that is shown.
  var tab = Tab.attributes
  /// Whether only attributes with a pending change are shown.
  var showsDiffering = false
  /// How many of the newest imports are thought away from the attributes.
  var undone = 0
  /// How many steps of its history are read; nil for those that come with the object.
  private(set) var historyLimit: Int?
  private(set) var isHistoryStale = false
  /// What synchronizing it alone would do.
  var preview = PreviewState()
  /// The attributes whose values are all shown.
  var unfolded: Set<String> = []
  /// Whether all that can be folded is shown, as it is in a file.
  var unfoldsAll = false
  /// The walk through each tab's lines.
  var panes = [LinePane](repeating: LinePane(), count: Tab.allCases.count)
  private var isStale = false
  private var areFindingsStale = false

  let scope = Scope.inspector

  /// The inspector of the object that has an error, at its error.
  init(error: ErrorRow) {
    self.error = error
    objectID = error.objectID
    name = error.subject
    tab = .error
  }

  /// The inspector of an object from a list.
  init(object: ObjectRow) {
    self.init(objectID: object.id, name: object.dn)
    if !object.error.isEmpty { tab = .error }
  }

  /// The inspector of the object of this number.
  init(objectID: Int64, name: String) {
    self.objectID = objectID
    self.name = name
  }

  var crumb: String { detail?.row.display ?? name }
  var copyText: String { pane.copy }
  var twin: String {
    guard let objectID else { return "lockstep errors" }
    switch tab {
    case .error, .attributes, .connectors: return "lockstep object \(objectID)"
    case .lineage: return "lockstep why \(objectID)"
    case .preview:
      return "lockstep preview \(objectID)" + (preview.order?.isFull == false ? " --delta" : "")
    case .history: return "lockstep history \(objectID)"
    }
  }

  /// Whether what can be folded under a name is shown.
  func isUnfolded(_ name: String) -> Bool { unfoldsAll || unfolded.contains(name) }

  var violation: String? { panes.lazy.compactMap(\.violation).first }

  /// The walk through the lines of the tab that is shown.
  var pane: LinePane {
    get { panes[tab.rawValue] }
    set { panes[tab.rawValue] = newValue }
  }

  func wants(size: Size) -> [Want] {
    guard let objectID else { return [] }
    var wants: [Want] = []
    if detail == nil && !isGone || isStale {
      wants.append(Want(slot: .detail, request: .object(objectID)))
    }
    if tab == .lineage, detail?.row.isGone == false, findings == nil || areFindingsStale {
      wants.append(Want(slot: .sub, request: .why(objectID)))
    }
    if tab == .history, isHistoryStale, detail != nil, let historyLimit {
      wants.append(Want(slot: .sub, request: .history(objectID, limit: historyLimit)))
    }
    if preview.isDone, preview.report == nil, let command = preview.command {
      wants.append(Want(slot: .list, request: .preview(command: command)))
    }
    return wants
  }

  mutating func receive(_ response: Response, for want: Want) {
    if case .why(let findings) = response {
      self.findings = findings
      areFindingsStale = false
    }
    if case .preview(let report) = response {
      preview.report = report
      if report == nil { preview.refusal = "The engine has left no report" }
    }
    if case .history(let rows, let hasMore) = response {
      detail?.history = rows
      detail?.hasMoreHistory = hasMore
      isHistoryStale = false
    }
    guard case .object(var detail) = response else { return }
    // What was read of its history beyond that stays until it is read again.
    if let known = self.detail?.history, known.count > detail?.history.count ?? .max {
      detail?.history = known
      isHistoryStale = true
    }
    // Of an object that is gone the past is all that there is to see.
    if self.detail == nil, detail?.row.isGone == true, tab == .attributes { tab = .history }
    self.detail = detail
    isGone = detail == nil
    isStale = false
  }

  mutating func markStale() {
    isStale = objectID != nil
    areFindingsStale = true
  }

  /// Lines that stand above the tab's own: name, what it is, tabs and a line.
  static let wholeHead = 4
  /// Where there is hardly room for the tab's own, name and tabs alone.
  static func headRows(_ size: Size) -> Int { size.rows < 12 ? 2 : wholeHead }

  private func height(_ size: Size) -> Int { max(1, size.rows - Self.headRows(size)) }

  mutating func settle(size: Size, scene: Scene) {
    pane.settle(lines(width: size.columns, scene: scene), height: height(size))
  }

  mutating func perform(_ action: ActionID, size: Size, scene: Scene) -> [Intent]? {
    let lines = lines(width: size.columns, scene: scene)
    if let motion = action.motion {
      pane.move(motion, lines: lines, height: height(size))
      return []
    }
    switch action {
    case .nextPane, .right: turn(1)
    case .previousPane, .left: turn(-1)
    case .differing:
      tab = .attributes
      showsDiffering.toggle()
    case .nextProblem, .previousProblem:
      if !pane.selectProblem(forward: action == .nextProblem, lines: lines) {
        return [.tell("No other error here")]
      }
    case .previewFull: return askPreview(isFull: true)
    case .previewDelta: return askPreview(isFull: false)
    case .commitPreview: return commitPreview(scene)
    case .earlier, .later:
      return stepThroughRuns(earlier: action == .earlier, size: size, scene: scene)
    case .open: return open(pane.line(of: lines))
    default: return nil
    }
    return []
  }

  private mutating func turn(_ offset: Int) {
    let count = Tab.allCases.count
    tab = Tab(rawValue: (tab.rawValue + offset + count) % count) ?? .attributes
  }

  /// Shows a tab.
  mutating func show(tab: Tab) { self.tab = tab }

  private mutating func open(_ line: DetailLine?) -> [Intent] {
    switch line?.target {
    case .object(let id)?:
      let row = detail?.counterparts.first { $0.id == id }
      return [.push(.inspector(InspectorScreen(objectID: id, name: row?.dn ?? "object \(id)")))]
    case .fold(let attribute)?:
      if unfolded.remove(attribute) == nil { unfolded.insert(attribute) }
      return []
    case .more?:
      historyLimit = (detail?.history.count ?? 0) * 5
      isHistoryStale = true
      return []
    case .heldGroup?, .heldImport?, .expression?, .family?, .account?, .batch?: return []
    case nil:
      if tab == .preview, !preview.isWaiting, preview.report == nil {
        return [.act(.previewFull)]
      }
      // From an error, Enter goes on to the object itself.
      guard tab == .error else { return [.tell("There is nothing to open on this line")] }
      tab = .attributes
      return []
    }
  }

  mutating func press(pane number: Int, index: Int, scene: Scene, size: Size) {
    pane.select(index, of: lines(width: size.columns, scene: scene))
  }

  /// The lines of the tab that is shown.
  func lines(width: Int, scene: Scene) -> [DetailLine] {
    if tab == .error, objectID == nil { return errorLines(width: width, scene: scene) }
    guard let detail else {
      if tab == .error, error != nil { return errorLines(width: width, scene: scene) }
      let text =
        isGone
        ? "This object does not exist any more."
        : objectID == nil
          ? "This object could not be staged; all that is known is its error."
          : "Loading" + String(scene.glyphs.ellipsis)
      return [DetailLine(key: "state", spans: [Span(text, .textDim)])]
    }
    switch tab {
    case .error: return errorLines(width: width, scene: scene)
    case .attributes:
      return whole(
        undone > 0
          ? pastLines(detail, width: width, scene: scene)
          : attributeLines(detail.attributes, width: width, scene: scene), width: width)
    case .preview: return whole(previewLines(width: width, scene: scene), width: width)
    case .lineage:
      return findingLines(width: width, scene: scene)
        + lineageLines(detail, width: width, scene: scene)
    case .connectors: return counterpartLines(detail, scene: scene)
    case .history:
      return whole(historyLines(detail, width: width, scene: scene), width: width)
        + moreHistory(detail)
    }
  }
}
