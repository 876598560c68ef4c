public import Configuration

/// Adds settings to the text of `lockstep.toml`; all that a person wrote there stays as it is.
public struct ConfigurationEdit: Sendable {
  private var lines: [String]
  /// What lines have before their line feed.
  private let lineEnd: String

  /// An edit of `text`.
  public init(_ text: String) {
    // By bytes: CR and LF together are one Character.
    lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { String(decoding: $0, as: UTF8.self) }
    lineEnd = lines.first?.utf8.last == 0x0D ? "\r" : ""
  }

  /// The text with what was added.
  public var text: String { lines.joined(separator: "\n") }

  /// Adds `key = value` to the connector's section that starts at `place`.
  ///
  /// - Parameters:
  ///   - value: The value as TOML writes it.
  ///   - usual: A value that says no more than its absence; where it stands, `value` takes its place.
  public mutating func add(
    _ key: String, _ value: String, toSectionAt place: SourcePlace, inPlaceOf usual: String? = nil
  ) {
    let end = headers(after: place.line).first.map { $0.line - 1 } ?? lines.count
    let written = usual.map { key + "=" + $0 }
    if written != nil,
      let index = lines[..<end].indices.dropFirst(place.line).first(where: {
        Self.bare(lines[$0]) == written
      })
    {
      let comment = lines[index].drop { $0 != "#" }
      lines[index] = "\(key) = \(value)" + (comment.isEmpty ? lineEnd : "  " + comment)
      return
    }
    insert(["\(key) = \(value)"], at: place.line)
  }

  /// Adds `parameters` to the connector's section that starts at `place`, in the table that it has
  /// for them or in a new one.
  ///
  /// - Parameter parameters: Names and texts; the names need no quotes.
  public mutating func add(
    parameters: [(name: String, value: String)], toSectionAt place: SourcePlace
  ) {
    guard !parameters.isEmpty else { return }
    let entries = parameters.map { "\($0.name) = " + TOMLText.quoted($0.value) }
    let start = place.line
    if let table = headers(after: start).first(where: { $0.name == Self.parameterTable }) {
      insert(entries, at: table.line)
      return
    }
    let next = headers(after: start).first { !$0.name.hasPrefix("[connector.") }
    var end = next.map { $0.line - 1 } ?? lines.count
    while end > start, Self.isBlankOrComment(lines[end - 1]) { end -= 1 }
    insert(["", Self.parameterTable] + entries, at: end)
  }

  private static let parameterTable = "[connector.parameters]"

  /// The headers of tables after line `line`, each with its line, from 1.
  private func headers(after line: Int) -> [(name: String, line: Int)] {
    lines.indices.dropFirst(line).compactMap { index in
      let text = Self.bare(lines[index])
      return text.hasPrefix("[") && text.hasSuffix("]") ? (text, index + 1) : nil
    }.prefix { $0.name != "[[connector]]" } + nextSection(after: line)
  }

  /// The header of the next connector, behind which nothing belongs to this one.
  private func nextSection(after line: Int) -> [(name: String, line: Int)] {
    let index = lines.indices.dropFirst(line).first { Self.bare(lines[$0]) == "[[connector]]" }
    return index.map { [("[[connector]]", $0 + 1)] } ?? []
  }

  /// A line without white space and comment.
  private static func bare(_ line: String) -> String {
    let code = line.prefix { $0 != "#" }
    return String(code.filter { $0 != " " && $0 != "\t" && $0 != "\r" })
  }

  private static func isBlankOrComment(_ line: String) -> Bool { bare(line).isEmpty }

  private mutating func insert(_ new: [String], at line: Int) {
    lines.insert(contentsOf: new.map { $0 + lineEnd }, at: min(line, lines.count))
  }
}
