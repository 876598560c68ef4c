import Foundation
import Testing

@testable import EntraConfiguration

@Suite("Folders that are no exported configuration")
struct FolderFaultTests {
  private func failure(_ folder: ExportFolder) -> EntraConfigurationError? {
    do throws(EntraConfigurationError) {
      _ = try EntraExport.read(folder: folder.path)
      return nil
    } catch {
      return error
    }
  }

  @Test("A folder that is not there")
  func missing() {
    let error = #expect(throws: EntraConfigurationError.self) {
      try EntraExport.read(folder: "/nowhere/at/all")
    }
    #expect(error?.message.contains("No such file") == true)
    #expect(error?.hint.contains("SynchronizationRules") == true)
  }

  @Test("A folder without rules")
  func empty() throws {
    let folder = try ExportFolder.small()
    try FileManager.default.removeItem(atPath: folder.path + "/SynchronizationRules/in.xml")
    try FileManager.default.removeItem(atPath: folder.path + "/SynchronizationRules/out.xml")
    #expect(try #require(failure(folder)).place.hasSuffix("SynchronizationRules"))
  }

  @Test("Without a metaverse the rest is read, and that is told")
  func noMetaverse() throws {
    let folder = try ExportFolder.small()
    try FileManager.default.removeItem(atPath: folder.path + "/GlobalSettings/MV.xml")
    let export = try folder.read()
    #expect(export.metaverse == nil)
    #expect(export.notes.contains { $0.message.contains("MV.xml") })
  }

  @Test("Two rules with one id, and two connectors with one id")
  func duplicates() throws {
    let folder = try ExportFolder.small()
    try folder.write(Samples.inbound, to: "SynchronizationRules/twin.xml")
    #expect(try #require(failure(folder)).message.contains("same id"))
    let other = try ExportFolder.small()
    try other.write(Samples.cloudConnector, to: "Connectors/twin.xml")
    #expect(try #require(failure(other)).message.contains("same id"))
  }

  @Test(
    "A rule that lacks something or says something unknown is told with its place",
    arguments: [
      ("<name>In from forest - People</name>", "", "has no <name>"),
      ("<direction>Inbound</direction>", "<direction>Sideways</direction>", "Sideways"),
      ("<linkType>Provision</linkType>", "<linkType>Provison</linkType>", "Provison"),
      ("<precedence>100</precedence>", "<precedence>first</precedence>", "first"),
      ("<precedence>100</precedence>", "<precedence>-1</precedence>", "-1"),
      ("<disabled>False</disabled>", "<disabled>perhaps</disabled>", "perhaps"),
      ("NOTEQUAL", "NOTEQUALS", "NOTEQUALS"),
      ("<src>True</src>", "", "no source"),
      ("<src>True</src>", "<src><attr>a</attr><attr>b</attr></src>", "2 sources"),
      ("<valueMergeType>Update", "<valueMergeType>Upset", "Upset"),
      ("execute-once=\"true\"", "execute-once=\"often\"", "often"),
      ("<csAttribute>objectGUID</csAttribute>", "<csAttribute/>", "csAttribute"),
    ])
  func faults(old: String, new: String, word: String) throws {
    let folder = try ExportFolder.small()
    let text = Samples.inbound.replacingOccurrences(of: old, with: new)
    #expect(text != Samples.inbound)
    try folder.write(text, to: "SynchronizationRules/in.xml")
    let error = try #require(failure(folder))
    #expect(error.message.contains(word))
    #expect(error.place.contains("in.xml:"))
    #expect(!error.hint.isEmpty)
  }

  @Test("A near word is suggested")
  func suggestion() throws {
    let folder = try ExportFolder.small()
    try folder.write(
      Samples.inbound.replacingOccurrences(of: ">Provision<", with: ">Provison<"),
      to: "SynchronizationRules/in.xml")
    #expect(try #require(failure(folder)).hint == "did you mean \"provision\"?")
  }

  @Test("A file of another kind in the folder is named")
  func foreign() throws {
    let folder = try ExportFolder.small()
    try folder.write(Samples.metaverse, to: "SynchronizationRules/odd.xml")
    let error = try #require(failure(folder))
    #expect(error.place.contains("odd.xml:1:"))
    #expect(error.message.contains("<saved-mv-configuration>"))
  }

  @Test("A pipe in the place of a file is refused without waiting")
  func pipe() throws {
    let folder = try ExportFolder.small()
    #expect(mkfifo(folder.path + "/SynchronizationRules/pipe.xml", 0o600) == 0)
    #expect(try #require(failure(folder)).message == "This is no regular file")
  }
}
