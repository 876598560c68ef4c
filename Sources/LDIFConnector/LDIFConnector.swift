public import Directory

/// Reads a directory from LDIF files (RFC 2849): its content, and files of changes on top.
///
/// The directory's state is the content files with all change files applied in the order of their
/// names. A full import reads both and hands out each object once, as it is in the end; a delta
/// import reads the change files that came since. So both lead to the same state, and a change
/// can't be lost between them. A full import keeps in memory only what the change files touch.
/// When the content is exported afresh, take the change files that it contains out of their
/// folder: a delta asks for a full import then. One that would undo what was read of change files, or
/// make it once more, is refused until a person says that it is meant.
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

  /// The schema by the settings; the identity is made of the content's configured path and its suffix,
  /// so it stays when the content is exported afresh, or a link leads to another export.
  ///
  /// - Throws: ``ConnectorFailure`` where a file can't be read, or holds no record that can be.
  public func describe() async throws -> DirectoryDescription {
    let files = try LDIFFiles.content(settings.content)
    let paths = settings.content.joined(separator: "|")
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
    let mapper = RecordMapper(
      settings, objectTypes: request.objectTypes, readTypes: request.readTypes)
    let changes = try settings.changes.map { path throws(ConnectorFailure) in
      try LDIFFiles.folder(path)
    }
    guard let watermark = request.watermark else {
      let content = try LDIFFiles.content(settings.content)
      for file in content + (changes ?? []) { try Self.tryOpening(file) }
      if let changes, let ledger = request.stagedUpTo.flatMap({ ChangeLedger($0) }) {
        try ledger.refuseDoubted(
          content: content, changes: changes, readAt: request.stagedAt)
      }
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
    let (new, verified) = try ledger.verifyContent(LDIFFiles.content(settings.content))
      .verify(changes)
    for file in new {
      try Self.tryOpening(file)
      try Self.checkSize(file)
    }
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

  /// The largest change file that a delta takes, which stores it whole; in bytes.
  static let largestChanges = 256 << 20

  // A full import, which is not stored until its end is known, reads a change file in parts.
  private static func checkSize(_ file: LDIFFile) throws(ConnectorFailure) {
    guard file.size > largestChanges else { return }
    throw ConnectorFailure(
      .fullImportRequired,
      message: "\(file.path) has more than \(largestChanges >> 20) MB, too much for a delta",
      hint: "Run a full import; write changes in files that are smaller")
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

  /// How many records of a content file are looked at.
  private static let sample = 100

  private static func finding(
    _ file: LDIFFile, isChanges: Bool, _ withholding: LDIFWithholding
  ) -> ConnectionFinding {
    let head = "\(file.path), \(file.size) bytes: "
    do {
      let reader = try LDIFReader(path: file.path, withholding: withholding)
      switch try reader.next() {
      case .fault(let fault):
        return ConnectionFinding(
          isGood: false, text: head + "line \(fault.line): \(fault.message)", hint: fault.hint)
      case .record(let record):
        let text = head + "first record is \(record.dn)"
        guard !isChanges else { return ConnectionFinding(isGood: true, text: text) }
        return try contentFinding(text, file, record, reader)
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

  /// What the first records of a content file lack for most rules, and whether the file is whole.
  private static func contentFinding(
    _ text: String, _ file: LDIFFile, _ first: LDIFRecord, _ reader: LDIFReader
  ) throws(LDIFFileError) -> ConnectionFinding {
    var hasIdentifier = identifies(first)
    var count = 1
    while !hasIdentifier, count < sample, let item = try reader.next() {
      guard case .record(let record) = item else { continue }
      count += 1
      hasIdentifier = identifies(record)
    }
    guard hasIdentifier else {
      let lack = count == 1 ? "which has no" : "and none of the first \(count) has an"
      return ConnectionFinding(
        isGood: true, text: "\(text), \(lack) objectGUID or entryUUID",
        hint: "The standard rules find people by these, and bring nobody without: export them, too "
          + "(ldapsearch … '*' '+'), or write rules that join by another attribute",
        isWarning: true)
    }
    guard try LDIFFiles.endsWithLineEnd(file) else {
      return ConnectionFinding(
        isGood: true, text: text + "; the file ends without a line end",
        hint:
          "Nothing is deleted as long as it may be cut: copy or export it again, or end its last "
          + "line with a line end if it is whole", isWarning: true)
    }
    return ConnectionFinding(isGood: true, text: text)
  }

  private static func identifies(_ record: LDIFRecord) -> Bool {
    let lines: [LDIFAttribute]
    switch record.body {
    case .content(let found), .add(let found): lines = found
    case .modify, .delete, .rename: return false
    }
    return lines.contains { $0.name == "objectGUID" || $0.name == "entryUUID" }
  }
}

/// The name of the directory's root, as the first entry tells it.
enum Suffix {
  /// How many records are tried before the search is given up.
  private static let attempts = 100

  /// The suffix of the first record that has one; empty if there is no record at all.
  ///
  /// - Throws: ``ConnectorFailure`` with `noStartFileOpen` if there are only such as can't be read:
  ///   nothing then tells that these files are the directory that was read before.
  static func find(
    in files: [LDIFFile], options: LDIFReader.Options, _ withholding: LDIFWithholding
  ) throws(ConnectorFailure) -> String {
    var fault: (file: LDIFFile, fault: LDIFFault)?
    for file in files {
      do {
        let reader = try LDIFReader(
          path: file.path, options: options, withholding: withholding)
        var tried = 0
        while tried < attempts, let item = try reader.next() {
          tried += 1
          switch item {
          case .fault(let found): fault = fault ?? (file, found)
          case .record(let record):
            if let dn = try? DistinguishedName(record.dn), let suffix = suffix(of: dn) {
              return suffix
            }
          }
        }
      } catch {
        throw LDIFFiles.failure(error)
      }
    }
    guard let (file, fault) = fault else { return "" }
    throw ConnectorFailure(
      .noStartFileOpen,
      message: "\(file.path) holds no entry that can be read; line \(fault.line): \(fault.message)",
      hint: fault.hint + (fault.hint.isEmpty ? "" : ". ")
        + "Nothing is deleted because of a file that is no LDIF")
  }

  /// The `DC=` parts at the end of the name, or its last part.
  static func suffix(of dn: DistinguishedName) -> String? {
    let parts = dn.relativeNames
    let domain = parts.reversed().prefix { $0.lowercased().hasPrefix("dc=") }.reversed()
    return domain.isEmpty ? parts.last : domain.joined(separator: ",")
  }
}
