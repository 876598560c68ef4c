import Cells
import Directory
public import SyncStore

/// An account of the ledger of passwords, by the number of its row: tables are read by numbers.
public struct LedgerRow: Hashable, Sendable, Identifiable {
  /// What the ledger says.
  public var row: PasswordRow
  /// The row's number.
  public var id: Int64 { row.number }

  /// The account of `row`.
  public init(_ row: PasswordRow) { self.row = row }

  /// What people call the account.
  var name: String { row.display.isEmpty ? row.dn : row.display }

  /// A status with its mark.
  static func status(_ status: PasswordStatus, _ scene: Scene) -> Span {
    let (mark, role): (Character, Role) =
      switch status {
      case .success: (scene.glyphs.success, .runSuccess)
      case .error: (scene.glyphs.failure, .runError)
      case .retryRequestedByTarget: (scene.glyphs.warning, .runWarning)
      case .unknown: (scene.glyphs.running, .runRunning)
      case .filteredByTarget, .noTargetConnection, .sourceConnectorNotPresent,
        .targetNotExportedToDirectory, .missingAttribute:
        (scene.glyphs.bullet, .runUnknown)
      }
    return Span(String(mark) + " " + status.rawValue, role)
  }
}

/// An account of the ledger with the batches that its password was in, newest first.
public struct LedgerAccount: Equatable, Sendable {
  /// What the ledger says.
  public var row: PasswordRow
  /// The batches.
  public var batches: [PasswordBatchRow]
  /// The target's object that the account is linked to, where its password has no way there.
  public var linked: ObjectRow?

  /// What its status means, and what to do about it where something is to be done.
  var meaning: String {
    // A rule about passwords may leave out who is synchronized well: disabled accounts above all.
    guard row.status == .noTargetConnection, let linked else { return row.status.meaning }
    return "It is in \(linked.connector); only its password is not sent, since no rule that "
      + "synchronizes passwords has it in scope. A disabled account has none: its password follows "
      + "once it is enabled."
  }
}

extension PasswordStatus {
  /// What it means, and what to do about it where something is to be done.
  var meaning: String {
    switch self {
    case .success: "The target has the password of the source."
    case .filteredByTarget:
      "It is kept back: the account is disabled, or its password must be changed at the next sign-in."
    case .noTargetConnection:
      "No rule takes this object to the target. lockstep why tells which gate stops it."
    case .sourceConnectorNotPresent:
      "The directory synchronization does not know the object: it is outside of what is imported."
    case .targetNotExportedToDirectory:
      "The object waits for its export; its password follows as soon as the target has it."
    case .missingAttribute:
      "The source has no hash for it: it never had a password, or none is stored."
    case .retryRequestedByTarget: "The target asks to have it again later; it is sent by itself."
    case .error: "The target refused it, or its batch failed; it is sent again by itself."
    case .unknown: "It is on its way, or waits to be sent."
    }
  }
}

extension PasswordBatchRow.Line {
  /// What the target said, or why it has said nothing.
  func answer(of batch: PasswordBatchRow, _ scene: Scene) -> Span {
    if let answer { return LedgerRow.status(answer, scene) }
    return batch.isUnderWay
      ? Span(String(scene.glyphs.running) + " on its way", .runRunning)
      : Span(String(scene.glyphs.warning) + " no answer", .runWarning)
  }
}
