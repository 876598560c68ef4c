/// Reads LDIF (RFC 2849) one record at a time, holding no more than that record.
///
/// A record that breaks the grammar is handed out as a fault with its place, and reading goes on
/// behind the next blank line. Beyond the RFC these are accepted, because tools write them: a byte
/// order mark, UTF-8 in plain values, a missing line end at the end of the file, and the `ref:`,
/// `search:` and `result:` blocks of `ldapsearch`; a `result:` other than 0 is a fault, since the
/// file is then not whole.
public final class LDIFReader {
  /// What is accepted, and how much.
  public struct Options: Hashable, Sendable {
    /// Whether values may be read from other files (`jpegPhoto:< file:///…`).
    public var allowsFileURLs = false
    /// The largest record, and the largest line, in bytes.
    public var maximumRecordSize = 64 << 20
    /// The largest file that a `<file:` value may name, in bytes.
    public var maximumFileValueSize = 16 << 20
    /// The object identifiers of the controls that the caller obeys; others must not be critical.
    public var supportedControls: Set<String> = []
    /// Whether a change is refused behind whose last line the file ends without a line end: half a
    /// value looks as a whole one does.
    public var refusesOpenEnd = false
    /// Whether to keep ``LDIFReader/contentDigest``.
    public var digestsContent = false
    /// How many bytes are read at a time.
    public var chunkSize = 256 << 10
    /// The options by default.
    public init() {}
  }

  /// What is read next.
  public enum Item: Hashable, Sendable {
    /// A record.
    case record(LDIFRecord)
    /// A record that could not be read.
    case fault(LDIFFault)
  }

  private let lines: LDIFLineReader
  private let options: Options
  private let names = LDIFNames()
  private var raw: LDIFRawRecord
  private var isFirst = true

  /// Opens the file at `path`.
  ///
  /// - Parameter withholding: The attributes whose values no record may hold; nil for none.
  /// - Throws: ``LDIFFileError`` if it can't be opened or is no regular file.
  public init(
    path: String, options: Options = Options(), withholding: LDIFWithholding? = nil
  ) throws(LDIFFileError) {
    self.options = options
    raw = LDIFRawRecord(withholding)
    lines = try LDIFLineReader(
      path: path, chunkSize: options.chunkSize, limit: options.maximumRecordSize,
      digests: options.digestsContent)
  }

  /// Reads what `bytes` hold.
  public init(
    bytes: [UInt8], options: Options = Options(), withholding: LDIFWithholding? = nil
  ) {
    self.options = options
    raw = LDIFRawRecord(withholding)
    lines = LDIFLineReader(bytes: bytes, limit: options.maximumRecordSize)
  }

  /// The size of the file when it was opened, in bytes.
  public var size: Int { lines.size }
  /// How many bytes of it have been parsed.
  public var bytesConsumed: Int { lines.bytesConsumed }
  /// How many bytes have been read from the file; after the last record, its true size.
  public var bytesRead: Int { lines.bytesRead }
  /// Whether what was read until now ends with a line end; after the last record, whether the file
  /// does.
  public var endsWithLineEnd: Bool { lines.isTerminated }
  /// The number of the line that was read last, from 1.
  public var lineNumber: Int { lines.lineNumber }
  /// The ``FNV1a`` digest of what was read, if ``Options/digestsContent`` is set.
  public var contentDigest: UInt64? { lines.contentDigest }

  /// The next record or fault, or nil at the end.
  ///
  /// - Throws: ``LDIFFileError`` if the file can't be read any further.
  public func next() throws(LDIFFileError) -> Item? {
    while try raw.gather(from: lines, limit: options.maximumRecordSize) {
      if lines.isUTF16 {
        // Told once: no line of such a file is what it seems.
        raw.releaseBytes()
        guard isFirst else { continue }
        isFirst = false
        return .fault(Self.foreign)
      }
      var parser = LDIFRecordParser(raw: raw, options: options, names: names)
      raw.releaseBytes()
      do {
        if isFirst {
          isFirst = false
          try parser.takeVersion()
        }
        if let record = try parser.record() { return .record(record) }
      } catch {
        return .fault(error)
      }
    }
    return nil
  }
}

