import Directory
import Synchronization
import TestSupport

/// What breaks in the imports of one run.
struct ImportFaults: Sendable {
  var failAfterPages: Int?
  var refusesWatermark = false
  var duplicatesPages = false
  var overlap = 0
  var shuffle: Int?
  var showsNothing = false
  var isUnreachable = false

  /// The order in which a directory that shuffles shows `count` objects.
  func order(_ count: Int) -> [Int] {
    guard let shuffle else { return Array(0..<count) }
    var random = SeededRandom(scattering: shuffle)
    return Array(0..<count).shuffled(using: &random)
  }

  func checkReachable(_ name: String) throws {
    guard isUnreachable else { return }
    throw ConnectorFailure(
      .noStartConnection, message: "\(name) does not answer", hint: "Wait for it")
  }

  static func refusal(_ name: String) -> ConnectorFailure {
    ConnectorFailure(
      .fullImportRequired, message: "\(name) does not know the watermark any more",
      hint: "Run a full import")
  }
}

/// Reads changes a page at a time, as one run finds them.
actor PagedReader: ImportReader {
  private var batches: [ImportBatch] = []
  private var left: Int?
  private let name: String

  /// A reader of `changes`; `watermarks` holds the place after each change, or only the end's.
  init(
    name: String, _ changes: [ImportedChange], watermarks: [Int]?, end: Int, page: Int,
    _ faults: ImportFaults
  ) {
    self.name = name
    left = faults.failAfterPages
    var start = 0
    while start < changes.count {
      let stop = min(start + page, changes.count)
      let mark = watermarks.map { Watermark(kind: "simulated", value: String($0[stop - 1])) }
      let batch = ImportBatch(changes: Array(changes[start..<stop]), watermark: mark)
      batches.append(batch)
      if faults.duplicatesPages, watermarks == nil || !batch.hasRename { batches.append(batch) }
      start = stop
    }
    batches.append(
      ImportBatch(changes: [], watermark: Watermark(kind: "simulated", value: String(end))))
  }

  func next() async throws -> ImportBatch? {
    if let pages = left {
      guard pages > 0 else {
        throw ConnectorFailure(
          .stoppedImportRead, message: "\(name) stopped in the middle of a page", hint: "Try again")
      }
      left = pages - 1
    }
    return batches.isEmpty ? nil : batches.removeFirst()
  }
}

extension ImportBatch {
  /// Whether a name goes from one object to another in it: a log that has names for addresses can't
  /// be told twice then, and those who read such logs know the numbers of what they have read.
  fileprivate var hasRename: Bool {
    changes.contains { change in
      if case .rename = change { true } else { false }
    }
  }
}
