import Cells
import Directory
import SyncStore

extension InspectorScreen {
  /// The tab that is shown as it is written to a file, all that is folded opened.
  func export(scene: Scene) -> ScreenExport? {
    if tab == .preview {
      guard preview.report != nil else { return nil }
    } else if detail == nil, !isGone {
      guard tab == .error, error != nil else { return nil }
    }
    return .lines(exportedLines(scene))
  }

  private func exportedLines(_ scene: Scene) -> LinesExport {
    let name = (objectID.map { "object-\($0)-" } ?? "") + tab.title.lowercased()
    if let detail {
      switch tab {
      case .attributes where undone == 0: return exportedAttributes(detail, name, scene)
      case .connectors: return exportedCounterparts(detail, name)
      case .history: return exportedHistory(detail, name, scene)
      default: break
      }
    }
    var open = self
    open.unfoldsAll = true
    return LinesExport(name, open.lines(width: LinesExport.width, scene: scene))
  }

  private func exportedAttributes(
    _ detail: ObjectDetail, _ name: String, _ scene: Scene
  ) -> LinesExport {
    LinesExport(
      name, ["Attribute", "Value", "Before the pending import", "After the pending export"],
      rows: shown(detail.attributes).map { row in
        func line(_ values: [AttributeValue]?) -> String {
          ValueText.line(values ?? [], of: row.name, clock: scene.clock)
        }
        let values = row.values.indices.map {
          text(row.values[$0], $0, of: row, width: LinesExport.width, scene)
        }
        let rest = row.valueCount - row.values.count
        let more = rest > 0 ? ["and \(rest) more, which the console does not read"] : []
        return [
          row.name, (values + more).joined(separator: "; "), line(row.before),
          line(row.pendingExport),
        ]
      })
  }

  private func exportedCounterparts(_ detail: ObjectDetail, _ name: String) -> LinesExport {
    LinesExport(
      name, ["Connector", "Object", "Type", "Name", "DN", "Pending export", "Error"],
      numbers: [1],
      rows: detail.counterparts.map {
        [
          $0.connector, String($0.id), $0.objectType, $0.display, $0.dn,
          $0.pendingExport == "none" ? "" : $0.pendingExport, $0.error,
        ]
      })
  }

  /// A row for each value that a step changed, and one for a step that changed none.
  private func exportedHistory(
    _ detail: ObjectDetail, _ name: String, _ scene: Scene
  ) -> LinesExport {
    let rows = detail.history.flatMap { row -> [[String]] in
      let step = [
        scene.time(row.time, width: 19), String(row.stepID), row.connector, row.type.profileName,
        row.summary.isEmpty ? row.counter : row.summary, row.rule, row.reason,
      ]
      let changes = row.changes.exported(clock: scene.clock).map { Array($0.prefix(3)) }
      return (changes.isEmpty ? [["", "", ""]] : changes).map { step + $0 }
    }
    return LinesExport(
      name,
      [
        "Time", "Step", "Connector", "Profile", "What", "Rule", "Reason", "Attribute", "Before",
        "After",
      ], numbers: [1], rows: rows)
  }
}
