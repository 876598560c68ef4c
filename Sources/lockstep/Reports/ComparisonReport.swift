import Directory
import SyncStore

/// What two runs did differently, as text.
enum ComparisonReport {
  static func make(
    _ comparison: RunComparison, _ first: String, _ second: String, limit: Int
  ) -> Report {
    let shown = Array(comparison.differences.prefix(limit))
    let json = ComparisonJSON(comparison, shown)
    var report = Report(json: json) { _ in
      var lines = [
        "\(comparison.same) objects alike, \(comparison.different) different, "
          + "\(comparison.onlyFirst) only in \(first), \(comparison.onlySecond) only in \(second)."
      ]
      for difference in shown { lines += self.lines(difference, first, second) }
      let more = comparison.differences.count - shown.count
      return more > 0 ? lines + ["", "\(more) more; --limit shows them."] : lines
    }
    report.csv = json.differences.table
    report.hasMore = comparison.differences.count > shown.count
    return report
  }

  private static func lines(
    _ difference: RunDifference, _ first: String, _ second: String
  ) -> [String] {
    let name = difference.dn.hasPrefix("CN={") ? difference.display : difference.dn
    var head =
      SafeText.line(difference.connector) + ", " + difference.stage + ": " + SafeText.line(name)
    switch (difference.first, difference.second) {
    case (let counter?, nil): head += " (\(counter), only in \(first))"
    case (nil, let counter?): head += " (\(counter), only in \(second))"
    case (let one?, let two?) where one != two: head += " (\(one) in \(first), \(two) in \(second))"
    default: break
    }
    guard difference.first != nil && difference.second != nil else { return [head] }
    return [head]
      + difference.attributes.map { attribute in
        "  " + SafeText.line(attribute.name) + ": "
          + words(attribute.first, but: attribute.second, first) + ", "
          + words(attribute.second, but: attribute.first, second)
      }
  }

  /// Values of an attribute that are told at most; `--json` has all.
  static let valueLimit = 10

  /// The values of one side; of many only those that the other side has not.
  private static func words(
    _ values: [AttributeValue]?, but others: [AttributeValue]?, _ name: String
  ) -> String {
    guard let values else { return "untouched in " + name }
    guard !values.isEmpty else { return "none in " + name }
    let known = Set(others ?? [])
    let own = values.count > valueLimit ? values.filter { !known.contains($0) } : values
    var text = SafeText.line(own.prefix(valueLimit).map(\.text).joined(separator: "; "))
    if own.count > valueLimit { text += " and \(own.count - valueLimit) more" }
    let both = values.count - own.count
    guard both > 0 else { return text + " in " + name }
    return (own.isEmpty ? "" : text + " and ") + "\(both) of both in " + name
  }
}

/// A comparison as `--json` spells it.
struct ComparisonJSON: Encodable {
  /// An object that came out differently.
  struct Difference: Encodable {
    let connector: String
    let stage: String
    let dn: String
    let display: String
    let first: String?
    let second: String?
    let attributes: [Values]
  }
  /// An attribute that came out differently.
  struct Values: Encodable {
    let attribute: String
    let first: [String]?
    let second: [String]?
  }
  let same: Int
  let different: Int
  let onlyFirst: Int
  let onlySecond: Int
  let differences: [Difference]

  init(_ comparison: RunComparison, _ shown: [RunDifference]) {
    same = comparison.same
    different = comparison.different
    onlyFirst = comparison.onlyFirst
    onlySecond = comparison.onlySecond
    differences = shown.map { item in
      Difference(
        connector: item.connector, stage: item.stage, dn: item.dn, display: item.display,
        first: item.first, second: item.second,
        attributes: item.attributes.map {
          Values(
            attribute: $0.name, first: $0.first?.map(\.text), second: $0.second?.map(\.text))
        })
    }
  }
}

extension ComparisonJSON.Difference: CSVRow {
  static var fields: [CSVField<Self>] {
    [
      CSVField("connector", \.connector), CSVField("stage", \.stage), CSVField("dn", \.dn),
      CSVField("display", \.display), CSVField("first", \.first), CSVField("second", \.second),
      CSVField("attributes", \.attributeText),
    ]
  }

  /// What came out differently, in one field.
  private var attributeText: String {
    attributes.map {
      $0.attribute + ": " + ($0.first?.csv ?? "untouched") + " / "
        + ($0.second?.csv ?? "untouched")
    }.joined(separator: "; ")
  }
}
