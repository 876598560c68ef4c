import Directory
import Synchronization

/// Reads the files of an import one after the other, parsing on the task that asks.
final class LDIFImportReader: ImportReader {
  private let state: Mutex<LDIFImport>
  private let staged: any StagedObjects

  /// A reader that asks `staged` who was there before, if that matters.
  init(_ work: sending LDIFImport, staged: any StagedObjects) {
    state = Mutex(work)
    self.staged = staged
  }

  func next() async throws -> ImportBatch? {
    if let question = state.withLock({ $0.question }) {
      let names = try await staged.names(of: question)
      let known = names.filter { $0.key.text == $0.value.normalized }
      state.withLock { $0.answer(Set(known.keys)) }
    }
    return try state.withLock { try $0.next() }
  }
}

/// The work of an import: which files, and how far.
struct LDIFImport {
  /// Objects, and bytes of their records, after which a batch is handed out.
  static let batchCount = 500
  static let batchBytes = 4 << 20

  /// Values of objects that were kept, after which a batch is handed out.
  static let batchValues = 50_000

  /// What a file is read for: the names that its changes touch, its entries, or its changes.
  enum Role: Sendable { case survey, content, changes }

  private var mapper: RecordMapper
  private let options: LDIFReader.Options
  private let withholding: LDIFWithholding?
  private let total: Int
  private var queue: ArraySlice<(LDIFFile, Role)>
  private var reader: LDIFReader?
  private var current: (file: LDIFFile, role: Role)?
  private var ledger: ChangeLedger?
  private var bytesDone = 0
  private var isDone = false
  // A file that was not of one size from beginning to end: half of it may be missing.
  private var fileInMotion: LDIFFile?
  // A content file without a line end at its end, and why that matters.
  private var doubt: String?
  // What a full import leads to; nil if changes are handed out one by one.
  private var net: NetState?
  // What is left of it at the end; nil as long as files are read.
  private var outgoing: [Int]?
  // The renames that come before it.
  private var renames: [ImportedChange] = []
  /// The anchors of which must be known whether they are staged before reading goes on.
  private(set) var question: [Anchor]?
  // The paths of change files that came after the last import.
  private let unread: Set<String>
  // The digests of change files that are read twice, by path.
  private var surveyed: [String: UInt64] = [:]

  /// A full import of content files with change files applied, or a delta import of change files.
  ///
  /// - Parameters:
  ///   - ledger: What was read before; nil if there are no change files at all.
  ///   - unread: The paths of those change files that came after the import that staged what is
  ///     staged; none if that is not known.
  init(
    mapper: RecordMapper, content: [LDIFFile], changes: [LDIFFile], ledger: ChangeLedger?,
    isFull: Bool, unread: Set<String> = [], allowFileURLs: Bool,
    withholding: LDIFWithholding? = nil
  ) {
    self.mapper = mapper
    self.withholding = withholding
    self.unread = unread
    net = isFull ? NetState() : nil
    self.ledger = ledger
    var options = LDIFReader.Options()
    options.allowsFileURLs = allowFileURLs
    self.options = options
    let survey: [(LDIFFile, Role)] = isFull ? changes.map { ($0, .survey) } : []
    queue = (survey + content.map { ($0, .content) } + changes.map { ($0, .changes) })[...]
    total = queue.reduce(0) { $0 + $1.0.size }
  }

  mutating func next() throws(ConnectorFailure) -> ImportBatch? {
    if isDone { return nil }
    var batch = ImportBatch(changes: [])
    do {
      try fill(&batch)
    } catch {
      throw ConnectorFailure(
        .stoppedImportRead, message: "\(error.path) cannot be read any further",
        serverWords: error.words, hint: "Look at the file and its disk, then run the import again")
    }
    if let file = fileInMotion {
      throw ConnectorFailure(
        .stoppedImportRead, message: "\(file.path) changed while it was read",
        hint:
          "Write files under another name and rename them when they are whole; then import again")
    }
    let done = bytesDone + (reader?.bytesConsumed ?? 0)
    // Renames can't be read twice: a change file is stored whole.
    batch.isContinued = net == nil && !isDone && batch.watermark == nil
    batch.fractionRead = total == 0 ? 1 : min(1, Double(done) / Double(total))
    return batch
  }

  private mutating func fill(_ batch: inout ImportBatch) throws(LDIFFileError) {
    var bytes = 0
    while batch.changes.count + batch.errors.count < Self.batchCount, bytes < Self.batchBytes {
      guard let reader = try opened() else {
        if outgoing == nil, let anchors = net?.anchorsInQuestion, !anchors.isEmpty {
          question = anchors
        }
        outgoing = outgoing ?? net?.order() ?? []
        if question == nil { handOut(&batch) }
        return
      }
      let before = reader.bytesConsumed
      if let item = try reader.next() {
        bytes += reader.bytesConsumed - before
        take(item, into: &batch)
      } else {
        finishFile(reader)
        if fileInMotion != nil { return }
        guard net == nil else { continue }
        batch.watermark = ledger?.watermark
        isDone = queue.isEmpty
        return
      }
    }
  }

  /// Goes on, knowing which of the anchors in ``question`` are staged.
  mutating func answer(_ staged: Set<Anchor>) {
    question = nil
    renames = net?.stagedRenames(staged) ?? []
  }

