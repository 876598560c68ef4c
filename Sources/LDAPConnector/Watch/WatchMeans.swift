/// By which means it is noticed that something in a directory moved.
public enum WatchMeans: String, Hashable, Sendable, CaseIterable {
  /// The server tells each change by content synchronization that goes on (RFC 4533 §3.4).
  case persist
  /// The server tells that something changed ([MS-ADTS] §3.1.1.3.4.1.9), and is asked whether it was
  /// something that is read.
  case notify
  /// The server is asked now and then.
  case poll
}

extension WatchMeans {
  /// The means that a server may have, the best first.
  static func candidates(
    _ profile: DirectoryProfile, _ settings: LDAPConnectorSettings
  ) -> [WatchMeans] {
    if let chosen = settings.watchMeans { return [chosen] }
    var found: [WatchMeans] = []
    if profile.kind.isActiveDirectory {
      // Samba notifies of no delete: asking it notices that sooner than a silence.
      if profile.kind != .samba, profile.has(ControlOID.notification) { found.append(.notify) }
    } else if profile.kind == .openLDAP, profile.has(ControlOID.syncRequest) {
      found.append(.persist)
    }
    return found + [.poll]
  }
}
