public import Directory

/// Reads a directory from LDIF files (RFC 2849): its content, and files of changes on top.
///
/// The directory's state is the content files with all change files applied in the order of their
/// names. A full import reads both and hands out each object once, as it is in the end; a delta
/// import reads the change files that came since. So both lead to the same state, and a change
/// can't be lost between them. A full import keeps in memory only what the change files touch.
/// When the content is exported afresh, take the change files that it contains out of their
/// folder, and run a full import.
///
/// An object that has neither a GUID nor another anchor is known by its name. A rename among the
/// change files keeps it the same object, by a full import too; content that is exported afresh
/// shows another one.
///
/// A delta's watermark moves at the end of a file. After a crash that file is read again: what it
/// says is then true already, and applying it once more changes nothing.
public struct LDIFConnector: Connector {
  private let settings: LDIFConnectorSettings
  private let withholding: LDIFWithholding

  /// A connector with these settings; nothing is opened yet.
  public init(settings: LDIFConnectorSettings) {
    self.init(settings: settings, withholding: LDIFWithholding(settings.secretAttributes))
  }

  /// A connector that keeps secrets back in a way of its own.
  init(settings: LDIFConnectorSettings, withholding: LDIFWithholding) {
    self.settings = settings
    self.withholding = withholding
  }

  /// A delta import is possible if there is a folder of changes; writing never is.
  public var capabilities: ConnectorCapabilities {
    ConnectorCapabilities(deltaImport: settings.changes != nil, export: false)
  }

  /// The schema by the settings; the identity is made of the content's path and its suffix, so it
  /// stays when the content is exported afresh.
  public func describe() async throws -> DirectoryDescription {
    let files = try LDIFFiles.content(settings.content)
    let paths = settings.content.map(LDIFFiles.absolute).joined(separator: "|")
    let suffix = try Suffix.find(in: files, options: readerOptions, withholding)
    var types: [String] = []
    for rule in settings.objectTypes where !types.contains(rule.objectType) {
      types.append(rule.objectType)
    }
    return DirectoryDescription(
      serverIdentity: "ldif:\(paths)|\(suffix.lowercased())",
      summary: "LDIF of \(suffix.isEmpty ? "an unknown suffix" : suffix) in \(paths)",
      schema: ValueReader(settings).schema(objectTypes: types))
  }

  /// Opens the files of a full import, or those that a delta import has not read yet.
  public func openImport(_ request: ImportRequest) async throws -> any ImportReader {
    let mapper = RecordMapper(settings, objectTypes: request.objectTypes)
    let changes = try settings.changes.map { path throws(ConnectorFailure) in
      try LDIFFiles.folder(path)
    }
    guard let watermark = request.watermark else {
      let content = try LDIFFiles.content(settings.content)
      for file in content + (changes ?? []) { try Self.tryOpening(file) }
      return LDIFImportReader(
        LDIFImport(
          mapper: mapper, content: content, changes: changes ?? [],
          ledger: changes.map { _ in ChangeLedger() }, isFull: true,
          unread: Self.unread(changes ?? [], since: request.stagedUpTo),
          allowFileURLs: settings.allowFileURLs, withholding: withholding),
        staged: request.staged)
    }
    guard let changes, let ledger = ChangeLedger(watermark) else {
      throw ConnectorFailure(
        .fullImportRequired,
        message: settings.changes == nil
          ? "There is no folder of changes"
          : "The watermark \"\(watermark.kind)\" is not one of LDIF",
        hint: "Run a full import")
    }
    let (new, verified) = try ledger.verify(changes)
    for file in new { try Self.tryOpening(file) }
    return LDIFImportReader(
      LDIFImport(
        mapper: mapper, content: [], changes: new, ledger: verified, isFull: false,
        allowFileURLs: settings.allowFileURLs, withholding: withholding),
      staged: request.staged)
  }

  // The change files that came after `mark`; none if it can't be told which those are.
  private static func unread(_ changes: [LDIFFile], since mark: Watermark?) -> Set<String> {
    guard let ledger = mark.flatMap({ ChangeLedger($0) }),
      let (new, _) = try? ledger.verify(changes)
    else { return [] }
    return Set(new.map(\.path))
  }

