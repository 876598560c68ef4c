import Directory
import LDIFConnector
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Content and change files that do not go together any more")
struct FreshContentTests {
  private let folder: TemporaryFolder
  private let connector: LDIFConnector

  init() throws {
    folder = try TemporaryFolder()
    connector = folder.connector(changes: true)
    try folder.write("content.ldif", user("Ann") + user("Bob"))
    try age("content.ldif", 100)
  }

  private func title(_ title: String) -> String {
    "dn: CN=Ann,OU=Staff,DC=x\nchangetype: modify\nreplace: title\ntitle: \(title)\n-\n\n"
  }

  /// Gives a file a time of `seconds` after some moment.
  private func age(_ name: String, _ seconds: Int) throws {
    let time = timespec(tv_sec: 1_700_000_000 + seconds, tv_nsec: 0)
    try #require(utimensat(AT_FDCWD, folder.path + "/" + name, [time, time], 0) == 0)
  }

  /// Two change files that are read; the answer is where that ends.
  private func readTwo() async throws -> Watermark {
    for number in 1...2 {
      try folder.write("changes/\(number).ldif", title("t\(number)"))
      try age("changes/\(number).ldif", 100 + number)
    }
    return try #require(try await connector.run().watermark)
  }

  private func delta(_ mark: Watermark) async throws -> ConnectorFailure? {
    do {
      _ = try await connector.run(since: mark)
      return nil
    } catch let failure as ConnectorFailure {
      return failure
    }
  }

  /// Why a full import that knows what was read until `mark` refuses; nil if it does not.
  ///
  /// - Parameter moment: When that was read, in seconds as ``age(_:_:)`` counts them.
  private func full(_ mark: Watermark?, readAt moment: Int? = nil) async throws -> ConnectorFailure?
  {
    do {
      var request = ImportRequest(watermark: nil, stagedUpTo: mark, stagedCount: { 0 })
      request.stagedAt = moment.map {
        Timestamp(milliseconds: Int64(1_700_000_000 + $0) * 1000)
      }
      _ = try await connector.openImport(request)
      return nil
    } catch let failure as ConnectorFailure {
      return failure
    }
  }

  @Test("A delta notices that the content was exported afresh")
  func replaced() async throws {
    let mark = try #require(try await connector.run().watermark)
    #expect(try await delta(mark) == nil)
    try folder.write("content.ldif", user("Ann") + user("Eve"))
    let failure = try #require(try await delta(mark))
    #expect(failure.result == .fullImportRequired)
    #expect(failure.message == "The content files are not those that were read")
    try folder.write("content.ldif", user("Ann") + user("Bob"))
    #expect(try await delta(mark) == nil, "the same again")
  }

  @Test("Another file beside the content, and one that is missing, are noticed by a delta")
  func files() async throws {
    try folder.write("changes/a.ldif", user("Ann"))
    let connector = LDIFConnector(
      settings: LDIFConnectorSettings(content: [folder.changes], changes: folder.path + "/none"))
    mkdir(folder.path + "/none", 0o755)
    let mark = try #require(try await connector.run().watermark)
    #expect(try await connector.run(since: mark).changes.isEmpty)
    try folder.write("changes/b.ldif", user("Bob"))
    await #expect(throws: ConnectorFailure.self) { try await connector.run(since: mark) }
    folder.delete("changes/b.ldif")
    #expect(try await connector.run(since: mark).changes.isEmpty)
  }

  @Test("Content that was only touched or copied is read no second time")
  func touched() async throws {
    let mark = try #require(try await connector.run().watermark)
    try age("content.ldif", 500)
    let after = try #require(try await connector.run(since: mark).watermark)
    #expect(after != mark)
    #expect(try await connector.run(since: after).watermark == after)
    #expect(try await full(mark) == nil)
  }

  @Test(
    "A watermark of an earlier version, which says nothing of the content, asks for a full import")
  func earlier() async throws {
    let former = former(try await readTwo())
    #expect(try await delta(former)?.message == "It was not noted which content files were read")
    #expect(try await full(former) == nil)
    folder.delete("changes/1.ldif")
    #expect(try await full(former)?.result == .filesDoubted)
  }