  // What is left when all files have been read.
  private mutating func handOut(_ batch: inout ImportBatch) {
    batch.changes += renames
    renames = []
    var left = outgoing ?? []
    var size = 0
    while batch.changes.count < Self.batchCount, size < Self.batchValues, let id = left.popLast() {
      guard let object = net?.take(id), let entry = object.whole else { continue }
      batch.changes.append(.entry(entry))
      size += object.size
    }
    outgoing = left
    guard left.isEmpty else { return }
    isDone = true
    batch.doubt = doubt
    // Only now: what a full import has read before its end is no state to go on from.
    batch.watermark = ledger?.watermark
  }

  // The reader at work, or one for the next file; nil if there is none.
  private mutating func opened() throws(LDIFFileError) -> LDIFReader? {
    if let reader { return reader }
    guard let (file, role) = queue.popFirst() else { return nil }
    var options = options
    options.digestsContent = role != .content || ledger != nil
    // Half of a change can't be told from a whole one, and is not made good by the next import.
    options.refusesOpenEnd = role != .content
    if role == .changes, unread.contains(file.path) { net?.noteStaged() }
    current = (file, role)
    let opened = try LDIFReader(path: file.path, options: options, withholding: withholding)
    reader = opened
    return opened
  }

  private mutating func finishFile(_ reader: LDIFReader) {
    if let current {
      if reader.bytesRead != current.file.size { fileInMotion = current.file }
      bytesDone += current.file.size
      let digest = reader.contentDigest ?? 0
      switch current.role {
      case .content:
        if !reader.endsWithLineEnd { noteOpenEnd(current.file, reader.lineNumber) }
        ledger?.addContent(current.file, size: reader.bytesRead, digest: digest)
      case .survey: surveyed[current.file.path] = digest
      case .changes:
        if surveyed[current.file.path] ?? digest != digest { fileInMotion = current.file }
        ledger?.add(current.file, size: reader.bytesRead, digest: digest)
      }
    }
    self.reader = nil
    current = nil
  }

  // A file that was copied or exported in part mostly ends within a line.
  private mutating func noteOpenEnd(_ file: LDIFFile, _ line: Int) {
    doubt =
      doubt
      ?? "\(file.path) ends without a line end, on line \(line), as a file does of which only a part "
      + "arrived: copy or export it again, or end its last line with a line end if it is whole"
  }

  private mutating func take(_ item: LDIFReader.Item, into batch: inout ImportBatch) {
    switch (current?.role, item) {
    // Its faults are told when its changes are applied.
    case (.survey, .fault): return
    case (.survey, .record(let record)): net?.note(record, mapper)
    case (_, .fault(let fault)):
      batch.errors.append(
        DiscoveryError(
          fault.type, dn: fault.dn, location: location(fault.line), message: fault.message,
          hint: fault.hint, attribute: fault.attribute))
    case (let role, .record(let record)):
      do {
        switch role {
        case .content: batch.changes += try content(record)
        default: batch.changes += try changes(record)
        }
      } catch {
        batch.errors.append(
          DiscoveryError(
            error.type, dn: record.dn, location: location(record.line), message: error.message,
            hint: error.hint, attribute: error.attribute, value: error.value))
      }
    }
  }

  private func location(_ line: Int) -> String { "\(current?.file.path ?? ""):\(line)" }

  private mutating func content(
    _ record: LDIFRecord
  ) throws(RecordMapper.Fault) -> [ImportedChange] {
    let lines: [LDIFAttribute]
    switch record.body {
    // `ldifde -f` writes each entry of an export as one to be added.
    case .content(let found), .add(let found): lines = found
    case .modify, .delete, .rename:
      throw RecordMapper.Fault(
        type: .invalidChangeType, message: "A change record stands in a content file",
        hint: "Move the record to a file in the folder of changes")
    }
    if RecordMapper.isRoot(record, lines) { return [] }
    let entry = try mapper.entry(record, lines)
    let dn = if let entry { entry.dn } else { try mapper.name(record.dn) }
    guard let untouched = try net?.content(entry, dn) else { return [] }
    return [.entry(untouched)]
  }

  private mutating func changes(
    _ record: LDIFRecord
  ) throws(RecordMapper.Fault) -> [ImportedChange] {
    guard net != nil else { return try mapper.changes(record) }
    if case .add(let lines) = record.body {
      let entry = try mapper.entry(record, lines)
      let dn = if let entry { entry.dn } else { try mapper.name(record.dn) }
      try net?.add(entry, dn)
      return []
    }
    for change in try mapper.changes(record) {
      guard try apply(change) else { break }
    }
    return []
  }

  // The answer is whether what else the record says can be done.
  private mutating func apply(_ change: ImportedChange) throws(RecordMapper.Fault) -> Bool {
    switch change {
    case .modify(let address, let changes):
      if let dn = address.dn { try net?.modify(dn, changes) }
    case .rename(let address, let newDN):
      if let dn = address.dn { return try net?.rename(dn, to: newDN) ?? false }
    case .delete(let address):
      if let dn = address.dn { net?.delete(dn) }
    case .entry, .present, .leave, .letGo, .outside: break
    }
    return true
  }
}
