import Directory
import GRDB
import Synchronization

/// The numbers under which the store keeps attribute names and rules.
///
/// Numbers are given inside the transaction that first needs them, and stay once it is committed
/// (``keep()``); ``forget()`` after a rollback drops what that transaction had added. What was known
/// before stays known: who reads an older state of the store at the same time may not know it.
final class Dictionaries: Sendable {
  private struct State {
    var loaded = false
    var ids: [AttributeName: Int64] = [:]
    var names: [Int64: AttributeName] = [:]
    var ruleIDs: [String: Int64] = [:]
    var ruleNames: [Int64: String] = [:]
    /// What was added since the last commit.
    var newNames: [AttributeName: Int64] = [:]
    var newRules: [String: Int64] = [:]
    /// What the dictionaries hold now, made when it is first asked for after a change.
    var table: NameTable?
  }

  private let state = Mutex(State())

  /// Notes that what was added is stored.
  func keep() {
    state.withLock { state in
      if !state.newNames.isEmpty { state.newNames = [:] }
      if !state.newRules.isEmpty { state.newRules = [:] }
    }
  }

  /// Drops what was added and may not be stored.
  func forget() {
    state.withLock { state in
      for (name, id) in state.newNames {
        state.ids[name] = nil
        state.names[id] = nil
      }
      for (key, id) in state.newRules {
        state.ruleIDs[key] = nil
        state.ruleNames[id] = nil
      }
      (state.newNames, state.newRules) = ([:], [:])
      state.loaded = false
      state.table = nil
    }
  }

  /// The numbers known now; those that the store has and this process has not met may be missing.
  var table: NameTable {
    state.withLock { state in
      if let table = state.table { return table }
      let table = NameTable(names: state.names, ruleIDs: state.ruleIDs)
      state.table = table
      return table
    }
  }

  /// The number of `name`, given now if there is none yet.
  func id(_ name: AttributeName, _ db: Database) throws -> Int64 {
    if let known = state.withLock({ $0.ids[name] }) { return known }
    try load(db)
    if let known = state.withLock({ $0.ids[name] }) { return known }
    // It may be there: what was read last may have been an older state of the store.
    let tx = StoreTransaction(db: db, dictionaries: self)
    let stored = name.stored
    try tx.execute("INSERT INTO attribute(name) VALUES (?) ON CONFLICT DO NOTHING", [stored])
    guard let id = try tx.integer("SELECT id FROM attribute WHERE name = ?", [stored])
    else { throw StoreError.noResult }
    state.withLock {
      $0.ids[name] = id
      $0.names[id] = name
      $0.newNames[name] = id
      $0.table = nil
    }
    return id
  }

  /// The number of `name` if it has one.
  func existingID(_ name: AttributeName, _ db: Database) throws -> Int64? {
    if let known = state.withLock({ $0.ids[name] }) { return known }
    try load(db)
    return state.withLock { $0.ids[name] }
  }

  /// The name that has the number `id`.
  func name(_ id: Int64, _ db: Database) throws -> AttributeName {
    if let known = state.withLock({ $0.names[id] }) { return known }
    state.withLock { $0.loaded = false }
    try load(db)
    guard let name = state.withLock({ $0.names[id] }) else {
      throw StoreError.unlisted(id)
    }
    return name
  }

  /// The number of the rule `key`, which a person knows as `name`.
  func ruleID(_ key: String, name: String, _ db: Database) throws -> Int64 {
    if let known = try knownRule(key, name: name, db) { return known }
    try load(db)
    if let known = try knownRule(key, name: name, db) { return known }
    let tx = StoreTransaction(db: db, dictionaries: self)
    try tx.execute(
      """
      INSERT INTO rule(key, name) VALUES (?, ?)
      ON CONFLICT(key) DO UPDATE SET name = excluded.name
      """, [key, name])
    guard let id = try tx.integer("SELECT id FROM rule WHERE key = ?", [key])
    else { throw StoreError.noResult }
    state.withLock {
      $0.ruleIDs[key] = id
      $0.ruleNames[id] = name
      $0.newRules[key] = id
      $0.table = nil
    }
    return id
  }

  /// The number of a rule that has one; it is known under its new name where that has changed.
  private func knownRule(_ key: String, name: String, _ db: Database) throws -> Int64? {
    let (id, last) = state.withLock { state in
      let id = state.ruleIDs[key]
      return (id, id.flatMap { state.ruleNames[$0] })
    }
    guard let id, last != name else { return id }
    try StoreTransaction(db: db, dictionaries: self).execute(
      "UPDATE rule SET name = ?1 WHERE id = ?2 AND name <> ?1", [name, id])
    state.withLock {
      $0.ruleNames[id] = name
      $0.newRules[key] = id
    }
    return id
  }

  /// Has the names of rules read anew, and looked whether what has no number has one by now: another
  /// process may have given them.
  func expectNews() {
    state.withLock { state in
      state.ruleNames = [:]
      state.loaded = false
    }
  }

  /// What a person calls the rule with the number `id`; empty for 0, which means no rule.
  func ruleName(_ id: Int64, _ db: Database) throws -> String {
    if id == 0 { return "" }
    if let known = state.withLock({ $0.ruleNames[id] }) { return known }
    state.withLock { $0.loaded = false }
    try load(db)
    return state.withLock { $0.ruleNames[id] } ?? "(a rule that is gone)"
  }

  /// Reads the numbers that the store has, once.
  func loadAll(_ db: Database) throws { try load(db) }

  private func load(_ db: Database) throws {
    guard !state.withLock({ $0.loaded }) else { return }
    let tx = StoreTransaction(db: db, dictionaries: self)
    let names = try tx.rows("SELECT id, name FROM attribute")
    let rules = try tx.rows("SELECT id, key, name FROM rule")
    state.withLock {
      for row in names {
        let id: Int64 = row[0]
        let name = AttributeName(stored: row[1])
        $0.ids[name] = id
        $0.names[id] = name
      }
      for row in rules {
        let id: Int64 = row[0]
        $0.ruleIDs[row[1]] = id
        $0.ruleNames[id] = row[2]
      }
      $0.loaded = true
      $0.table = nil
    }
  }
}

extension AttributeName {
  /// What stands for a NUL in the store, where a text without case ends at the first: two names that
  /// part behind it would have one number.
  private static let nul: Unicode.Scalar = "\u{10FFFF}"

  /// The name as the store spells it.
  fileprivate var stored: String {
    guard text.utf8.contains(0) else { return text }
    return Self.replacing("\0", by: Self.nul, in: text)
  }

  fileprivate init(stored: String) {
    self.init(
      stored.unicodeScalars.contains(Self.nul)
        ? Self.replacing(Self.nul, by: "\0", in: stored) : stored)
  }

  private static func replacing(
    _ old: Unicode.Scalar, by new: Unicode.Scalar, in text: String
  ) -> String {
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: text.unicodeScalars.map { $0 == old ? new : $0 })
    return String(scalars)
  }
}
