import Directory

/// By which means a directory is asked for what changed.
public enum DeltaStrategy: String, Hashable, Sendable, CaseIterable {
  /// Content synchronization (RFC 4533).
  case contentSync = "syncrepl"
  /// Active Directory's DirSync ([MS-ADTS] §3.1.1.3.4.1.3).
  case dirSync = "dirsync"
  /// The update numbers of one domain controller, `uSNChanged`.
  case updateNumbers = "usn"
  /// The time of each entry's last change, and a periodic comparison of what is there.
  case timestamps = "timestamps"
  /// Not at all: every import is a full one.
  case never = "none"
}

extension DeltaStrategy {
  /// The strategies that a server may have, the best first.
  ///
  /// What it promises in its root may be refused to this account, or for this part of the directory.
  static func candidates(
    _ profile: DirectoryProfile, _ settings: LDAPConnectorSettings
  ) -> [DeltaStrategy] {
    if let chosen = settings.delta { return [chosen] }
    var found: [DeltaStrategy] = []
    let usesOwnAnchor =
      profile.anchorAttribute == DirectoryProfile.usualAnchor(profile.kind)
    if profile.kind.isActiveDirectory {
      if profile.has(ControlOID.dirSync), usesOwnAnchor { found.append(.dirSync) }
      if profile.root.highestCommittedUSN != nil, usesOwnAnchor { found.append(.updateNumbers) }
    } else if profile.kind == .openLDAP, profile.has(ControlOID.syncRequest), usesOwnAnchor {
      // Others have the control, too: 389 Directory Server names entries by other identifiers than
      // it shows, and takes no cookie with another filter.
      found.append(.contentSync)
    }
    return found + [.timestamps]
  }

  /// Where deltas begin that come after all that is read from now on; nil if the server does not do
  /// it for this account, or for this part of the directory.
  func start(_ context: DeltaContext) async throws -> LDAPWatermark? {
    switch self {
    case .contentSync: try await ContentSyncSource.start(context.connection, context.profile)
    case .dirSync: try await DirSyncSource.start(context)
    case .updateNumbers: try await UpdateNumberSource.start(context)
    case .timestamps: try await TimestampSource.start(context)
    case .never: nil
    }
  }

  /// What is wrong when a server does not do what is configured.
  var refusal: ConnectorFailure {
    ConnectorFailure(
      .badConfiguration,
      message: "The server does not tell this account changes by \"\(rawValue)\"",
      hint: "Write delta = \"auto\", or give the account the rights and the limits that it takes.")
  }
}
