import Directory

/// Which change files have been read, and on top of which content: the content of a watermark.
///
/// The text is `2 COUNT BYTES STAMPS CONTENTS FILES CONTENT LASTNAME`: how many change files, their
/// sizes together, a digest of their names, sizes and times, a digest of their names and contents,
/// the same two digests of the content files, and the last change file's name. Its length does not
/// grow with the number of files. An earlier version wrote `1`, without the content's digests.
struct ChangeLedger: Equatable {
  static let kind = "ldif-changes"

  private(set) var count = 0
  private(set) var bytes = 0
  private(set) var lastName = ""
  private var changes = FileDigests()
  private var content: FileDigests?

  /// A ledger in which nothing is entered yet.
  init() { content = FileDigests() }

  /// The ledger that `watermark` holds, or nil if it is none.
  init?(_ watermark: Watermark) {
    guard watermark.kind == Self.kind else { return nil }
    let isFormer = watermark.value.hasPrefix("1 ")
    guard isFormer || watermark.value.hasPrefix("2 ") else { return nil }
    let last = isFormer ? 5 : 7
    let parts = watermark.value.split(
      separator: " ", maxSplits: last, omittingEmptySubsequences: false)
    guard parts.count == last + 1, let count = Int(parts[1]), let bytes = Int(parts[2]), count >= 0,
      let changes = FileDigests(parts[3], parts[4])
    else { return nil }
    if !isFormer {
      guard let content = FileDigests(parts[5], parts[6]) else { return nil }
      self.content = content
    }
    (self.count, self.bytes, lastName) = (count, bytes, String(parts[last]))
    self.changes = changes
  }

  /// The ledger as a watermark.
  var watermark: Watermark {
    let head = "\(content == nil ? 1 : 2) \(count) \(bytes) \(changes.text)"
    return Watermark(
      kind: Self.kind, value: head + (content.map { " " + $0.text } ?? "") + " " + lastName)
  }

  /// Enters a change file that has been read to its end.
  mutating func add(_ file: LDIFFile, size: Int, digest: UInt64) {
    count += 1
    bytes += size
    lastName = file.name
    changes.add(file, size: size, digest: digest)
  }

  /// Enters a content file that has been read to its end.
  mutating func addContent(_ file: LDIFFile, size: Int, digest: UInt64) {
    content?.add(file, size: size, digest: digest)
  }

  static func == (a: ChangeLedger, b: ChangeLedger) -> Bool { a.watermark == b.watermark }

  /// Whether a file of this name is one of those that were read, by the order of names.
  private func isRead(_ file: LDIFFile) -> Bool {
    count > 0 && !lastName.utf8.lexicographicallyPrecedes(file.name.utf8)
  }

  /// Splits `files` into those that this ledger holds and those behind it.
  ///
  /// - Returns: the new files, and a ledger that can be added to.
  /// - Throws: ``ConnectorFailure`` with `fullImportRequired` if a file that was read is not as it
  ///   was, because its changes can't be taken back one by one.
  func verify(
    _ files: [LDIFFile]
  ) throws(ConnectorFailure) -> (new: [LDIFFile], ledger: ChangeLedger) {
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
    guard !changes.isStamped(as: files) else { return self }
    var ledger = ChangeLedger()
    ledger.content = content
    for file in files {
      let (size, digest) = try Self.digest(of: file)
      ledger.add(file, size: size, digest: digest)
    }
    guard ledger.bytes == bytes, ledger.changes.hasSameContents(as: changes) else {
      throw changed("the content of one is not what it was")
    }
    return ledger
  }

  private func changed(_ reason: String) -> ConnectorFailure {
    ConnectorFailure(
      .fullImportRequired, message: "The change files that were read have changed: \(reason)",
      hint: "Run a full import; add new changes in new files whose names sort behind the old ones")
  }

  private static func digest(
    of file: LDIFFile
  ) throws(ConnectorFailure) -> (size: Int, digest: UInt64) {
    do {
      return try LDIFFileDigest.of(path: file.path)
    } catch {
      throw LDIFFiles.failure(error)
    }
  }
}

// MARK: The content below the changes

