extension Schema {
  /// How the service of a step's connector bears the work, and references that are to go, which
  /// leave first.
  static let load = """
    ALTER TABLE step ADD COLUMN waits_until INTEGER;
    ALTER TABLE step ADD COLUMN throttle_count INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE step ADD COLUMN quota_used REAL;
    CREATE INDEX export_reference_unwanted ON export_reference (source_id) WHERE state = 2;
    """
}
