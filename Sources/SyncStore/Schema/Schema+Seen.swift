extension Schema {
  /// When a step was last heard of, in milliseconds since 1970: one that nobody closed ended then.
  static let seen = "ALTER TABLE step ADD COLUMN seen INTEGER"
}
