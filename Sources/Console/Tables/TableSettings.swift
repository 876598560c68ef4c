public import SyncStore

/// How a person has arranged a table: what it shows of its rows, in which order, by which columns.
public struct TableSettings: Equatable, Sendable {
  /// What was typed to narrow it.
  public var text = ""
  /// The one of the table's own choices that is shown: `errors`; empty for all.
  public var choice = ""
  /// The field that it is sorted by; nil for its own order.
  public var sort: ListSort?
  /// The fields of the columns that are shown, in their order; nil for the usual ones.
  public var columns: [String]?
  /// The widths of columns that have one of their own.
  public var widths: [String: Int] = [:]

  /// The usual settings.
  public init() {}

  /// Whether all is as usual.
  public var isUsual: Bool { self == TableSettings() }

  /// The columns that are shown of all that there are.
  func shown<Row>(of all: [Column<Row>]) -> [Column<Row>] {
    let chosen =
      columns.map { fields in
        fields.enumerated().compactMap { place, field in
          all.first { $0.field == field }.map { column in
            var column = column
            // Who chooses columns means them in this order: the last ones have to go first.
            column.priority = place
            return column
          }
        }
      } ?? all.filter { !$0.isOptional }
    // Of another version, which had none of these: a table without columns shows nothing.
    return (chosen.isEmpty ? all.filter { !$0.isOptional } : chosen).map { column in
      guard let width = widths[column.field] else { return column }
      var column = column
      (column.minimum, column.ideal) = (width, width)
      return column
    }
  }

  /// The settings without an order by a field that there is not: another version may have kept it.
  func sorted(byOneOf fields: [FilterText.Field]) -> TableSettings {
    guard let sort, !fields.contains(where: { $0.name == sort.field }) else { return self }
    var settings = self
    settings.sort = nil
    return settings
  }

  // MARK: As text

  /// The settings by their names, as a small file keeps them; the usual ones are left out.
  var entries: [(name: String, value: String)] {
    var entries: [(name: String, value: String)] = []
    if !text.isEmpty { entries.append(("filter", text)) }
    if !choice.isEmpty { entries.append(("show", choice)) }
    if let sort { entries.append(("sort", sort.text)) }
    if let columns { entries.append(("columns", columns.joined(separator: ","))) }
    if !widths.isEmpty {
      let widths = widths.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }
      entries.append(("widths", widths.joined(separator: ",")))
    }
    return entries
  }

  /// Takes a setting as ``entries`` writes it; what it can't mean is passed over.
  mutating func take(_ name: String, _ value: String) {
    switch name {
    case "filter": text = String(value.prefix(Prompt.longest))
    case "show": choice = value
    case "sort": sort = ListSort(text: value)
    case "columns":
      let fields = value.split(separator: ",").map(String.init)
      columns = fields.isEmpty ? nil : fields
    case "widths":
      for part in value.split(separator: ",") {
        let pair = part.split(separator: ":")
        guard pair.count == 2, let width = Int(pair[1]), Self.allowedWidths.contains(width) else {
          continue
        }
        widths[String(pair[0])] = width
      }
    default: break
    }
  }

  /// The cells that a column may be given.
  static let allowedWidths = 3...200
}

extension ListSort {
  /// The order that a text names: `errors`, `errors:desc`, `-errors`; nil for none.
  public init?(text: String) {
    var field = text.lowercased()
    var isDescending = field.hasPrefix("-")
    if isDescending { field.removeFirst() }
    for (ending, way) in [(":desc", true), (":asc", false)] where field.hasSuffix(ending) {
      field.removeLast(ending.count)
      isDescending = way
    }
    guard !field.isEmpty, field.allSatisfy(\.isLetter) else { return nil }
    self.init(field, isDescending: isDescending)
  }

  /// The order as it is typed.
  var text: String { field + (isDescending ? ":desc" : "") }
}
