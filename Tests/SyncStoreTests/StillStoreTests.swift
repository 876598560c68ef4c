import Foundation
import GRDB
import Testing

@testable import SyncStore

@Suite("A store that can't be written to")
struct StillStoreTests {
  private func inFolder(_ work: (String) throws -> Void) throws {
    let folder = NSTemporaryDirectory() + "still ?\(UUID().uuidString)#%41"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try work(folder)
  }

  @Test("It is read as it stands, and nothing is made beside it")
  func read() throws {
    try inFolder { folder in
      let file = folder + "/s.sqlite"
      let store = try SyncStore.open(file: file)
      try store.transaction { try $0.set("a", "1") }
      try store.close()
      let files = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      let queue = try #require(
        try StillStore.open(file, configuration: StoreConfiguration.reading) { $0 == file })
      let value = try queue.read {
        try String.fetchOne($0, sql: "SELECT value FROM setting WHERE key = 'a'")
      }
      #expect(value == "1")
      #expect(throws: DatabaseError.self) {
        try queue.write { try $0.execute(sql: "DELETE FROM setting") }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == files)
      try queue.close()
    }
  }

  @Test("One that may be written to, or that somebody writes to, is opened as ever")
  func others() throws {
    try inFolder { folder in
      let file = folder + "/s.sqlite"
      let store = try SyncStore.open(file: file)
      #expect(StillStore.uri(of: file) { _ in false } == nil, "it has a journal")
      try store.close()
      #expect(StillStore.uri(of: file) { _ in true } == nil)
      let uri = StillStore.uri(of: file) { $0 == folder }
      #expect(uri?.hasPrefix("file:/") == true && uri?.hasSuffix("?mode=ro&immutable=1") == true)
      #expect(uri?.contains("%3F") == true && uri?.contains("%23%2541") == true)
    }
  }
}
