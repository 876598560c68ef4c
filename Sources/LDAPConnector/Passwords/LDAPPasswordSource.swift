import Directory
public import PasswordSync
import Secrets

/// The passwords of a directory that holds NT hashes in an attribute, such as OpenLDAP with Samba's
/// schema or FreeIPA.
///
/// What changed is asked for by `modifyTimestamp` (RFC 4512 §3.4.4), some minutes back, since
/// servers that replicate each other bring changes late and clocks differ; and all is read again
/// once an hour. Nothing is lost by either, as an account whose password is the same has the same
/// stamp.
public actor LDAPPasswordSource: PasswordHashSource {
  /// The connector's name.
  public nonisolated let domain: String
  private let directory: PasswordDirectory
  private let attribute: HashAttribute
  private let key: StampKey
  private let now: @Sendable () -> Timestamp
  private var going: Reading?

  /// A search on its way.
  private struct Reading {
    var connection: LDAPConnection
    var profile: DirectoryProfile
    var search: PagedSearch
    var scope: ContainerScope
    var rest: ArraySlice<DistinguishedName>
    var filter: String
    /// What a batch before the last one ends with, and what the last one does.
    var state: String
    var end: PasswordReadingState
    /// Whether all is read, not what changed alone; and whether an object with a hash was seen.
    var isWhole: Bool
    var hasSeen = false
  }

  /// Accounts after which a batch is handed out.
  private static let batchCount = 500

  /// The passwords of the objects that `settings` read.
  ///
  /// - Parameters:
  ///   - settings: As for the connector.
  ///   - attribute: The attribute that holds hashes.
  ///   - key: What makes stamps.
  ///   - domain: The connector's name.
  public init(
    _ settings: LDAPConnectorSettings, attribute: HashAttribute, key: StampKey, domain: String
  ) {
    self.init(settings, attribute: attribute, key: key, domain: domain, now: { .now })
  }

  init(
    _ settings: LDAPConnectorSettings, attribute: HashAttribute, key: StampKey, domain: String,
    now: @escaping @Sendable () -> Timestamp
  ) {
    var settings = settings
    settings.connection.isReadOnly = true
    directory = PasswordDirectory(settings, attribute)
    self.attribute = attribute
    self.key = key
    self.domain = domain
    self.now = now
  }

  /// Accounts that were changed since `state`, a few hundred at a time.
  ///
  /// - Throws: ``PasswordSourceFailure``.
  public func changes(since state: String?) async throws -> PasswordHashBatch {
    do {
      var reading: Reading
      if let going, going.state == state {
        reading = going
      } else {
        reading = try await begin(state)
      }
      going = nil
      return try await next(&reading)
    } catch {
      throw Self.failure(error)
    }
  }

  /// Accounts as they are now, found by their anchors, all on one connection.
  public func accounts(_ names: [AccountName]) async -> [AccountReading] {
    var readings: [AccountReading] = []
    do {
      let (connection, profile) = try await directory.connect()
      var anchors = AnchorDirectory(profile)
      try await anchors.find(Set(names.map(\.anchor)), connection)
      for name in names {
        readings.append(.success(try await account(name, connection, profile, anchors)))
      }
      await connection.close()
    } catch {
      readings.append(.failure(Self.failure(error)))
    }
    return readings
  }

  private func account(
    _ name: AccountName, _ connection: LDAPConnection, _ profile: DirectoryProfile,
    _ anchors: AnchorDirectory
  ) async throws(LDAPError) -> SourceAccount? {
    var search = self.search(profile, base: name.dn, filter: "(objectClass=*)")
    if let anchor = profile.anchorAttribute {
      guard let dn = anchors[name.anchor] else { return nil }
      search.base = dn
      search.filter = "(" + anchor.text + "=" + anchors.filterValue(name.anchor) + ")"
    }
    search.scope = .base
    do throws(LDAPError) {
      return try await connection.entries(search).first.flatMap {
        account($0, profile, isThere: false)
      }
    } catch {
      if error.resultCode == LDAPCode.noSuchObject { return nil }
      throw error
    }
  }

  /// Lets go of the connection.
  public func close() async { going = nil }

  // MARK: Reading

  private func begin(_ text: String?) async throws -> Reading {
    let (connection, profile) = try await directory.connect()
    let identity = profile.identity(directory.settings)
    let state = try text.map { try PasswordReadingState.parse($0, of: identity) }
    let time = now()
    let since = state?.since(at: time)
    var filters = ["(" + attribute.name.text + "=*)"]
    if let own = directory.settings.filter { filters.append(SearchFilter.grouped(own)) }
    if let since { filters.append("(modifyTimestamp>=\(PasswordTime.generalized(since)))") }
    let scope = try await connection.scope(profile, directory.settings)
    let end = PasswordReadingState(
      identity: identity, latest: state?.latest, whole: since == nil ? time : state?.whole)
    let filter = SearchFilter.all(filters)
    var rest = scope.roots[...]
    let first = rest.popFirst() ?? profile.base
    return Reading(
      connection: connection, profile: profile,
      search: paged(connection, profile, first, filter), scope: scope, rest: rest, filter: filter,
      state: text ?? PasswordReadingState(identity: identity).description, end: end,
      isWhole: since == nil)
  }

  private func paged(
    _ connection: LDAPConnection, _ profile: DirectoryProfile, _ base: DistinguishedName,
    _ filter: String
  ) -> PagedSearch {
    PagedSearch(
      connection, search(profile, base: base.text, filter: filter),
      pageSize: profile.has(ControlOID.pagedResults) ? directory.settings.pageSize : 0)
  }

  private func search(
    _ profile: DirectoryProfile, base: String, filter: String
  ) -> LDAPSearch {
    var names = [attribute.name] + AccountFlags.attributes + ["modifyTimestamp"]
    if let changed = attribute.changed, !names.contains(changed) { names.append(changed) }
    if let anchor = profile.anchorAttribute { names.append(anchor) }
    var search = LDAPSearch(base: base, filter: filter, attributes: names.map(\.text))
    search.secret = attribute.name
    if profile.has(ControlOID.domainScope) {
      search.controls = [ServerControl(ControlOID.domainScope)]
    }
    return search
  }

  private func next(_ reading: inout Reading) async throws -> PasswordHashBatch {
    var accounts: [SourceAccount] = []
    while accounts.count < Self.batchCount {
      guard let messages = try await reading.search.next() else {
        guard let root = reading.rest.popFirst() else {
          await reading.connection.close()
          if reading.isWhole, !reading.hasSeen { throw nothingSeen(reading) }
          var last = PasswordHashBatch(
            accounts: accounts, state: reading.end.description, hasMore: false)
          last.isWhole = reading.isWhole
          return last
        }
        reading.search = paged(reading.connection, reading.profile, root, reading.filter)
        continue
      }
      for case .entry(let entry) in messages {
        reading.end.note(entry.text("modifyTimestamp"))
        reading.hasSeen = true
        guard let account = account(entry, reading.profile, isThere: true) else { continue }
        let dn = try? DistinguishedName(account.name.dn)
        if dn.map({ !reading.scope.isExcluded($0) }) ?? true { accounts.append(account) }
      }
      if case .done(let result)? = messages.last, result.code != LDAPCode.success {
        throw await reading.connection.error(
          result, "The search for passwords below \"\(reading.profile.base.text)\" failed")
      }
    }
    going = reading
    return PasswordHashBatch(accounts: accounts, state: reading.state, hasMore: true)
  }

  /// The account that `entry` is; nil if nothing names it.
  ///
  /// - Parameter isThere: Whether the server found it by having a hash.
  private func account(
    _ entry: SearchEntry, _ profile: DirectoryProfile, isThere: Bool
  ) -> SourceAccount? {
    let name: AccountName
    if let attribute = profile.anchorAttribute {
      guard let anchor = EntryMapper.anchorText(entry, attribute) else { return nil }
      name = AccountName(anchor: anchor, dn: entry.dn)
    } else {
      guard let dn = try? DistinguishedName(entry.dn) else { return nil }
      name = AccountName(anchor: dn.normalized, dn: entry.dn)
    }
    var reading = attribute.read(entry.secrets)
    if isThere, entry.secrets.isEmpty {
      reading = .problem(
        "\(attribute.name) is there, and the connector's account may not read it")
    }
    return SourceAccount(name, reading, of: attribute, stampedBy: key) { entry.text($0.text) }
  }

  /// Servers do not tell who may not see an attribute from who does not have it.
  private func nothingSeen(_ reading: Reading) -> PasswordSourceFailure {
    PasswordSourceFailure(
      "No object below \(reading.profile.base.text) has an attribute \(attribute.name) that the "
        + "connector's account may see",
      hint: "Give it the right to search for and to read \(attribute.name), or name another one")
  }

  private static func failure(_ error: any Error) -> any Error {
    guard let (message, hint) = PasswordDirectory.words(error) else { return error }
    return PasswordSourceFailure(message, hint: hint)
  }
}
