import Directory
public import PasswordSync
import Secrets
import Synchronization

/// The passwords of a directory in LDIF files that hold NT hashes, as its connector reads them.
///
/// All files are read anew when one of them has changed. A hash is taken out of its line while the
/// file is read, and a digest of it put in its place: what parses and joins files never has it.
public actor LDIFPasswordSource: PasswordHashSource {
  /// The connector's name.
  public nonisolated let domain: String
  private let settings: LDIFConnectorSettings
  private let attribute: HashAttribute
  private let key: StampKey
  private var going: Reading?
  /// All accounts of files that were looked through for many of them, until the turn ends: the next
  /// ones come soon.
  private var whole: (files: String, accounts: [String: SourceAccount])?
  /// How often the files were opened to be read.
  private(set) var openings = 0
  /// So many names are not the last ones.
  private static let many = 250

  /// Files on their way.
  private struct Reading {
    var reader: any ImportReader
    var table: HashTable
    /// What the files were when reading began.
    var files: String
    /// What a batch before the last one ends with.
    var state: String
  }

  /// The state of what has been begun and is not to be gone on with.
  private static let begun = "ldif begun"
  private static let mark = "ldif files "

  /// The passwords of the objects that `settings` read.
  ///
  /// - Parameters:
  ///   - settings: As for the connector.
  ///   - attribute: The attribute that holds hashes.
  ///   - key: What makes stamps.
  ///   - domain: The connector's name.
  public init(
    _ settings: LDIFConnectorSettings, attribute: HashAttribute, key: StampKey, domain: String
  ) {
    self.settings = settings
    self.attribute = attribute
    self.key = key
    self.domain = domain
  }

  /// Accounts of files that are others than those of `state`; all of them, since the files are not
  /// compared.
  ///
  /// - Throws: ``PasswordSourceFailure``.
  public func changes(since state: String?) async throws -> PasswordHashBatch {
    if let state, state != Self.begun, !state.hasPrefix(Self.mark) {
      throw PasswordSourceFailure(
        "What is stored of how far passwords were read is none of LDIF files",
        hint: "All are read anew", isStateUseless: true)
    }
    let reading: Reading
    if let going, going.state == state {
      reading = going
    } else {
      let files = try self.files()
      if state == files { return PasswordHashBatch(accounts: [], state: files, hasMore: false) }
      reading = try await open(files, state ?? Self.begun)
    }
    going = nil
    guard let batch = try await next(reading) else {
      var last = PasswordHashBatch(accounts: [], state: reading.files, hasMore: false)
      last.isWhole = true
      return last
    }
    let accounts = accounts(batch, reading.table)
    going = reading
    var part = PasswordHashBatch(accounts: accounts, state: reading.state, hasMore: true)
    part.isMoreCertain = batch.fractionRead.map { $0 < 1 } ?? true
    return part
  }

  /// Accounts as the files have them now; they are read once for many of them, and for a few to the
  /// place of the last.
  public func accounts(_ names: [AccountName]) async -> [AccountReading] {
    do {
      let found = try await find(Set(names.map(\.anchor)))
      return names.map { .success(found[$0.anchor]) }
    } catch {
      return [.failure(error)]
    }
  }

  private func find(_ anchors: Set<String>) async throws -> [String: SourceAccount] {
    let files = try files()
    if let whole, whole.files == files { return whole.accounts }
    whole = nil
    let isWhole = anchors.count >= Self.many
    var found: [String: SourceAccount] = [:]
    let reading = try await open(files, Self.begun)
    while isWhole || found.count < anchors.count, let batch = try await next(reading) {
      for account in accounts(batch, reading.table, withoutHash: true)
      where isWhole || anchors.contains(account.name.anchor) {
        found[account.name.anchor] = account
      }
    }
    if isWhole { whole = (files, found) }
    return found
  }

  /// Lets go of files, and of what was read.
  public func close() { (going, whole) = (nil, nil) }

  // MARK: Reading

  private func open(_ files: String, _ state: String) async throws -> Reading {
    let table = HashTable(key)
    openings += 1
    var settings = settings
    settings.secretAttributes.insert(attribute.name)
    let withholding = LDIFWithholding(settings.secretAttributes, taking: attribute.name) {
      table.substitute($0)
    }
    settings.secretAttributes.remove(attribute.name)
    settings.ignoredAttributes.remove(attribute.name)
    settings.binaryAttributes.remove(attribute.name)
    let connector = LDIFConnector(settings: settings, withholding: withholding)
    do {
      let reader = try await connector.openImport(
        ImportRequest(watermark: nil, objectTypes: []) { 0 })
      return Reading(reader: reader, table: table, files: files, state: state)
    } catch {
      throw Self.failure(error)
    }
  }

  private func next(_ reading: Reading) async throws -> ImportBatch? {
    do { return try await reading.reader.next() } catch { throw Self.failure(error) }
  }

  private func accounts(
    _ batch: ImportBatch, _ table: HashTable, withoutHash: Bool = false
  ) -> [SourceAccount] {
    batch.changes.compactMap { change in
      guard case .entry(let entry) = change,
        withoutHash || entry.attributes.contains(attribute.name)
      else { return nil }
      let values = entry.attributes[attribute.name].map { $0.text }
      return SourceAccount(
        AccountName(anchor: entry.anchor.text, dn: entry.dn.text), table.read(values, attribute),
        of: attribute, stampedBy: key
      ) { entry.attributes.text($0) }
    }
  }

  /// What the files are now: names, sizes and times.
  private func files() throws -> String {
    do {
      var files = try LDIFFiles.content(settings.content)
      if let folder = settings.changes { files += try LDIFFiles.folder(folder) }
      var digest = FNV1a()
      for file in files {
        digest.add("\(file.path)\n\(file.size)\n\(file.stamp)\n".utf8)
      }
      return Self.mark + String(digest.value, radix: 16)
    } catch {
      throw Self.failure(error)
    }
  }

  private static func failure(_ error: any Error) -> any Error {
    guard let error = error as? ConnectorFailure else { return error }
    let words = error.serverWords.isEmpty ? "" : ": " + error.serverWords
    return PasswordSourceFailure(error.message + words, hint: error.hint)
  }
}

/// The hashes of files that are being read, by the digests that stand in their places.
private final class HashTable: Sendable {
  private let key: StampKey
  private let known = Mutex<[String: SecretBytes]>([:])

  /// What stands for a value of which nothing more is wanted.
  private static let tooLarge = "too-large"

  init(_ key: StampKey) { self.key = key }

  /// What takes the place of `value`; nil is one that is too large.
  func substitute(_ value: UnsafeRawBufferPointer?) -> [UInt8] {
    guard let value else { return Array(Self.tooLarge.utf8) }
    guard !value.isEmpty else { return [] }
    let secret = SecretBytes(value)
    let token = key.token(of: secret)
    known.withLock { $0[token] = secret }
    return Array(token.utf8)
  }

  /// What the attribute amounts to whose values stand in the files as `tokens`.
  func read(_ tokens: [String], _ attribute: HashAttribute) -> HashAttribute.Reading {
    var values: [SecretBytes] = []
    for token in tokens where !token.isEmpty {
      guard let value = known.withLock({ $0[token] }) else {
        return .problem(
          token == Self.tooLarge
            ? "\(attribute.name) holds more than \(LDIFWithholding.largest) bytes"
            : "\(attribute.name) does not stand in the file itself")
      }
      values.append(value)
    }
    return attribute.read(values)
  }
}
