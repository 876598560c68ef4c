import Directory

/// Which change files have been read: the content of a watermark.
///
/// The text is `1 COUNT BYTES STAMPS CONTENTS LASTNAME`: how many files, their sizes together, a
/// digest of their names, sizes and times, a digest of their names and contents, and the last
/// one's name. Its length does not grow with the number of files.
struct ChangeLedger: Equatable {
  static let kind = "ldif-changes"

  private(set) var count = 0
  private(set) var bytes = 0
  private(set) var lastName = ""
  private var stamps = FNV1a()
  private var contents = FNV1a()

  init() {}

  /// The ledger that `watermark` holds, or nil if it is none.
  init?(_ watermark: Watermark) {
    let parts = watermark.value.split(
      separator: " ", maxSplits: 5, omittingEmptySubsequences: false)
    guard watermark.kind == Self.kind, parts.count == 6, parts[0] == "1",
      let count = Int(parts[1]), let bytes = Int(parts[2]), count >= 0,
      let stamps = UInt64(parts[3], radix: 16), let contents = UInt64(parts[4], radix: 16)
    else { return nil }
    (self.count, self.bytes, lastName) = (count, bytes, String(parts[5]))
    self.stamps = FNV1a(resuming: stamps)
    self.contents = FNV1a(resuming: contents)
  }

  /// The ledger as a watermark.
  var watermark: Watermark {
    let digests = [stamps, contents].map { String($0.value, radix: 16) }
    return Watermark(
      kind: Self.kind, value: "1 \(count) \(bytes) \(digests[0]) \(digests[1]) \(lastName)")
  }

  /// Enters a file that has been read to its end.
  mutating func add(_ file: LDIFFile, size: Int, digest: UInt64) {
    count += 1
    bytes += size
    lastName = file.name
    stamps.add("\(file.name)/\(size)/\(file.stamp)\n".utf8)
    contents.add("\(file.name)/\(size)/\(digest)\n".utf8)
  }

  static func == (a: ChangeLedger, b: ChangeLedger) -> Bool { a.watermark == b.watermark }

  /// Splits `files` into those that this ledger holds and those behind it.
  ///
  /// - Returns: the new files, and a ledger that can be added to.
  /// - Throws: ``ConnectorFailure`` with `fullImportRequired` if a file that was read is not as it
  ///   was, because its changes can't be taken back one by one.
  func verify(
    _ files: [LDIFFile]
  ) throws(ConnectorFailure) -> (new: [LDIFFile], ledger: ChangeLedger) {
    let isRead = { (file: LDIFFile) in
      count > 0 && !lastName.utf8.lexicographicallyPrecedes(file.name.utf8)
    }
    let old = files.filter(isRead)
    if old.count < count { throw changed("\(count - old.count) of them vanished") }
    if old.count > count {
      throw changed("\(old.count - count) were put before \(lastName), which was read already")
    }
    if count > 0, old.last?.name != lastName { throw changed("\(lastName) vanished") }
    let ledger = try recount(old)
    return (files.filter { !isRead($0) }, ledger)
  }

  private func recount(_ files: [LDIFFile]) throws(ConnectorFailure) -> ChangeLedger {
    // Files are read again only where a name, size or time is not as it was.
    var seen = FNV1a()
    for file in files { seen.add("\(file.name)/\(file.size)/\(file.stamp)\n".utf8) }
    if seen.value == stamps.value { return self }
    var ledger = ChangeLedger()
    for file in files {
      do {
        let (size, digest) = try LDIFFileDigest.of(path: file.path)
        ledger.add(file, size: size, digest: digest)
      } catch {
        throw LDIFFiles.failure(error)
      }
    }
    guard ledger.bytes == bytes, ledger.contents.value == contents.value else {
      throw changed("the content of one is not what it was")
    }
    return ledger
  }

  private func changed(_ reason: String) -> ConnectorFailure {
    ConnectorFailure(
      .fullImportRequired, message: "The change files that were read have changed: \(reason)",
      hint: "Run a full import; add new changes in new files whose names sort behind the old ones")
  }
}