extension ChangeLedger {
  /// The ledger of a directory whose content files are `files`, if they say what they said.
  ///
  /// - Throws: ``ConnectorFailure`` with `fullImportRequired` if they do not, or it is not known.
  func verifyContent(_ files: [LDIFFile]) throws(ConnectorFailure) -> ChangeLedger {
    guard let found = try sameContent(files) else {
      throw ConnectorFailure(
        .fullImportRequired,
        message: content == nil
          ? "It was not noted which content files were read"
          : "The content files are not those that were read", hint: "Run a full import")
    }
    var ledger = self
    ledger.content = found
    return ledger
  }

  /// The digests of `files` as they are now; nil if their contents are others, or not known.
  private func sameContent(_ files: [LDIFFile]) throws(ConnectorFailure) -> FileDigests? {
    guard let content else { return nil }
    if content.isStamped(as: files) { return content }
    var now = FileDigests()
    for file in files {
      let (size, digest) = try Self.digest(of: file)
      now.add(file, size: size, digest: digest)
    }
    return now.hasSameContents(as: content) ? now : nil
  }

  /// Refuses a full import that would undo changes that were read, or make them once more.
  ///
  /// Who takes change files away by which the directory was changed, and leaves the content as it was
  /// before them, or exports the content afresh and leaves files that it contains, gets another
  /// directory than there is, and nothing in the files tells.
  ///
  /// - Parameter moment: When all was read that this ledger holds; nil if that is not known. Where the
  ///   content's digests are not known, what was written later is other content.
  /// - Throws: ``ConnectorFailure`` with `filesDoubted`.
  func refuseDoubted(
    content files: [LDIFFile], changes: [LDIFFile], readAt moment: Timestamp?
  ) throws(ConnectorFailure) {
    guard count > 0 else { return }
    let old = changes.filter(isRead)
    let isContentKept =
      content == nil ? !Self.isWritten(files, after: moment) : try sameContent(files) != nil
    if isContentKept, old.count < count || old.last?.name != lastName {
      let many = max(1, count - old.count)
      throw ConnectorFailure(
        .filesDoubted,
        message:
          "\(many) of the \(count) change files that were read are not there any more, and "
          + (content == nil
            ? "it was not noted whether the content files are still those of before: if they are, "
            : "the content files are still those of before: ")
          + "a full import would undo what they changed",
        hint:
          "Put them back, or export the content afresh: the directory is the content files with "
          + "all change files that are there.")
    }
    if !isContentKept, let fresh = files.max(by: { $0.modified < $1.modified }),
      let stale = old.first(where: { $0.modified < fresh.modified })
    {
      throw ConnectorFailure(
        .filesDoubted,
        message:
          "\(fresh.path) was exported afresh, and \(stale.path) is older and was read before: "
          + "a full import would make its changes once more, on top of what came after them",
        hint: "Take those change files out of their folder that the new content contains.")
    }
  }
}

extension ChangeLedger {
  /// Whether one of `files` was written to after `moment`.
  private static func isWritten(_ files: [LDIFFile], after moment: Timestamp?) -> Bool {
    guard let moment, let newest = files.map(\.modified).max() else { return false }
    return Int64(newest) / 1_000_000 > moment.milliseconds
  }
}

/// Two digests of files in their order: one of what changes when they are written to, and one of what
/// they hold.
private struct FileDigests {
  private var stamps = FNV1a()
  private var contents = FNV1a()

  init() {}

  init?(_ stamps: Substring, _ contents: Substring) {
    guard let stamps = UInt64(stamps, radix: 16), let contents = UInt64(contents, radix: 16) else {
      return nil
    }
    self.stamps = FNV1a(resuming: stamps)
    self.contents = FNV1a(resuming: contents)
  }

  var text: String {
    String(stamps.value, radix: 16) + " " + String(contents.value, radix: 16)
  }

  mutating func add(_ file: LDIFFile, size: Int, digest: UInt64) {
    stamps.add("\(file.name)/\(size)/\(file.stamp)\n".utf8)
    contents.add("\(file.name)/\(size)/\(digest)\n".utf8)
  }

  /// Files are read again only where a name, size or time is not as it was.
  func isStamped(as files: [LDIFFile]) -> Bool {
    var seen = FNV1a()
    for file in files { seen.add("\(file.name)/\(file.size)/\(file.stamp)\n".utf8) }
    return seen.value == stamps.value
  }

  func hasSameContents(as other: Self) -> Bool { contents.value == other.contents.value }
}
