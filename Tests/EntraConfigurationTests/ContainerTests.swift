import Directory
import Foundation
import Testing

@testable import EntraConfiguration

@Suite("Which containers a server synchronized")
struct ContainerTests {
  private let root = "DC=forest,DC=example"

  private func partition(_ included: [String], _ excluded: [String]) -> EntraPartition {
    func full(_ names: [String]) -> [String] {
      names.map { $0.isEmpty ? root : "\($0),\(root)" }
    }
    return EntraPartition(
      name: root, isSelected: true, parameters: [:], inclusions: full(included),
      exclusions: full(excluded), objectTypes: [])
  }

  private func containers(
    _ included: [String], _ excluded: [String], below base: String? = nil
  ) throws -> [[String]]? {
    let name = try base.map { try DistinguishedName($0) }
    return EntraContainers(partition(included, excluded), below: name).map {
      [$0.included.map(\.text), $0.excluded.map(\.text)]
    }
  }

  @Test("Those that it names; the root on the other side is what is left")
  func named() throws {
    #expect(try containers(["OU=B", "OU=A"], [""]) == [["OU=A,\(root)", "OU=B,\(root)"], []])
    #expect(try containers([""], ["OU=X"]) == [[], ["OU=X,\(root)"]])
    #expect(
      try containers(["OU=A"], ["", "OU=X,OU=A"]) == [["OU=A,\(root)"], ["OU=X,OU=A,\(root)"]])
    #expect(try containers([""], []) == [[], []])
    #expect(try containers([], []) == [[], []])
  }

  @Test("Below where the connector reads from, no others")
  func base() throws {
    let base = "OU=A,\(root)"
    #expect(try containers(["OU=A"], [""], below: base) == [[], []])
    #expect(
      try containers(["OU=In,OU=A", "OU=B"], [""], below: base) == [["OU=In,OU=A,\(root)"], []])
    #expect(
      try containers([""], ["OU=X", "OU=X,OU=A"], below: base) == [[], ["OU=X,OU=A,\(root)"]])
    #expect(try containers(["OU=B"], [""], below: base) == nil)
    #expect(try containers([""], ["OU=A"], below: base) == nil)
  }

  @Test("What settings can't say is none of them")
  func unsayable() throws {
    #expect(try containers(["", "OU=In,OU=X"], ["OU=X"]) == nil)
    #expect(try containers([], [""]) == nil)
  }

  @Test("A parameter that differs from domain to domain belongs to none of them alone")
  func domains() throws {
    let folder = try ExportFolder.small()
    let other = """
      <partition><name>DC=other,DC=example</name><selected>1</selected><parameter-values>
      <parameter name="Domain.FQDN" intrinsic="1">other.example</parameter>
      <parameter name="Site" intrinsic="1">Ulm</parameter>
      </parameter-values></partition></ma-partition-data>
      """
    try folder.write(
      Samples.directoryConnector.replacingOccurrences(of: "</ma-partition-data>", with: other),
      to: "Connectors/Connector_{d1}.xml")
    let connector = try #require(try folder.read().connector(id: "{d1}"))
    #expect(connector.parameters["Domain.FQDN"] == nil)
    #expect(connector.parameters["Site"] == "Ulm")
    let base = try DistinguishedName("OU=Staff,DC=other,DC=example")
    #expect(connector.partition(holding: base)?.parameters["Domain.FQDN"] == "other.example")
    #expect(connector.partition(holding: try DistinguishedName("DC=third,DC=example")) == nil)
  }

  @Test("What nobody reads of a connector is told")
  func unread() throws {
    let folder = try ExportFolder.small()
    #expect(try folder.read().notes.isEmpty)
    try folder.write(
      Samples.directoryConnector.replacingOccurrences(
        of: "</ma-data>", with: "<stay-disconnector><filter/></stay-disconnector></ma-data>"),
      to: "Connectors/Connector_{d1}.xml")
    #expect(try folder.read().notes.map(\.message).joined().contains("<stay-disconnector>"))
  }
}
