public import Directory
import Synchronization

/// The connector to a directory that speaks LDAP (RFC 4511): Active Directory, Samba, OpenLDAP and
/// others.
///
/// Objects are named, typed and anchored as an LDIF file of the same directory would be read: the
/// anchor is `objectGUID` in Active Directory and `entryUUID` in OpenLDAP, values have the types of
/// the server's schema, and secrets and back links stay where they are.
public final class LDAPConnector: Connector {
  let settings: LDAPConnectorSettings
  private let known = Mutex<DirectoryProfile?>(nil)

  /// A connector to the directory that `settings` name; nothing is sent yet.
  public init(_ settings: LDAPConnectorSettings) {
    var settings = settings
    settings.connection.secretAttributes = settings.secretAttributes
    self.settings = settings
  }

  /// What this connector can do.
  public var capabilities: ConnectorCapabilities {
    var capabilities = ConnectorCapabilities(
      deltaImport: settings.delta != .never, export: true)
    capabilities.takesAwaited = true
    return capabilities
  }

  /// The same directory through connections that refuse to send a change.
  public var readOnly: any DirectoryReading {
    var settings = settings
    settings.connection.isReadOnly = true
    return LDAPConnector(settings)
  }

  /// Asks the server what it is and what it holds.
  ///
  /// - Throws: ``ConnectorFailure`` if it can't be reached, refuses the account, or does not hold
  ///   what is configured.
  public func describe() async throws -> DirectoryDescription {
    known.withLock { $0 = nil }
    let (connection, profile) = try await connect()
    return DirectoryDescription(
      serverIdentity: profile.identity(settings),
      summary: profile.summary(await connection.server?.description ?? ""),
      schema: profile.directorySchema(settings))
  }

  /// Opens a reader over everything in scope, or over what changed since the request's watermark.
  ///
  /// - Throws: ``ConnectorFailure`` if the server can't be reached, or a container is not there; with
  ///   `fullImportRequired` if what changed can't be told from there on, with `serverBehind` if the
  ///   server has less than was read before.
  public func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    let (connection, profile) = try await connect()
    do {
      if let watermark = request.watermark {
        return try await deltaImport(request, since: watermark, connection, profile)
      }
      return try await fullImport(request, connection, profile)
    } catch let error as LDAPError {
      throw error.failure(isStart: true)
    }
  }

  private func fullImport(
    _ request: ImportRequest, _ connection: LDAPConnection, _ profile: DirectoryProfile
  ) async throws -> any ImportReader {
    let context = try await context(request, connection, profile)
    // Before anything is read: what changes meanwhile is told again by the next delta.
    let start = try await deltaStart(context)
    let before = request.stagedUpTo.flatMap { LDAPWatermark($0) }
    let progress = try await context.progress(since: before)
    if let before {
      // A server that tells no changes any more may have got nothing yet.
      let begins = start ?? (settings.delta == .never ? nil : LDAPWatermark(.never))
      try await context.checkLag(since: before, progress, start: begins)
    }
    let plan = LDAPImportReader.Plan(
      scope: context.scope, filter: context.filter, attributes: context.attributes,
      pageSize: context.pageSize, controls: context.plainControls,
      leaving: settings.leaving,
      // Whoever a new filter leaves out, a person wanted to be left out.
      unfiltered: settings.keepsUnshown && before?.hasFilter(settings.filter) != false
        ? ObjectFetcher(context) : nil,
      profile: profile,
      again: settings.leaving != .keep && context.scope.roots.count > 1
        ? PresenceReader.again(context) : nil,
      watermark: start?.noting(context).noting(progress, after: before).stored,
      hasCaughtUp: try await hasCaughtUp(request, before, progress, start, context))
    return LDAPImportReader(connection, plan, await mapper(context))
  }

  private func hasCaughtUp(
    _ request: ImportRequest, _ before: LDAPWatermark?, _ progress: ServerProgress,
    _ start: LDAPWatermark?, _ context: DeltaContext
  ) async throws -> Bool {
    guard request.wasSetBack, let before else { return false }
    return try await context.hasCaughtUp(with: before, progress, start: start)
  }

  /// Sends `operations`: containers before what they hold, changes, then removals.
  ///
  /// When the server goes away on the way, those sent without an answer are `unknown` and those not
  /// sent have failed transiently.
  ///
  /// What would get a name that the connector does not read is refused here.
  ///
  /// - Throws: ``ConnectorFailure`` only if the server has settled none of them, or a container of the
  ///   configuration is not there.
  public func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    guard !operations.isEmpty else { return [] }
    let (connection, profile) = try await connect()
    do {
      let scope = try await connection.scope(profile, settings)
      return try await LDAPExporter(connection: connection, profile: profile, scope: scope)
        .run(operations)
    } catch let error as LDAPError {
      throw error.failure(isStart: false)
    }
  }

  /// Looks once more for what refers to objects that are gone, and takes it away.
  ///
  /// Active Directory refers to the object itself, and has nothing of that kind.
  ///
  /// - Throws: ``ConnectorFailure`` if the server went away.
  public func takeAway(
    referencesTo names: [DistinguishedName]
  ) async throws -> [KeptReference] {
    guard !names.isEmpty else { return [] }
    let (connection, profile) = try await connect()
    do throws(LDAPError) {
      return try await LDAPExporter(connection: connection, profile: profile)
        .takeAway(referencesTo: names)
    } catch {
      throw error.failure(isStart: false)
    }
  }

  /// Tries the connection: each server with its certificate, the bind, what the account sees, the
  /// clock, pages, and the first objects.
  public func check() async -> [ConnectionFinding] {
    await DirectoryCheck(settings: settings).run()
  }

  /// A connection of its own, and what its server is.
  func connect() async throws -> (LDAPConnection, DirectoryProfile) {
    let connection = LDAPConnection(settings.connection)
    do {
      try await connection.bind()
      let profile = try await connection.profile(settings, known: known.withLock { $0 })
      known.withLock { $0 = profile }
      return (connection, profile)
    } catch let error as LDAPError {
      throw error.failure(isStart: true)
    }
  }
}
