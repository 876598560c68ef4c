import Configuration

/// How many changes of a connector pass without a person's word, as `[connector.import_limits]` and
/// `[connector.export_limits]` say it.
public struct LimitsSection: Hashable, Sendable {
  /// One kind of change.
  public struct Limit: Hashable, Sendable {
    /// Changes that pass; nil for any number.
    public var count: Int?
    /// Changes that pass, in percent of the connector's objects; nil for any share.
    public var percent: Int?
  }

  /// The kinds of change that have limits.
  public static let kinds = ["adds", "updates", "renames", "deletes"]

  /// The limits by the names of their kinds; a kind that is missing has the usual one.
  public var limits: [String: Limit] = [:]
  /// Names of entries that an import must show before others are taken for deleted.
  public var canaries: [String] = []

  /// No limits but the usual ones.
  public init() {}
}

extension LimitsSection {
  init(_ table: TOMLTable?, hasCanaries: Bool) throws(ConfigurationError) {
    guard let table else { return }
    if !hasCanaries, table["canaries"] != nil {
      throw ConfigurationError(
        place: table.place(of: "canaries"),
        message: "\"canaries\" are entries that imports of a source must show",
        hint: "take them out, or write them below [connector.import_limits] of a source")
    }
    try table.rejectUnknown(
      allowed: Self.kinds + Self.kinds.map { $0 + "_percent" }
        + (hasCanaries ? ["canaries"] : []))
    for kind in Self.kinds {
      let limit = Limit(
        count: try table.optionalInteger(kind, in: 0...1_000_000_000),
        percent: try table.optionalInteger(kind + "_percent", in: 0...100))
      if limit.count != nil || limit.percent != nil { limits[kind] = limit }
    }
    if hasCanaries { canaries = try table.strings("canaries", default: []) }
  }
}
