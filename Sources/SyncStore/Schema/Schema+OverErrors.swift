extension Schema {
  /// Whether what a later import read has ended a discovery error, and of which anchor it is, where
  /// the directory told one.
  static let overErrors = """
    ALTER TABLE step_error ADD COLUMN anchor TEXT;
    ALTER TABLE step_error ADD COLUMN is_over INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX step_error_unread ON step_error (connector_id, step_id)
      WHERE stage = 'discovery' AND is_over = 0;
    """
}
