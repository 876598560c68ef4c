public import Directory

extension LDAPConnector: ChangeWatching {
  /// Begins to watch the directory over a connection of its own, by the best means that it has.
  ///
  /// - Throws: ``ConnectorFailure`` if no server can be reached, or the one that answers does not
  ///   have the means that are configured.
  public func watch() async throws -> any ChangeWatch {
    var settings = settings
    settings.connection.isReadOnly = true
    let reader = LDAPConnector(settings)
    let (connection, profile) = try await reader.connect()
    do {
      let context = try await reader.context(
        ImportRequest(watermark: nil, stagedCount: { 0 }), connection, profile)
      for means in WatchMeans.candidates(profile, settings) {
        if let watch = try await Self.watch(by: means, context) { return watch }
      }
    } catch let error as LDAPError {
      throw error.failure(isStart: true)
    }
    let wanted = settings.watchMeans?.rawValue ?? "auto"
    throw ConnectorFailure(
      .badConfiguration,
      message: "The server does not tell this account by \"\(wanted)\" that something changed",
      hint: "Write by = \"auto\" or \"poll\" under [connector.watch].")
  }

  private static func watch(
    by means: WatchMeans, _ context: DeltaContext
  ) async throws -> (any ChangeWatch)? {
    switch means {
    case .persist: return try await PersistentWatch.begin(context)
    case .notify:
      guard context.profile.kind.isActiveDirectory, context.profile.has(ControlOID.notification)
      else { return nil }
      let probe = try await changeProbe(context)
      return try await NotifiedWatch.begin(context, probe)
    case .poll: return PollingWatch(context, try await changeProbe(context))
    }
  }

  /// What finds out at least cost whether anything moved.
  private static func changeProbe(_ context: DeltaContext) async throws -> any ChangeProbe {
    let profile = context.profile
    if profile.kind.isActiveDirectory, profile.root.highestCommittedUSN != nil {
      if profile.has(ControlOID.dirSync), let start = try await DirSyncSource.start(context) {
        return DirSyncProbe(context, from: start)
      }
      return UpdateNumberProbe(context)
    }
    // Without its provider, what is there of such stamps never moves.
    if profile.has(ControlOID.syncRequest),
      try await ContentSyncSource.start(context.connection, profile) != nil,
      let probe = try await ContextStampProbe.begin(context)
    {
      return probe
    }
    return try await EntryStampProbe.begin(context)
  }
}

extension DeltaContext {
  /// Whether the server still answers, and how high its update number is.
  func look() async throws(LDAPError) -> RootDSE { try await connection.rootDSE() }
}
