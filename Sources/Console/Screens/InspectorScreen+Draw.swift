import Cells
import SyncStore

extension InspectorScreen {
  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    let headRows = Self.headRows(area.size)
    buffer.put(title, column: area.left, row: area.top, width: area.columns)
    if headRows == Self.wholeHead {
      buffer.put(
        subtitle(scene), column: area.left, row: area.top + 1, width: area.columns)
      buffer.horizontalLine(
        at: Position(column: area.left, row: area.top + headRows - 1), length: area.columns,
        glyphs: scene.glyphs)
    }
    drawTabs(
      in: &buffer, area: area, row: area.top + (headRows == Self.wholeHead ? 2 : 1), hits: &hits)
    let below = Rect(
      column: area.left, row: area.top + headRows, columns: area.columns,
      rows: area.rows - headRows)
    return pane.draw(
      lines(width: below.columns, scene: scene), in: &buffer, area: below, isFocused: true,
      hits: &hits)
  }

  private var title: [Span] {
    guard let row = detail?.row, metaverse == nil else {
      return [Span(Sanitizer.verbose(name), .title)]
    }
    return ObjectName.spans(row.dn, display: row.display, .title)
  }

  private func subtitle(_ scene: Scene) -> [Span] {
    guard let detail else {
      return [Span(error.map { "Connector " + $0.connector } ?? "", .textDim)]
    }
    if let metaverse {
      return [
        Span(detail.metaverseType, .textStrong),
        Span(" in the metaverse, object \(metaverse); by its object in ", .textDim),
        Span(detail.row.connector), Span(": " + Sanitizer.verbose(detail.row.dn), .textDim),
      ]
    }
    var spans = [
      Span(detail.row.objectType, .textStrong),
      Span(" in " + detail.row.connector, .textDim),
      Span(", " + detail.link, .textDim),
    ]
    if detail.row.pendingImport != "none" {
      spans.append(Span(", pending import: " + detail.row.pendingImport, .valuePending))
    }
    if detail.row.pendingExport != "none" {
      spans.append(Span(", pending export: " + detail.row.pendingExport, .valuePending))
    }
    // What is long and tells least may be cut.
    spans.append(
      detail.anchor.isEmpty
        ? Span(", no anchor yet", .textDim) : Span(", anchor " + detail.anchor, .textDim))
    return spans
  }

  private func drawTabs(
    in buffer: inout CellBuffer, area: Rect, row: Int, hits: inout [Hit]
  ) {
    // Where there is no room the counts go first; names are shortened before any can't be seen.
    let whole = Tab.allCases.map { label($0) }
    let named = Tab.allCases.map { label($0, withCount: false) }
    let short = Tab.allCases.map { tab in
      " " + (tab == .attributes && showsDiffering ? "Diff" : tab.title.prefix(4)) + " "
    }
    func fits(_ labels: [String], gap: Int) -> Bool {
      labels.reduce(-gap) { $0 + TextWidth.of($1) + gap } <= area.columns
    }
    let (labels, gap) =
      fits(whole, gap: 1) ? (whole, 1) : fits(named, gap: 1) ? (named, 1) : (short, 0)
    var column = area.left
    for (item, text) in zip(Tab.allCases, labels) {
      let taken = buffer.put(
        [Span(text, item == tab ? .tabActive : .tab)], column: column, row: row,
        width: max(0, area.right - column))
      hits.append(
        Hit(
          rect: Rect(column: column, row: row, columns: taken, rows: 1),
          target: .inspectorTab(item.rawValue)))
      column += taken + gap
    }
  }

  private func label(_ tab: Tab, withCount: Bool = true) -> String {
    let filter = tab == .attributes && showsDiffering ? " (differing)" : ""
    guard withCount else { return " " + tab.title + filter + " " }
    let count: Int? =
      switch tab {
      case .error: detail.map(\.errors.count) ?? error.map { _ in 1 }
      case .attributes: showsDiffering ? nil : detail?.attributes.count
      case .lineage: detail?.metaverse.count
      case .connectors: detail?.counterparts.count
      case .preview: preview.report?.operations.count
      case .history: detail?.history.count
      }
    let more = tab == .history && detail?.hasMoreHistory == true ? "+" : ""
    return " " + tab.title + filter + (count.map { " \($0)" } ?? "") + more + " "
  }
}

/// Names of attributes within sentences.
enum AttributeWords {
  /// The text with the long names of extension schemas cut to their ends, which tell them apart:
  /// `…:User:manager` of `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager`.
  static func short(_ text: String, ellipsis: String) -> String {
    text.split(separator: " ", omittingEmptySubsequences: false).map { word in
      let parts = word.split(separator: ":", omittingEmptySubsequences: false)
      guard parts.count > 4, parts[0].lowercased() == "urn" else { return String(word) }
      return ellipsis + ":" + parts.suffix(2).joined(separator: ":")
    }.joined(separator: " ")
  }
}

/// What an object is called where its distinguished name is shown.
enum ObjectName {
  /// The name; before one that was made of an anchor (`CN={446F…}`), what people call the object.
  static func spans(_ dn: String, display: String, _ role: Role) -> [Span] {
    let name = Sanitizer.verbose(dn.isEmpty ? display : dn)
    guard dn.hasPrefix("CN={"), !display.isEmpty else { return [Span(name, role)] }
    return [Span(Sanitizer.verbose(display), role), Span("  " + name, .textDim)]
  }
}
