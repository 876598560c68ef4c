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

/// A part of a whole as a bar of text, for a cell of a table.
enum Meter {
  /// A bar of `width` cells of which `fraction` is full; what is not nothing shows as something.
  static func text(_ fraction: Double, width: Int, glyphs: Glyphs) -> String {
    guard width > 0 else { return "" }
    let part = fraction.isFinite ? min(1, max(0, fraction)) : 0
    let steps = glyphs.barParts.count + 1
    let rounded = Int((part * Double(width * steps)).rounded(.down))
    let filled = part > 0 ? max(1, rounded) : 0
    return String(
      (0..<width).map { cell in
        switch min(steps, max(0, filled - cell * steps)) {
        case steps: glyphs.barFull
        case 0: glyphs.barEmpty
        case let level: glyphs.barParts[level - 1]
        }
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
    for index in indicesToOlder where rows.count < Self.charted {
      guard let row = list[index], row.connector == step.connector, row.type == step.type else {
        continue
      }
      rows.append(row)
    }
    guard rows.count > 1 else { return [] }
    rows.reverse()
    let durations = rows.map { ($0.ended ?? scene.now).seconds(since: $0.started) }
    let volumes = rows.map { Double($0.adds + $0.updates + $0.deletes) }
    return [
      Span(" time ", .textDim), Span(Sparkline.text(durations, glyphs: scene.glyphs), .chart1),
      Span(" changes ", .textDim), Span(Sparkline.text(volumes, glyphs: scene.glyphs), .chart2),
      Span(" "),
    ]
  }
}
