import Configuration
import Directory
import Foundation
import SyncRules
import Testing

@testable import EntraConfiguration

@Suite("Reading an exported configuration")
struct ExportReadingTests {
  @Test("A rule with all that it may have")
  func rule() throws {
    let export = try ExportFolder.small().read()
    let rule = try #require(export.rules.first)
    #expect(rule.id == "{aa01}")
    #expect(rule.name == "In from forest - People")
    #expect(rule.description == "Staff only")
    #expect(rule.tag == "Example.People.1")
    #expect(rule.direction == .inbound)
    #expect(rule.linkType == .provision)
    #expect(rule.precedence == 100)
    #expect(rule.enablePasswordSync)
    #expect(!rule.isDisabled)
    #expect(rule.scope.map(\.count) == [2, 1])
    #expect(rule.scope[0][1].scopeOperator == .isNotBitSet)
    #expect(rule.joins.map(\.count) == [1, 1])
    #expect(rule.joins[1][0].isCaseSensitive)
    #expect(!rule.joins[0][0].isCaseSensitive)
    #expect(rule.place.line == 1)
  }

  @Test("Its transformations: expression as it was written, constant, direct, once, merged")
  func mappings() throws {
    let mappings = try #require(try ExportFolder.small().read().rules.first).mappings
    #expect(
      mappings.map(\.target.text).prefix(3) == [
        "sourceAnchor", "accountEnabled", "displayName",
      ])
    #expect(mappings[0].source == .expression("ConvertToBase64([objectGUID]) & \"\""))
    #expect(mappings[1].source == .constant("True"))
    #expect(mappings[2].source == .direct("sAMAccountName"))
    #expect(mappings.map(\.applyOnce) == [false, false, true, false])
    #expect(mappings.map(\.merge) == [.update, .update, .update, .mergeCaseInsensitive])
  }

  @Test("A switched-off rule with little in it")
  func sparse() throws {
    let rule = try #require(try ExportFolder.small().read().rules.last)
    #expect(rule.isDisabled)
    #expect(rule.linkType == .stickyJoin)
    #expect(rule.mappings.isEmpty)
    #expect(rule.scope.isEmpty)
    #expect(!rule.enablePasswordSync)
  }

  @Test("A connector: parameters for rules, and nothing of how it connects")
  func connector() throws {
    let export = try ExportFolder.small().read()
    let connector = try #require(export.connector(id: "{d1}"))
    #expect(connector.name == "forest.example")
    #expect(!connector.isCloud)
    #expect(export.connector(id: "{c1}")?.isCloud == true)
    #expect(
      connector.parameters == [
        "Connector.ID": "{d1}", "Domain.FQDN": "forest.example", "Forest.FQDN": "forest.example",
      ])
    let partition = try #require(connector.partitions.first)
    #expect(partition.isSelected)
    #expect(partition.inclusions == ["OU=Staff,DC=forest,DC=example"])
    #expect(partition.objectTypes == ["user"])
    #expect(connector.selectedAttributes == ["objectGUID"])
    #expect(
      connector.unselected(["objectGUID", "sAMAccountName", "proxyAddresses", "unheard"])
        == ["proxyAddresses", "sAMAccountName"])
    #expect(export.connector(id: "{c1}")?.unselected(["objectGUID"]) == [])
  }

  @Test("A schema: syntaxes, numbers of values, and what object types take from others")
  func schema() throws {
    let schema = try #require(try ExportFolder.small().read().connector(id: "{d1}")?.schema)
    #expect(schema.attributes["objectGUID"]?.kind == .binary)
    #expect(schema.attributes["objectGUID"]?.isReadOnly == true)
    #expect(schema.attributes["proxyAddresses"]?.isMultiValued == true)
    #expect(schema.attributes["sAMAccountName"]?.isMultiValued == false)
    #expect(
      schema.attributes(of: "USER") == ["objectGUID", "sAMAccountName", "proxyAddresses"])
    #expect(schema.attributes(of: "top") == ["objectGUID"])
    #expect(schema.attributes(of: "nothing") == nil)
    #expect(schema.directorySchema["proxyAddresses"].isMultiValued)
  }

  @Test("The metaverse: types, indices, settings without secrets")
  func metaverse() throws {
    let metaverse = try #require(try ExportFolder.small().read().metaverse)
    #expect(metaverse.server == "SYNC1")
    #expect(metaverse.schema.attributes["accountEnabled"]?.kind == .boolean)
    #expect(metaverse.schema.attributes["manager"]?.kind == .reference)
    #expect(metaverse.schema.attributes["sourceAnchor"]?.isIndexed == true)
    #expect(metaverse.parameters == ["Microsoft.Synchronize.StagingMode": "False"])
  }

  @Test("What is not understood is told as a note with its place")
  func notes() throws {
    let folder = try ExportFolder.small()
    let odd = Samples.outbound.replacingOccurrences(
      of: "<attribute-mappings />",
      with: "<novelty>1</novelty><softDeleteExpiryInterval>30.00:00:00</softDeleteExpiryInterval>")
    try folder.write(odd, to: "SynchronizationRules/out.xml")
    let notes = try folder.read().notes
    #expect(notes.count == 2)
    #expect(notes.contains { $0.description.contains("out.xml:11:3: <novelty>") })
    #expect(notes.contains { $0.message.contains("30.00:00:00") })
  }

  @Test("What differs in a second domain is neither domain's for all")
  func twoDomains() throws {
    let folder = try ExportFolder.small()
    let second = """
      <partition><name>DC=other</name><selected>1</selected><parameter-values>
      <parameter name="Domain.FQDN" intrinsic="1">other.example</parameter>
      </parameter-values></partition></ma-partition-data>
      """
    try folder.write(
      Samples.directoryConnector.replacingOccurrences(of: "</ma-partition-data>", with: second),
      to: "Connectors/Connector_{d1}.xml")
    let export = try folder.read()
    #expect(export.connector(id: "{d1}")?.parameters["Domain.FQDN"] == nil)
    #expect(export.connector(id: "{d1}")?.parameters["Forest.FQDN"] == "forest.example")
  }
}
