import GRDB

/// The count of the errors at the beginning and the end of the last cycle.
///
/// Whoever looks at an error tells whether it is new; what is gone nobody tells.
enum CycleErrorCount {
  /// The number of the cycle, the errors before it, those after it and how many of these are new.
  private static let key = "cycle.errors"

  static func begin(_ cycle: Int64, _ tx: StoreTransaction) throws {
    try tx.set(key, "\(cycle) \(try StoreReader.openErrorCount(tx))")
  }

  static func end(_ cycle: Int64, _ tx: StoreTransaction) throws {
    guard let numbers = try numbers(of: cycle, tx), let before = numbers.first else { return }
    let new = try tx.integer(
      """
      SELECT COUNT(*) FROM step_error e JOIN connector c ON c.id = e.connector_id
      WHERE \(StoreReader.isOpen)
        AND e.first_occurred >= (SELECT started FROM cycle WHERE id = ?)
      """, [cycle])
    let open = try StoreReader.openErrorCount(tx)
    try tx.set(key, "\(cycle) \(before) \(open) \(new ?? 0)")
  }

  /// The counts of a cycle; nil if it has not ended, or another one came after it.
  static func of(_ cycle: Int64, _ tx: StoreTransaction) throws -> CycleErrors? {
    guard let numbers = try numbers(of: cycle, tx), numbers.count == 3 else { return nil }
    let (before, open, new) = (numbers[0], numbers[1], min(numbers[2], numbers[1]))
    return CycleErrors(open: open, new: new, gone: max(0, before + new - open))
  }

  private static func numbers(of cycle: Int64, _ tx: StoreTransaction) throws -> [Int]? {
    let parts = try tx.setting(key)?.split(separator: " ") ?? []
    guard parts.first == "\(cycle)" else { return nil }
    return parts.dropFirst().compactMap { Int($0) }
  }
}