extension LDIFReader {
  private static let foreign = LDIFFault(
    .parseError, line: 1, dn: "", message: "The file is written in UTF-16, and LDIF is UTF-8",
    hint: "Export it without -u, or convert it: iconv -f UTF-16 -t UTF-8")
}

/// The lines of one record, unfolded and without comments, in one piece of memory.
struct LDIFRawRecord {
  struct Line {
    var start: Int
    var end: Int
    /// The line of the file on which it begins.
    var number: Int
  }

  var bytes: [UInt8] = []
  var lines: [Line] = []
  /// Whether a line end followed the last line.
  var isTerminated = true
  /// Whether the file ended with this record, without a blank line.
  var endsFile = false
  /// Whether the last physical line was the begin of a fold with nothing in it.
  var endsInEmptyFold = false
  /// Where the record begins that was larger than the limit; its lines are gone.
  var oversizedLine: Int?
  /// Where a continuation stood that continues nothing.
  var strayFoldLine: Int?
  /// What keeps secrets out; nil if nothing does.
  private var withheld: LDIFWithheldLine?

  init(_ withholding: LDIFWithholding? = nil) {
    withheld = withholding.map { LDIFWithheldLine($0) }
  }

  /// Reads the next record; false at the end of the file.
  mutating func gather(from reader: LDIFLineReader, limit: Int) throws(LDIFFileError) -> Bool {
    lines.removeAll(keepingCapacity: true)
    (isTerminated, endsFile, endsInEmptyFold) = (true, false, false)
    (oversizedLine, strayFoldLine) = (nil, nil)
    var inComment = false
    while let line = try reader.next() {
      if withheld != nil, line.isTooLong || line.bytes.first != 0x20 { settle() }
      if line.bytes.isEmpty, !line.isTooLong {
        inComment = false
        if isBlank { continue }
        return true
      }
      // A comment that is cut off takes nothing from the record before it.
      let first = line.bytes.first
      if line.isTooLong || first != 0x23 && !(inComment && first == 0x20) {
        isTerminated = line.isTerminated
      }
      if line.isTooLong || bytes.count + line.bytes.count > limit {
        oversizedLine = oversizedLine ?? lines.first?.number ?? reader.lineNumber
        bytes.removeAll()
      } else if oversizedLine == nil {
        append(line.bytes, number: reader.lineNumber, inComment: &inComment)
      }
    }
    settle()
    endsFile = true
    return !isBlank
  }

  /// Ends the line that is kept back, if there is one.
  private mutating func settle() {
    guard withheld?.number != nil, let end = lines.indices.last else { return }
    var line: [UInt8] = []
    withheld?.finish(isCut: !isTerminated) { line += $0 }
    bytes += line
    lines[end].end = bytes.count
  }

  private var isBlank: Bool { lines.isEmpty && oversizedLine == nil && strayFoldLine == nil }

  private mutating func append(
    _ line: UnsafeBufferPointer<UInt8>, number: Int, inComment: inout Bool
  ) {
    endsInEmptyFold = false
    switch line[0] {
    case 0x20:
      if inComment { return }
      guard let last = lines.indices.last else {
        strayFoldLine = strayFoldLine ?? number
        return
      }
      let more = UnsafeBufferPointer(rebasing: line.dropFirst())
      if withheld?.number != nil {
        withheld?.add(more)
      } else {
        bytes.append(contentsOf: more)
        lines[last].end = bytes.count
      }
      endsInEmptyFold = line.count == 1
    case 0x23:
      inComment = true
    default:
      inComment = false
      let start = bytes.count
      if withheld?.begin(line, number: number) != true { bytes.append(contentsOf: line) }
      lines.append(Line(start: start, end: bytes.count, number: number))
    }
  }

  /// Gives up the bytes, which now belong to a record, and makes room for the next one.
  mutating func releaseBytes() {
    let expected = min(bytes.count, 1 << 16)
    bytes = []
    bytes.reserveCapacity(expected)
  }
}
