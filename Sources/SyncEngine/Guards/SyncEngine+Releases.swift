import Directory
import SyncStore

/// What a person lets pass, and staging mode.
extension SyncEngine {
  /// Releases what a person names, as far as it was held when they asked.
  func release(_ held: HeldReference, _ taken: TakenCommand) throws -> String {
    try store.transaction { tx in
      let words: String
      switch held {
      case .importOf(let name, let seen):
        words = try releaseImport(of: name, until: taken.moment(seen), taken.requestedBy, tx)
      case .group(let id, let seen):
        words = try sentence(
          try tx.release(group: id, until: taken.moment(seen), by: taken.requestedBy),
          "group \(id)", tx)
      case .object(let id, let kind, let seen):
        words = try sentence(
          try tx.release(
            object: id, kind: kind, until: taken.moment(seen), by: taken.requestedBy),
          "object \(id)" + (kind.map { " among the " + $0.rawValue } ?? ""), tx)
      }
      try tx.log(.warning, code: 116, "\(taken.requestedBy) released: \(words)")
      return words
    }
  }

  private func releaseImport(
    of name: String, until moment: Timestamp, _ person: String, _ tx: StoreTransaction
  ) throws -> String {
    guard let id = try tx.connectorID(name) else { throw Self.unknown(name) }
    let isOfFiles = try tx.importHolds(connector: id).contains {
      $0.releasedBy == nil && $0.kind == StoreTransaction.ImportHold.files
    }
    // What is staged already goes on; only what an import lacked has to be read again.
    let staged = try tx.importHolds(connector: id).filter {
      $0.releasedBy == nil && $0.stopsSynchronization
        && $0.kind != StoreTransaction.ImportHold.server
    }.reduce(0) { $0 + $1.count }
    switch try tx.releaseImport(connector: id, until: moment, by: person) {
    case .released(0):
      return "the next import of \(name) "
        + (isOfFiles
          ? "reads its files as they are now, whatever was read of them before"
          : "reads everything, though its server has less than before")
    case .released(let count):
      let believed = "the next import of \(name) is believed, up to \(count - staged) objects"
      guard staged > 0 else { return believed }
      let passes = "\(staged) changes that \(name) told are synchronized with the next cycle"
      return staged == count ? passes : believed + ", and " + passes
    case .heldAnew(0):
      throw EngineError(
        message:
          "An import of \(name) was held after you looked at it, as its "
          + (isOfFiles
            ? "files contradict what was read of them" : "server has less than before")
          + ", and nothing is released",
        hint: "Look at it (lockstep held), and release it if it is meant")
    case .heldAnew(let count):
      throw EngineError(
        message: "An import of \(name) was held after you looked at it: it is "
          + "\(count) objects now, and nothing is released",
        hint: "Look at them (lockstep held), and release them if they are meant")
    case nil:
      throw EngineError(
        message: "No import of \(name) is held", hint: "See lockstep held for what is")
    }
  }

  private func sentence(
    _ released: (connector: Int64, count: Int, cause: String)?, _ what: String,
    _ tx: StoreTransaction
  ) throws -> String {
    guard let released else {
      throw EngineError(
        message: "Nothing of \(what) is held", hint: "See lockstep held for what is")
    }
    let name = try tx.connectorState(released.connector)?.name ?? ""
    let changes =
      released.count == 1 ? "1 change of \(name) goes" : "\(released.count) changes of \(name) go"
    return changes + " out with its next export (\(released.cause))"
  }

  /// Turns staging mode on or off.
  func setStaging(_ isOn: Bool, by person: String) throws -> String {
    try store.transaction { tx in
      try tx.set("engine.staging", isOn ? "true" : "false")
      let isStaging = try tx.isStaging()
      let words =
        isStaging
        ? "Staging mode is on: everything but exports"
          + (isOn ? "" : "; lockstep.toml says so, change it there")
        : "Staging mode is off: the next cycle exports what is pending"
      try tx.log(.warning, code: 904, words + " (asked for by \(person))")
      return words
    }
  }
}

extension TakenCommand {
  /// Until when a release holds: what came after a person had looked is not meant.
  ///
  /// What they saw was read of the store's own times, which a clock that was set back since does not
  /// change.
  fileprivate func moment(_ seen: Timestamp?) -> Timestamp { seen ?? filed }
}
