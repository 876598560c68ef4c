import Directory
import Synchronization

/// Reads the files of an import one after the other, parsing on the task that asks.
final class LDIFImportReader: ImportReader {
  private let state: Mutex<LDIFImport>

  init(_ work: sending LDIFImport) { state = Mutex(work) }

  func next() async throws -> ImportBatch? {
    try state.withLock { try $0.next() }
  }
}

/// The work of an import: which files, and how far.
struct LDIFImport {
  /// Objects, and bytes of their records, after which a batch is handed out.
  static let batchCount = 500
  static let batchBytes = 4 << 20

  /// What a file is for.
  enum Role: Sendable { case content, changes }

  private var mapper: RecordMapper
  private let options: LDIFReader.Options
  private let isFull: Bool
  private let total: Int
  private var queue: ArraySlice<(LDIFFile, Role)>
  private var reader: LDIFReader?
  private var current: (file: LDIFFile, role: Role)?
  private var ledger: ChangeLedger?
  private var bytesDone = 0
  private var isDone = false
  // A file that was not of one size from beginning to end: half of it may be missing.
  private var fileInMotion: LDIFFile?
  // Digests of the anchors seen, so that a million of them take tens of megabytes, not hundreds.
  private var seen: Set<UInt64> = []

  /// An import of content files, then of change files.
  ///
  /// - Parameter ledger: what was read before; nil if there are no change files at all.
  init(
    mapper: RecordMapper, content: [LDIFFile], changes: [LDIFFile], ledger: ChangeLedger?,
    isFull: Bool, allowFileURLs: Bool
  ) {
    self.mapper = mapper
    self.isFull = isFull
    self.ledger = ledger
    var options = LDIFReader.Options()
    options.allowsFileURLs = allowFileURLs
    self.options = options
    queue = (content.map { ($0, .content) } + changes.map { ($0, .changes) })[...]
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
    batch.isContinued = !isFull && !isDone && batch.watermark == nil
    batch.fractionRead = total == 0 ? 1 : min(1, Double(done) / Double(total))
    return batch
  }

  private mutating func fill(_ batch: inout ImportBatch) throws(LDIFFileError) {
    var bytes = 0
    while batch.changes.count + batch.errors.count < Self.batchCount, bytes < Self.batchBytes {
      guard let reader = try opened() else {
        isDone = true
        // Only now: what a full import has read before its end is no state to go on from.
        batch.watermark = ledger?.watermark
        return
      }
      let before = reader.bytesConsumed
      if let item = try reader.next() {
        bytes += reader.bytesConsumed - before
        take(item, into: &batch)
      } else {
        finishFile(reader)
        if fileInMotion != nil { return }
        guard !isFull else { continue }
        batch.watermark = ledger?.watermark
        isDone = queue.isEmpty
        return
      }
    }
  }

  // The reader at work, or one for the next file; nil if there is none.
  private mutating func opened() throws(LDIFFileError) -> LDIFReader? {
    if let reader { return reader }
    guard let (file, role) = queue.popFirst() else { return nil }
    var options = options
    options.digestsContent = role == .changes
    current = (file, role)
    let opened = try LDIFReader(path: file.path, options: options)
    reader = opened
    return opened
  }

  private mutating func finishFile(_ reader: LDIFReader) {
    if let current {
      if reader.bytesRead != current.file.size { fileInMotion = current.file }
      bytesDone += current.file.size
      if current.role == .changes {
        ledger?.add(current.file, size: reader.bytesRead, digest: reader.contentDigest ?? 0)
      }
    }
    self.reader = nil
    current = nil
  }

  private mutating func take(_ item: LDIFReader.Item, into batch: inout ImportBatch) {
    switch item {
    case .fault(let fault):
      batch.errors.append(
        DiscoveryError(
          fault.type, dn: fault.dn, location: location(fault.line), message: fault.message,
          hint: fault.hint, attribute: fault.attribute))
    case .record(let record):
      do {
        batch.changes.append(contentsOf: try changes(record))
      } catch {
        batch.errors.append(
          DiscoveryError(
            error.type, dn: record.dn, location: location(record.line), message: error.message,
            hint: error.hint, attribute: error.attribute, value: error.value))
      }
    }
  }

  private func location(_ line: Int) -> String { "\(current?.file.path ?? ""):\(line)" }

  private mutating func changes(
    _ record: LDIFRecord
  ) throws(RecordMapper.Fault) -> [ImportedChange] {
    guard current?.role == .content else { return try mapper.changes(record) }
    guard case .content(let lines) = record.body else {
      throw RecordMapper.Fault(
        type: .invalidChangeType, message: "A change record stands in a content file",
        hint: "Move the record to a file in the folder of changes")
    }
    guard let entry = try mapper.entry(record, lines) else { return [] }
    var digest = FNV1a()
    digest.add(entry.anchor.text.utf8)
    guard seen.insert(digest.value).inserted else {
      throw RecordMapper.Fault(
        type: .duplicateObject,
        message: "Another entry of this import has the same anchor \(entry.anchor)",
        hint: "Remove one of them; the first one was taken")
    }
    return [.entry(entry)]
  }
}
