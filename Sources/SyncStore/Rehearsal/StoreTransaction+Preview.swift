import Directory
import Foundation
import GRDB

extension SyncStore {
  /// Runs `work` in a transaction of which nothing is stored.
  ///
  /// - Throws: ``StoreError``, or what `work` throws.
  public func tryOut<T>(_ work: (StoreTransaction) throws -> T) throws -> T {
    do {
      return try queue.writeWithoutTransaction { db in
        // Before anybody else writes by numbers that are not stored.
        defer { dictionaries.forget() }
        var result: T?
        try db.inTransaction(.immediate) {
          result = try work(StoreTransaction(db: db, dictionaries: dictionaries))
          return .rollback
        }
        guard let result else { throw StoreError.noResult }
        return result
      }
    } catch let error as DatabaseError {
      throw StoreError(error, doing: "try something on the store", file: file)
    }
  }
}

/// What a preview reads of the work that it is about.
extension StoreTransaction {
  /// With what the message of a step begins that synchronized one object alone, as somebody asked for
  /// who had looked at it.
  public static let oneObject = "One object, after a preview: "

  /// What is true of a step that was about all objects: one that was about a single one is no last
  /// synchronization of its connector.
  static func isOfMany(_ step: String) -> String {
    "\(step).message NOT LIKE '\(oneObject)%'"
  }

  /// What a step did so far, in its order.
  public func operations(step: Int64) throws -> [PreviewReport.Operation] {
    try rows(
      """
      SELECT h.counter, COALESCE((SELECT name FROM connector WHERE id = h.target_id), c.name), h.dn,
        h.deltas FROM step_change h JOIN step s ON s.id = h.step_id
      JOIN connector c ON c.id = s.connector_id WHERE h.step_id = ? ORDER BY h.id
      """, [step]
    ).map { row in
      let deltas = try row.bytes(3).map { try coding.decodeDeltas($0) } ?? []
      return PreviewReport.Operation(
        what: Counter(rawValue: row[0])?.title ?? "", connector: row[1], dn: row[2],
        changes: deltas.map {
          .init(
            attribute: $0.name, before: $0.before.map(\.text), after: $0.after.map(\.text),
            rule: $0.rule)
        })
    }
  }

  /// What a step counted that lists no objects, in words.
  public func countedTitles(step: Int64) throws -> [String] {
    try rows("SELECT counter FROM step_counter WHERE step_id = ?", [step])
      .compactMap { Counter(rawValue: $0[0]) }.filter { !$0.hasDetail }.map(\.title)
  }

  /// What went wrong in a step.
  public func failures(step: Int64) throws -> [PreviewReport.Failure] {
    try rows(
      "SELECT type, message, hint FROM step_error WHERE step_id = ? ORDER BY id", [step]
    ).map { .init(type: $0[0], message: $0[1], hint: $0[2]) }
  }

  /// What objects wait to send; those that wait for nothing are told, too.
  public func pendingExports(of ids: [Int64]) throws -> [PreviewReport.PendingExport] {
    try ids.compactMap { id in
      guard
        let row = try row(
          """
          SELECT c.name, o.dn, o.pending_export FROM cs_object o
          JOIN connector c ON c.id = o.connector_id WHERE o.id = ? AND c.is_source = 0
          """, [id])
      else { return nil }
      let pending = Pending(rawValue: row[2]) ?? .none
      let changes = pending == .add || pending == .update ? try pendingChanges(of: id) : []
      return .init(
        connector: row[0], dn: row[1], operation: pending.word,
        changes: try changes.map { change in
          // References that wait are named without their values.
          let isReference = change.before.isEmpty && change.after.isEmpty
          let delta = isReference ? try waitingReferences(of: id, change.name) : change
          return .init(
            attribute: delta.name.text, before: delta.before.map(\.text),
            after: delta.after.map(\.text), rule: "")
        })
    }
  }

  /// As many references are named as a person may look at.
  private static let namedReferences = 1000

  /// The references in an attribute that an object waits to send: those that go as before, those that
  /// come as after.
  private func waitingReferences(
    of id: Int64, _ attribute: AttributeName
  ) throws -> ObjectChange.Delta {
    var meant: [(id: Int64, comes: Bool)] = []
    try each(
      """
      SELECT target_id, state FROM export_reference
      WHERE source_id = ? AND attribute_id = ? AND state IN (1, 2) ORDER BY target_id LIMIT ?
      """, [id, try dictionaries.id(attribute, db), Self.namedReferences]
    ) { meant.append(($0.int64(0), $0.int(1) == 1)) }
    let names = try names(of: Set(meant.map(\.id)))
    func values(comes: Bool) -> [AttributeValue] {
      meant.filter { $0.comes == comes }.compactMap { names[$0.id]?.reference }
    }
    return .init(attribute, before: values(comes: false), after: values(comes: true))
  }

  /// What is staged of an object, in a word; nil if there is no such object.
  public func pendingImportWord(of id: Int64) throws -> String? {
    try row("SELECT pending_import FROM cs_object WHERE id = ?", [id])
      .map { (Pending(rawValue: $0[0]) ?? .none).word }
  }

  /// What a person calls a metaverse object.
  public func metaverseDisplay(_ id: Int64) throws -> String? {
    try row("SELECT display FROM mv_object WHERE id = ?", [id])?[0]
  }

  /// Keeps what a preview found, for the face that asked; older ones go.
  public func keep(_ report: PreviewReport, command: Int64) throws {
    let text = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
    try execute(
      "INSERT OR REPLACE INTO preview(command_id, time, report) VALUES (?, ?, ?)",
      [command, Timestamp.now.milliseconds, text])
    try execute("DELETE FROM preview WHERE command_id <= ?", [command - 20])
  }
}

extension StoreReader {
  /// What the preview found that a command asked for.
  public func preview(command: Int64) throws -> PreviewReport? {
    try read { tx in
      let text: String? = try tx.row(
        "SELECT report FROM preview WHERE command_id = ?", [command])?[0]
      return try text.map { try JSONDecoder().decode(PreviewReport.self, from: Data($0.utf8)) }
    }
  }
}
