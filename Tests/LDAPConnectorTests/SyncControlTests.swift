import Directory
import TestSupport
import Testing

@testable import LDAPConnector

/// The values of controls, byte by byte.
struct SyncControlTests {
  private static let uuid: [UInt8] = (0..<16).map { $0 * 16 }
  private static let text = "00102030-4050-6070-8090-a0b0c0d0e0f0"

  @Test(arguments: [0, 1, 127, 128, 255, 256, -1, -128, -129, -0x8000_0000, .max, .min] as [Int64])
  func numbersComeBack(number: Int64) throws {
    var reader = BERReader(BERWriter.integer(number)[...])
    let back = try reader.integer()
    #expect(back == number)
    #expect(reader.nextTag == nil)
  }

  @Test func numbersTakeAsFewBytesAsTheyNeed() {
    #expect(BERWriter.integer(127) == [2, 1, 127])
    #expect(BERWriter.integer(128) == [2, 2, 0, 128])
    #expect(BERWriter.integer(-0x8000_0000) == [2, 4, 0x80, 0, 0, 0])
  }

  @Test(arguments: [0, 127, 128, 255, 256, 70_000]) func piecesOfAnyLengthComeBack(size: Int) throws
  {
    let content = [UInt8](repeating: 7, count: size)
    var reader = BERReader(BERWriter.piece(BERTag.octets, content)[...])
    let back = Array(try reader.content(BERTag.octets))
    #expect(back == content)
  }

  @Test(
    arguments: [[], [4], [4, 2, 1], [4, 0x80], [4, 0x85, 0, 0, 0, 0, 1, 0], [4, 0x82, 1]]
      as [[UInt8]])
  func whatIsCutOffIsRefused(bytes: [UInt8]) {
    #expect(throws: BERReader.Fault.self) {
      var reader = BERReader(bytes[...])
      _ = try reader.piece()
    }
  }

  @Test func anEntrysStateIsRead() throws {
    let value: [UInt8] = [0x30, 21, 0x0A, 1, 1, 4, 16] + Self.uuid
    let state = try SyncState(value)
    #expect(state.kind == .add)
    #expect(state.uuid == Self.text)
    #expect(throws: BERReader.Fault.self) { _ = try SyncState([0x30, 3, 0x0A, 1, 9]) }
  }

  @Test func anEndIsRead() throws {
    let short = try SyncDone([0x30, 0])
    let long = try SyncDone([0x30, 3, 1, 1, 0])
    #expect(short == long)
    let done = try SyncDone([0x30, 7, 4, 2, 65, 66, 1, 1, 255])
    #expect(done.cookie == [65, 66])
    #expect(done.toldDeletes)
    let empty = try SyncDone([0x30, 2, 4, 0])
    #expect(empty.cookie == [])
  }

  @Test func messagesInBetweenAreRead() throws {
    #expect(try SyncInfo([0x80, 1, 65]) == .newCookie)
    #expect(try SyncInfo([0xA1, 0]) == .refreshDelete(isRefreshed: true))
    #expect(try SyncInfo([0xA2, 3, 1, 1, 0]) == .refreshPresent(isRefreshed: false))
    let set = BERWriter.piece(BERTag.set, BERWriter.piece(BERTag.octets, Self.uuid))
    #expect(
      try SyncInfo(BERWriter.piece(0xA3, [1, 1, 255] + set))
        == .idSet(uuids: [Self.text], areGone: true))
    #expect(throws: BERReader.Fault.self) { _ = try SyncInfo([0xA9, 0]) }
  }

  @Test func nothingThatAServerSendsCrashesTheReaders() {
    var numbers = SeededRandom(seed: 11)
    for _ in 0..<20_000 {
      let size = Int.random(in: 0..<40, using: &numbers)
      var bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &numbers) }
      if size > 2 {
        bytes[0] = 0x30
        bytes[1] = UInt8(size - 2)
      }
      let state = try? SyncState(bytes)
      #expect(state == nil || state?.uuid.count == 36)
      _ = try? SyncDone(bytes)
      _ = try? SyncInfo(bytes)
      _ = try? DirSyncControl.answer(bytes)
    }
  }

  @Test func aDirSyncRequestIsWhatTheSpecificationSays() throws {
    let control = DirSyncControl.request(
      flags: DirSyncControl.objectSecurity | DirSyncControl.incrementalValues, cookie: [1, 2])
    #expect(control.isCritical)
    #expect(
      control.value == [0x30, 15, 2, 4, 0x80, 0, 0, 1, 2, 3, 0x40, 0, 0, 4, 2, 1, 2])
  }

  @Test func namesWithTheirIdentifiersAreTakenApart() {
    let guid = "6b29fc40-ca47-1067-b31d-00dd010662da"
    let parts = ExtendedName.parts("<GUID=\(guid)>;<SID=010200>;CN=a\\>b,DC=x")
    #expect(parts.anchor == Anchor(guid))
    #expect(parts.name == "CN=a\\>b,DC=x")
    let hex = ExtendedName.parts("<GUID=40fc296b47ca6710b31d00dd010662da>;CN=a")
    #expect(hex.anchor == Anchor(guid))
    #expect(ExtendedName.parts("CN=<a>").name == "CN=<a>")
    #expect(ExtendedName.parts("<GUID=").name == "<GUID=")
  }

  @Test(
    "What stands before a name is as long as it says",
    arguments: [
      ("B:2:0A:CN=a", "B:2:0A:"), ("S:3:ä:b:CN=a", "S:3:ä:b:"), ("S:0::CN=a", "S:0::"),
      ("B:3:0A:CN=a", ""), ("B:-1:CN=a", ""), ("B:9999999999999999999:a", ""), ("B:2:0A", ""),
      ("B:\(Int.max):0A:CN=a", ""), ("CN=a:b:c", ""), ("", ""),
    ])
  func dataBeforeNames(text: String, head: String) {
    let found = String(ExtendedName.data(text))
    #expect(found == head)
  }

  @Test func aWatermarkComesBackAsItWasStored() throws {
    var mark = LDAPWatermark(.dirSync, ["flags": "-5"])
    mark[bytes: "cookie"] = [0, 10, 61, 255]
    let back = try #require(LDAPWatermark(mark.stored))
    #expect(back == mark)
    #expect(back[number: "flags"] == -5)
    #expect(back[bytes: "cookie"] == [0, 10, 61, 255])
    #expect(LDAPWatermark(Watermark(kind: "scim-modified", value: "x")) == nil)
    #expect(LDAPWatermark(Watermark(kind: "ldap-dirsync", value: "no field")) == nil)
  }
}
