/// A table of a TOML file: keys with values, in the order of the file, each with its place.
public struct TOMLTable: Sendable {
  /// One key with its value.
  public struct Entry: Sendable {
    /// The key.
    public var key: String
    /// Where the key stands.
    public var place: SourcePlace
    /// The value.
    public var value: TOMLValue
  }

  /// Where the table starts: its header, its brace, or the start of the file.
  public let place: SourcePlace
  /// The keys with their values, in the order of the file.
  public let entries: [Entry]
  private let positions: [String: Int]

  /// A table of `entries`; of two with the same key the first counts.
  public init(entries: [Entry], place: SourcePlace) {
    self.entries = entries
    self.place = place
    positions = Dictionary(
      entries.enumerated().map { ($0.element.key, $0.offset) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The keys, in the order of the file.
  public var keys: [String] { entries.map(\.key) }

  /// The value of `key`, or nil if the table does not have it.
  public subscript(key: String) -> TOMLValue? { positions[key].map { entries[$0].value } }

  /// Where `key` stands, or the place of the table if it does not have it.
  public func place(of key: String) -> SourcePlace {
    positions[key].map { entries[$0].place } ?? place
  }

  /// Refuses keys that nobody reads, so that a slip of the pen does not pass in silence.
  ///
  /// - Throws: ``ConfigurationError`` at the first key that is not in `allowed`.
  public func rejectUnknown(allowed: [String]) throws(ConfigurationError) {
    for entry in entries where !allowed.contains(entry.key) {
      throw ConfigurationError(
        place: entry.place, message: "\"\(entry.key)\" is no setting here",
        hint: Spelling.hint(for: entry.key, among: allowed))
    }
  }
}
