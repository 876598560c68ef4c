import Directory
import Testing

@testable import DirectoryReplication

@Suite struct NDRTests {
  @Test("Numbers are aligned to their size when written, and when read")
  func alignment() throws {
    var writer = NDRWriter()
    writer.add(UInt8(1))
    writer.add(UInt16(0x0203))
    writer.add(UInt8(4))
    writer.add(UInt32(0x0506_0708))
    writer.add(UInt8(9))
    writer.add(UInt64(10))
    #expect(
      try writer.bytes == hex("01 00 0302 04 000000 08070605 09 000000 0a00000000000000"))
    var reader = NDRReader(writer.bytes)
    #expect(try reader.byte() == 1)
    #expect(try reader.uint16() == 0x0203)
    #expect(try reader.byte() == 4)
    #expect(try reader.uint32() == 0x0506_0708)
    #expect(try reader.byte() == 9)
    #expect(try reader.uint64() == 10)
    #expect(reader.rest == 0)
  }

  @Test("Nothing is read beyond the end, and the error says where it is")
  func ends() {
    var reader = NDRReader([1, 0, 0, 0, 5, 0])
    #expect(throws: MalformedMessage(expected: "7 bytes", offset: 0)) { try reader.bytes(7) }
    #expect(throws: MalformedMessage.self) { try reader.bytes(-1) }
    #expect((try? reader.uint32()) == 1)
    #expect(throws: MalformedMessage(expected: "a number of 32 bits", offset: 4)) {
      try reader.uint32()
    }
    reader.align(8)
    #expect(throws: MalformedMessage(expected: "a byte", offset: 6)) { try reader.byte() }
  }

  @Test("A count that the rest can't hold is not believed")
  func counts() {
    var huge = NDRReader([0xFF, 0xFF, 0xFF, 0xFF, 1, 2, 3, 4])
    #expect(throws: MalformedMessage.self) { try huge.count("things", size: 1) }
    var fair = NDRReader([2, 0, 0, 0, 1, 2, 3, 4])
    #expect((try? fair.count("things", size: 2)) == 2)
  }

  @Test("Text is UTF-16 with the low byte first")
  func text() throws {
    #expect("aä€😀".utf16LE == [0x61, 0, 0xE4, 0, 0xAC, 0x20, 0x3D, 0xD8, 0x00, 0xDE])
    #expect(String(utf16LE: "aä€😀".utf16LE) == "aä€😀")
    #expect(String(utf16LE: [0x61]) == "")
    #expect(String(utf16LE: [0x3D, 0xD8]) == "\u{FFFD}")
  }

  @Test("An object's names read back as they were written")
  func names() throws {
    let object = DistinguishedObject(guid: GUID(1, 2, 3, 4), name: "CN=Jörg,DC=contoso,DC=com")
    var writer = NDRWriter()
    object.write(to: &writer)
    var reader = NDRReader(writer.bytes)
    #expect(try DistinguishedObject.read(&reader) == object)
    #expect(reader.rest == 0)
  }

  @Test("A name longer than its room, or a SID longer than its place, is refused")
  func longNames() throws {
    var writer = NDRWriter()
    DistinguishedObject(name: "DC=com").write(to: &writer)
    for place in [8, 56] {
      var bytes = writer.bytes
      bytes[place] = 0x40
      var reader = NDRReader(bytes)
      #expect(throws: MalformedMessage.self) { try DistinguishedObject.read(&reader) }
    }
  }

  @Test("GUIDs of numbers are those that are printed so")
  func guids() {
    #expect(
      RPCInterface.replication.uuid.description == "e3514235-4b06-11d1-ab04-00c04fc2dcd2")
    #expect(GUID.zero.bytes == [UInt8](repeating: 0, count: 16))
  }
}
