import Cells
import Directory
import SyncStore

/// Figures as columns of one cell each, the oldest on the left.
enum Sparkline {
  /// A column for each value, the greatest of them in full height.
  static func text(_ values: [Double], glyphs: Glyphs) -> String {
    let most = values.max() ?? 0
    guard most > 0, !glyphs.sparkline.isEmpty else {
      return String(repeating: String(glyphs.sparkline.first ?? " "), count: values.count)
    }
    let steps = glyphs.sparkline.count
    return String(
      values.map { value in
        glyphs.sparkline[
          max(0, min(steps - 1, Int((value / most * Double(steps)).rounded(.up)) - 1))]
      })
  }
}

extension OperationsScreen {
  /// Runs that a chart shows at most.
  static let charted = 16

  /// How long the last runs of the selected step's profile took, and how much they changed.
  func chart(_ scene: Scene) -> [Span] {
    guard let step, isInOrder, !scene.glyphs.sparkline.isEmpty else { return [] }
    var rows: [OperationRow] = []
    for index in list.selected..<min(list.count, list.selected + 400)
    where rows.count < Self.charted {
      guard let row = list[index], row.connector == step.connector, row.type == step.type else {
        continue
      }
      rows.append(row)
    }
    guard rows.count > 1 else { return [] }
    let durations = rows.reversed().map { ($0.ended ?? scene.now).seconds(since: $0.started) }
    let volumes = rows.reversed().map { Double($0.adds + $0.updates + $0.deletes) }
    return [
      Span(" time ", .textDim), Span(Sparkline.text(durations, glyphs: scene.glyphs), .chart1),
      Span(" changes ", .textDim), Span(Sparkline.text(volumes, glyphs: scene.glyphs), .chart2),
      Span(" "),
    ]
  }
}