  /// The watermark of an earlier version, which noted nothing of the content.
  private func former(_ mark: Watermark) -> Watermark {
    let parts = mark.value.split(separator: " ")
    return Watermark(
      kind: mark.kind, value: (["1"] + parts[1...4] + parts[7...]).joined(separator: " "))
  }

  @Test(
    "Content of which nothing was noted is fresh where it was written after all was read")
  func earlierFresh() async throws {
    let former = former(try await readTwo())
    folder.delete("changes/1.ldif")
    let failure = try #require(try await full(former, readAt: 150))
    #expect(failure.result == .filesDoubted)
    #expect(
      failure.message.contains("it was not noted whether the content files are still those of"),
      "\(failure)")
    #expect(!failure.message.contains("and the content files are"), "\(failure)")
    // As the advice says.
    folder.delete("changes/2.ldif")
    try folder.write("content.ldif", user("Ann", "title: t2\n") + user("Bob"))
    try age("content.ldif", 151)
    #expect(try await full(former, readAt: 150) == nil)
    #expect(try await full(former, readAt: 152)?.result == .filesDoubted)
    #expect(try await full(former)?.result == .filesDoubted, "nobody knows when it was read")
  }

  @Test("With fresh content of which nothing was noted before, older change files hold the import")
  func earlierStale() async throws {
    let former = former(try await readTwo())
    try age("content.ldif", 200)
    let failure = try #require(try await full(former, readAt: 150))
    #expect(failure.message.contains("/changes/1.ldif is older and was read before"), "\(failure)")
    #expect(try await full(former, readAt: 250) == nil)
  }

  @Test("Change files that were read and vanish hold a full import as long as the content stays")
  func archived() async throws {
    let mark = try await readTwo()
    #expect(try await full(mark) == nil)
    folder.delete("changes/1.ldif")
    let failure = try #require(try await full(mark))
    #expect(failure.result == .filesDoubted)
    #expect(
      failure.message.hasPrefix("1 of the 2 change files that were read are not there any more"))
    #expect(failure.hint.contains("Put them back, or export the content afresh"))
    folder.delete("changes/2.ldif")
    #expect(try await full(mark)?.message.hasPrefix("2 of the 2") == true)
    // A person says that it is meant: nothing is said of what was read.
    #expect(try await full(nil) == nil)
    _ = try await readTwo()
    #expect(try await full(mark) == nil, "they are there again")
  }

  @Test("Change files that go when the content is exported afresh hold nothing")
  func archivedWithContent() async throws {
    let mark = try await readTwo()
    folder.delete("changes/1.ldif")
    folder.delete("changes/2.ldif")
    try folder.write("content.ldif", user("Ann", "title: t2\n") + user("Bob"))
    #expect(try await full(mark) == nil)
    let next = try await connector.run().watermark
    #expect(try await full(next) == nil)
  }

  @Test("Content that is newer than change files that were read holds a full import")
  func fresh() async throws {
    let mark = try await readTwo()
    try folder.write("content.ldif", user("Ann", "title: t2\n") + user("Bob"))
    try age("content.ldif", 200)
    let failure = try #require(try await full(mark))
    #expect(failure.result == .filesDoubted)
    #expect(failure.message.contains("/content.ldif was exported afresh"))
    #expect(failure.message.contains("/changes/1.ldif is older and was read before"))
    folder.delete("changes/1.ldif")
    #expect(try await full(mark)?.message.contains("/changes/2.ldif is older") == true)
    folder.delete("changes/2.ldif")
    #expect(try await full(mark) == nil)
  }

  @Test("Content that was exported before the changes, and comes after them, holds nothing")
  func older() async throws {
    let mark = try await readTwo()
    try folder.write("content.ldif", user("Ann") + user("Bob") + user("Cid"))
    try age("content.ldif", 99)
    #expect(try await full(mark) == nil)
  }

  @Test("Change files that nobody has read say nothing of fresh content")
  func unread() async throws {
    let mark = try await connector.run().watermark
    try folder.write("changes/1.ldif", title("x"))
    try age("changes/1.ldif", 150)
    try folder.write("content.ldif", user("Ann"))
    try age("content.ldif", 200)
    #expect(try await full(mark) == nil)
  }
}
