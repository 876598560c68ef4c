import Directory
import SyncStore

/// What became of exchanges of names, for the log and for the next export.
extension ExportStep {
  /// The target's words when it refused this very exchange before; nil if it has not.
  func refusedBefore(_ circle: [RefusedNames.Entry]) throws -> String? {
    guard let first = circle.map(\.request.id).min() else { return nil }
    return try store.look {
      [try $0.refusedExchange(of: first, circle: Self.digest(circle))]
    }[0]
  }

  /// Notes that an exchange was refused, unless it may work by itself with the next export.
  ///
  /// - Parameters:
  ///   - entry: The one that did not get its name.
  ///   - areBack: Whether all have the names again that they had.
  func noteRefusal(
    _ outcome: ExportOutcome, of entry: RefusedNames.Entry, in circle: [RefusedNames.Entry],
    areBack: Bool
  ) throws {
    guard let first = circle.map(\.request.id).min() else { return }
    var (words, isLasting) = ("it gave no answer", false)
    switch outcome {
    case .failed(let failure): (words, isLasting) = (failure.message, !failure.isTransient)
    case .unknown(let reason): words = reason
    case .partly(let part): words = part.failure.message
    case .done, .accepted, .removed: break
    }
    let refusal = "\(entry.request.item.object.display) was refused: \(words)"
    let end =
      !areBack
      ? "Not all have got back the names that they had: see their errors"
      : isLasting
        ? "All have the names that they had. It is tried again once one of them, or of the names that "
          + "they are to get, is another"
        : "All have the names that they had, and the next export tries again"
    try store.transaction { tx in
      if isLasting, areBack {
        try tx.noteRefusedExchange(of: first, circle: Self.digest(circle), words: refusal)
      }
      try tx.log(
        .warning, code: 904,
        "\(who(circle)) could not \(circle.count > 2 ? "pass on" : "exchange") their "
          + "\(circle[0].change.attribute.text) in \(connector.name): \(refusal). \(end)")
    }
  }

  /// Notes that those of a circle have each other's names.
  ///
  /// - Parameter name: The one that the first of them had for a moment.
  func noteExchange(_ circle: [RefusedNames.Entry], _ name: String) throws {
    try store.transaction { tx in
      for entry in circle { try tx.forgetRefusedExchange(of: entry.request.id) }
      try tx.log(
        .information, code: 904,
        "\(who(circle)) have \(circle.count > 2 ? "passed on" : "exchanged") their "
          + "\(circle[0].change.attribute.text) in \(connector.name): for a moment "
          + "\(circle[0].request.item.object.display) had the name \(name)")
    }
  }

  private func who(_ circle: [RefusedNames.Entry]) -> String {
    let displays = circle.map(\.request.item.object.display)
    return displays.dropLast().joined(separator: ", ") + " and " + (displays.last ?? "")
  }

  /// What differs once one of those concerned, as the target shows it, or a name that one is to get
  /// is another.
  private static func digest(_ circle: [RefusedNames.Entry]) -> String {
    var digest = FNV1a()
    for entry in circle.sorted(by: { $0.request.id < $1.request.id }) {
      let (held, wanted) = entry.addresses
      let parts =
        [String(entry.request.id), entry.change.attribute.text, entry.change.held]
        + [entry.change.wanted] + held.sorted() + ["wanted"] + wanted.sorted()
      for part in parts { digest.add(Array(part.utf8) + [0]) }
    }
    return String(digest.value, radix: 16)
  }
}

extension RefusedNames.Entry {
  /// Has it be told that the exchange was tried before, and refused.
  mutating func tellRefusal(_ words: String) {
    guard case .failed(var failure) = outcome else { return }
    failure.message += " (it was to exchange names with who has the value, and \(words))"
    outcome = .failed(failure)
  }
}
