import Directory
import SyncStore
import Testing

@testable import SyncEngine

@Suite("An object is decided again when what it read has changed meanwhile")
struct FootprintTests {
  private func touches(_ written: JoinKey, _ read: JoinKey, _ spaces: (Int64, Int64)? = nil) -> Bool
  {
    var (before, after) = (Footprint(), Footprint())
    if let spaces {
      before.note(written, connector: spaces.0)
      after.note(read, connector: spaces.1)
    } else {
      before.note(written)
      after.note(read)
    }
    var changes = Changes()
    changes.add(before)
    return changes.touch(after)
  }

  @Test("Text is the same value whatever its case")
  func text() {
    #expect(touches(JoinKey("mail", "Ann@X.test"), JoinKey("mail", "ann@x.TEST")))
    #expect(touches(JoinKey("MAIL", "a"), JoinKey("mail", "a")))
    #expect(!touches(JoinKey("mail", "a"), JoinKey("upn", "a")))
    #expect(!touches(JoinKey("mail", "a"), JoinKey("mail", "b")))
  }

  @Test("Bytes are the same value only where every byte is: SIDs look alike in lower case")
  func bytes() {
    func key(_ bytes: [UInt8]) -> JoinKey { JoinKey("objectSid", .binary(bytes)) }
    // 0x00 0x10 0x41 is ABBB in base64's letters, 0x00 0x10 0xDB another that looks like it.
    let one = key([0x00, 0x10, 0x41])
    let lookalikes = (0...255).map { key([0x00, 0x10, UInt8($0)]) }
      .filter { $0.value == one.value && $0.exact != one.exact }
    #expect(!lookalikes.isEmpty)
    #expect(lookalikes.allSatisfy { !touches(one, $0) })
    #expect(touches(one, key([0x00, 0x10, 0x41])))
  }

  @Test("Text that spells bytes meets those bytes, from both sides")
  func textOfBytes() {
    let bytes = AttributeValue.binary([0x00, 0x10, 0x41, 0xFE])
    let spelled = AttributeValue.string(bytes.portableText)
    #expect(touches(JoinKey("employeeNumber", bytes), JoinKey("employeeNumber", spelled)))
    #expect(touches(JoinKey("employeeNumber", spelled), JoinKey("employeeNumber", bytes)))
  }

  @Test("A value of one connector space is none of another's, and none of the metaverse")
  func spaces() {
    let key = JoinKey("mail", "a")
    #expect(touches(key, key, (1, 1)))
    #expect(!touches(key, key, (1, 2)))
    #expect(!touches(key, key, (1, 0)))
  }

  @Test("Objects of a connector space and of the metaverse are told apart by where they are noted")
  func objects() {
    var written = Footprint()
    written.note(object: 5)
    var changes = Changes()
    changes.add(written)
    var read = Footprint()
    read.note(metaverse: 5)
    #expect(!changes.touch(read))
    read.note(object: 5)
    #expect(changes.touch(read))
    #expect(!changes.touch(Footprint()))
  }
}
