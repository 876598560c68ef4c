import Cells
import SyncStore

extension InspectorScreen {
  func draw(in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]) -> Position {
    buffer.put(title, column: area.left, row: area.top, width: area.columns)
    buffer.put(
      subtitle(scene), column: area.left, row: area.top + 1, width: area.columns)
    drawTabs(in: &buffer, area: area, scene: scene, hits: &hits)
    let below = Rect(
      column: area.left, row: area.top + Self.headRows, columns: area.columns,
      rows: area.rows - Self.headRows)
    return pane.draw(
      lines(width: below.columns, scene: scene), in: &buffer, area: below, isFocused: true,
      hits: &hits)
  }

  private var title: [Span] {
    guard let row = detail?.row else { return [Span(Sanitizer.verbose(name), .title)] }
    return ObjectName.spans(row.dn, display: row.display, .title)
  }

  private func subtitle(_ scene: Scene) -> [Span] {
    guard let detail else {
      return [Span(error.map { "Connector " + $0.connector } ?? "", .textDim)]
    }
    var spans = [
      Span(detail.row.objectType, .textStrong),
      Span(" in " + detail.row.connector, .textDim),
      Span(", " + detail.link, .textDim),
    ]
    spans.append(
      detail.anchor.isEmpty
        ? Span(", no anchor yet", .textDim) : Span(", anchor " + detail.anchor, .textDim))
    if detail.row.pendingImport != "none" {
      spans.append(Span(", pending import: " + detail.row.pendingImport, .valuePending))
    }
    if detail.row.pendingExport != "none" {
      spans.append(Span(", pending export: " + detail.row.pendingExport, .valuePending))
    }
    return spans
  }

  private func drawTabs(
    in buffer: inout CellBuffer, area: Rect, scene: Scene, hits: inout [Hit]
  ) {
    let row = area.top + 2
    // Where the names would be cut they are shortened, so that all can still be seen.
    let whole = Tab.allCases.reduce(0) { $0 + label($1).count + 1 }
    let isNarrow = whole > area.columns
    var column = area.left
    for item in Tab.allCases {
      let text = isNarrow ? " " + item.title.prefix(4) + " " : label(item)
      let taken = buffer.put(
        [Span(text, item == tab ? .tabActive : .tab)], column: column, row: row,
        width: max(0, area.right - column))
      hits.append(
        Hit(
          rect: Rect(column: column, row: row, columns: taken, rows: 1),
          target: .inspectorTab(item.rawValue)))
      column += taken + (isNarrow ? 0 : 1)
    }
    buffer.horizontalLine(
      at: Position(column: area.left, row: row + 1), length: area.columns, glyphs: scene.glyphs)
  }

  private func label(_ tab: Tab) -> String {
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
    let filter = tab == .attributes && showsDiffering ? " (differing)" : ""
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
