import Configuration
import Directory
import SyncStore

/// Stands between a connector space and its directory: of a kind of change of which there is too
/// much nothing leaves until a person says so, and the other kinds flow.
struct ExportGuard {
  let context: StepContext

  /// A kind of change that is held back.
  struct Held {
    var kind: GuardedKind
    var count: Int
    /// How many there were when they began to be held, with those that had gone out by then.
    var amount: Int
    /// How many went out not long ago, a few at a time.
    var gone: Int
    var limit: String
  }

  private var connector: ActiveConnector { context.connector }

  /// Holds back every kind of which there is too much, each object with its cause.
  func weigh() throws -> [Held] {
    try context.store.transaction { tx in
      let id = connector.id
      var held: [Held] = []
      for kind in GuardedKind.allCases {
        // What is limited by nothing need not be counted: renames are looked for one by one.
        guard let limit = try tx.limit(connector: id, .exporting, kind) else {
          try tx.setHeldAmount(0, connector: id, kind)
          continue
        }
        let count = try tx.unreleasedCount(connector: id, kind)
        let gone =
          kind == .deletes && count > 0
          ? try tx.recentDeletes(
            connector: id, since: Self.span(tx),
            isScheduleShort: tx.schedule().intervalSeconds < Int(Self.shortest)) : 0
        // A person who released a part has not said that the rest is meant.
        let amount = count == 0 ? 0 : max(count + gone, try tx.heldAmount(connector: id, kind))
        guard try limit.isExceeded(by: amount, exporting: kind, connector: id, gone: gone, tx)
        else {
          try tx.setHeldAmount(0, connector: id, kind)
          continue
        }
        try tx.setHeldAmount(amount, connector: id, kind)
        held.append(
          Held(
            kind: kind, count: count, amount: amount, gone: gone,
            limit: try limit.words(
              exceededBy: amount, exporting: kind, connector: id, gone: gone, tx)))
      }
      try tx.forgetCauses(connector: id, but: held.map(\.kind) + [.deletes])
      if held.contains(where: { $0.kind == .deletes }) {
        try tx.holdDeletesWithoutCause(connector: id)
      }
      // A rename is an update, too: it is held as the narrower kind, and since when it was so first.
      let renamed =
        held.contains { $0.kind == .renames } ? try tx.holdExports(connector: id, .renames) : []
      for item in held where item.kind == .adds || item.kind == .updates {
        try tx.holdExports(connector: id, item.kind, except: renamed)
      }
      return held
    }
  }

  /// For how many seconds deletes count together at least.
  private static let shortest = 1800.0

  /// Since when deletes count together that go out a few at a time: as long as a cycle of the
  /// schedule would have gathered them, but for half an hour at least and three hours at most.
  private static func span(_ tx: StoreTransaction) throws -> Timestamp {
    let seconds = min(max(Double(try tx.schedule().intervalSeconds), shortest), 10_800)
    return Timestamp.now.adding(seconds: -seconds)
  }

  /// How a step ends that held something back; nil if it did not.
  func result(_ held: [Held]) throws -> StepResult? {
    guard !held.isEmpty else { return nil }
    let sentences = held.map(sentence)
    try context.store.transaction { tx in
      for sentence in sentences { try tx.log(.warning, code: 116, sentence) }
    }
    let deletes = held.contains { $0.kind == .deletes }
    return StepResult(
      result: deletes ? "stopped-deletion-threshold-exceeded" : "stopped-object-limit",
      message: sentences.joined(separator: ". "),
      hint: "Look at them: lockstep held, or Connectors, scope held deletes. If they are meant, "
        + "release a group (lockstep release GROUP)"
        + (deletes
          ? ", or all deletes: lockstep release-deletes \(ShellText.quoted(connector.name))" : ""))
  }

  private func sentence(_ item: Held) -> String {
    // A rehearsal sends nothing, whatever its copy of the store says.
    let sent = context.report == nil ? "was sent" : "would be sent"
    guard item.count + item.gone == item.amount else {
      return "\(item.count) pending \(item.kind.rawValue) of \(connector.name) are left of "
        + "\(item.amount) that were too many, more than \(item.limit). They stay held until they are "
        + "released; what else is not held \(sent)"
    }
    let gone =
      item.gone == 0
      ? "" : ", with \(item.gone) that went out not long ago"
    return switch item.kind {
    case .deletes:
      "Prevent Accidental Deletes: the number of deletions for this sync cycle (\(item.count) "
        + "pending deletes\(gone)) has exceeded the current threshold of \(item.limit). The deletions "
        + "are held; what else is not held \(sent)"
    case .adds, .updates, .renames:
      "\(item.count) pending \(item.kind.rawValue) of \(connector.name) are more than "
        + "\(item.limit). They are held; what else is not held \(sent)"
    }
  }
}
