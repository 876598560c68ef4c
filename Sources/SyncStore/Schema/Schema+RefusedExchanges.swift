extension Schema {
  /// Exchanges of names that a target refused, under the one of those concerned that has the least
  /// number: what they were and were to be then, and the target's words.
  static let refusedExchanges = """
    CREATE TABLE refused_exchange (
      object_id INTEGER PRIMARY KEY,
      circle TEXT NOT NULL,
      words TEXT NOT NULL
    );
    """
}
