import Directory

extension LDAPConnector {
  /// What an import knows of its directory.
  func context(
    _ request: ImportRequest, _ connection: LDAPConnection, _ profile: DirectoryProfile
  ) async throws -> DeltaContext {
    DeltaContext(
      connection: connection, profile: profile, settings: settings, request: request,
      scope: try await connection.scope(profile, settings),
      filter: profile.filter(settings, objectTypes: request.objectTypes),
      attributes: profile.requestedAttributes(settings))
  }

  /// What turns entries into objects.
  func mapper(_ context: DeltaContext) async -> EntryMapper {
    var mapper = EntryMapper(
      context.profile, settings, objectTypes: context.request.objectTypes)
    mapper.location = await context.connection.server?.description ?? ""
    return mapper
  }

  /// Where deltas begin, by the best strategy that the server does; nil if there is none.
  ///
  /// - Throws: ``ConnectorFailure`` if it does not do the one that is configured.
  func deltaStart(_ context: DeltaContext) async throws -> LDAPWatermark? {
    for strategy in DeltaStrategy.candidates(context.profile, settings) {
      if let start = try await strategy.start(context) { return start }
    }
    guard let chosen = settings.delta, chosen != .never else { return nil }
    throw chosen.refusal
  }

  /// A reader of what changed since `stored`.
  ///
  /// - Throws: ``ConnectorFailure`` with `fullImportRequired` if that can't be told from there on.
  func deltaImport(
    _ request: ImportRequest, since stored: Watermark, _ connection: LDAPConnection,
    _ profile: DirectoryProfile
  ) async throws -> any ImportReader {
    guard let watermark = LDAPWatermark(stored) else {
      throw DeltaContext.fullImportRequired("the stored watermark is none of this connector")
    }
    guard DeltaStrategy.candidates(profile, settings).contains(watermark.strategy) else {
      throw DeltaContext.fullImportRequired(
        "changes were told by \"\(watermark.strategy.rawValue)\", which the server does not do or "
          + "the configuration does not want any more")
    }
    guard watermark.holds(for: settings, profile) else {
      throw DeltaContext.fullImportRequired(
        "other objects or attributes are read than in the last import")
    }
    let context = try await context(request, connection, profile)
    let progress = try await context.progress(since: watermark)
    // Of servers that it has never heard of, OpenLDAP says nothing and tells all as it has it; and a
    // controller whose database was set back tells nothing of what it has lost.
    if watermark.strategy == .contentSync
      || profile.kind.isActiveDirectory && progress.isOfSame(as: watermark.progress)
    {
      try await context.checkLag(since: watermark, progress)
    }
    let source = try source(watermark, context)
    return DeltaReader(context, source, await mapper(context), since: watermark, progress)
  }

  private func source(
    _ watermark: LDAPWatermark, _ context: DeltaContext
  ) throws -> any ChangeSource {
    switch watermark.strategy {
    case .contentSync: ContentSyncSource(context, since: watermark)
    case .dirSync: DirSyncSource(context, since: watermark)
    case .updateNumbers: UpdateNumberSource(context, since: watermark)
    case .timestamps: TimestampSource(context, since: watermark)
    case .never: throw DeltaContext.fullImportRequired("the configuration wants none")
    }
  }
}
