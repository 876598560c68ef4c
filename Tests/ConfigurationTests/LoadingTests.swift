import Configuration
import Testing

private func failure(_ file: String) -> ConfigurationError? {
  #expect(throws: ConfigurationError.self) { try TOMLTable.load(file: file) }
}

@Suite("Loading a file")
struct LoadingTests {
  let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  @Test("gives its values with the file's name")
  func good() throws {
    let file = try folder.write("good.toml", Array("a = 1\n".utf8))
    let table = try TOMLTable.load(file: file)
    #expect(try table.integer("a", in: 0...9) == 1)
    #expect(table["a"]?.place.file == file)
  }

  @Test("that is absent")
  func absent() {
    let error = failure(folder.path + "/none.toml")
    #expect(error?.message.contains("none.toml can't be read: No such file or directory") == true)
    #expect(error?.hint == "check the path, or create the file")
  }

  @Test("that is a folder")
  func directory() {
    #expect(failure(folder.path)?.message.hasSuffix("it is a folder") == true)
  }

  @Test("that is a pipe does not wait for a writer")
  func pipe() throws {
    let file = try folder.makePipe("pipe")
    #expect(failure(file)?.message.hasSuffix("it is no regular file") == true)
  }

  @Test("that is not UTF-8 names line and column of the first wrong byte")
  func encoding() throws {
    let file = try folder.write("latin.toml", Array("a = \"é\"\nb = \"".utf8) + [0xE9, 0x22])
    let error = failure(file)
    #expect(error?.message == "This is not UTF-8")
    #expect(error?.place == SourcePlace(file: file, line: 2, column: 6))
  }

  @Test("that is huge")
  func huge() throws {
    let file = try folder.writeSparse("huge.toml", size: TOMLTable.sizeLimit + 1)
    #expect(failure(file)?.message.hasSuffix("is larger than 16384 KB") == true)
  }
}