  /// Refuses: LDIF files are read only.
  public func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    throw ConnectorFailure(
      .badConfiguration, message: "LDIF files cannot be written",
      hint: "Take the export step out of this connector's run profiles")
  }

  /// Looks at every file: readable, how large, and whether its first record parses.
  public func check() async -> [ConnectionFinding] {
    var findings: [ConnectionFinding] = []
    for path in settings.content {
      findings += self.findings(path, isChanges: false) { () throws(ConnectorFailure) in
        try LDIFFiles.content([path])
      }
    }
    if settings.content.isEmpty {
      findings += self.findings("", isChanges: false) { () throws(ConnectorFailure) in
        try LDIFFiles.content([])
      }
    }
    if let path = settings.changes {
      findings += self.findings(path, isChanges: true) { () throws(ConnectorFailure) in
        try LDIFFiles.folder(path)
      }
    }
    return findings
  }

  private var readerOptions: LDIFReader.Options {
    var options = LDIFReader.Options()
    options.allowsFileURLs = settings.allowFileURLs
    return options
  }

  // A file that can't be read must stop the step before it starts, not in its middle.
  private static func tryOpening(_ file: LDIFFile) throws(ConnectorFailure) {
    do {
      _ = try LDIFReader(path: file.path)
    } catch {
      throw LDIFFiles.failure(error)
    }
  }

  private func findings(
    _ path: String, isChanges: Bool, _ list: () throws(ConnectorFailure) -> [LDIFFile]
  ) -> [ConnectionFinding] {
    do {
      let files = try list()
      if files.isEmpty {
        return [ConnectionFinding(isGood: true, text: "\(path): no change files yet")]
      }
      return files.map { Self.finding($0, isChanges: isChanges, withholding) }
    } catch {
      let words = error.serverWords.isEmpty ? "" : ": " + error.serverWords
      return [ConnectionFinding(isGood: false, text: error.message + words, hint: error.hint)]
    }
  }

  private static func finding(
    _ file: LDIFFile, isChanges: Bool, _ withholding: LDIFWithholding
  ) -> ConnectionFinding {
    let head = "\(file.path), \(file.size) bytes: "
    do {
      switch try LDIFReader(path: file.path, withholding: withholding).next() {
      case .fault(let fault):
        return ConnectionFinding(
          isGood: false, text: head + "line \(fault.line): \(fault.message)", hint: fault.hint)
      case .record(let record):
        return ConnectionFinding(isGood: true, text: head + "first record is \(record.dn)")
      case nil:
        return ConnectionFinding(
          isGood: isChanges, text: head + "no record",
          hint: isChanges ? "" : "Export the directory again")
      }
    } catch {
      return ConnectionFinding(
        isGood: false, text: head + error.words, hint: LDIFFiles.failure(error).hint)
    }
  }
}

/// The name of the directory's root, as the first entry tells it.
enum Suffix {
  /// How many records are tried before the search is given up.
  private static let attempts = 100

  static func find(
    in files: [LDIFFile], options: LDIFReader.Options, _ withholding: LDIFWithholding
  ) throws(ConnectorFailure) -> String {
    guard let file = files.first else { return "" }
    do {
      let reader = try LDIFReader(
        path: file.path, options: options, withholding: withholding)
      for _ in 0..<attempts {
        guard let item = try reader.next() else { return "" }
        guard case .record(let record) = item, let dn = try? DistinguishedName(record.dn) else {
          continue
        }
        if let suffix = suffix(of: dn) { return suffix }
      }
      return ""
    } catch {
      throw LDIFFiles.failure(error)
    }
  }

  /// The `DC=` parts at the end of the name, or its last part.
  static func suffix(of dn: DistinguishedName) -> String? {
    let parts = dn.relativeNames
    let domain = parts.reversed().prefix { $0.lowercased().hasPrefix("dc=") }.reversed()
    return domain.isEmpty ? parts.last : domain.joined(separator: ",")
  }
}
