import Directory
import SyncRules
import Testing

@testable import EntraConfiguration

@Suite("The configuration of a real server", .enabled(if: RealExport.isPresent))
struct RealExportTests {
  // Read once: its schemas are large.
  private static let read = Result { try EntraExport.read(folder: RealExport.folder ?? "") }

  private func export() throws -> EntraExport { try Self.read.get() }

  @Test("62 rules with 1200 transformations, 391 of them expressions")
  func rules() throws {
    let export = try export()
    #expect(export.rules.count == 62)
    #expect(export.rules.map(\.precedence) == Array(100...161))
    let mappings = export.rules.flatMap(\.mappings)
    #expect(mappings.count == 1200)
    let expressions = mappings.compactMap { mapping -> String? in
      if case .expression(let text) = mapping.source { text } else { nil }
    }
    #expect(expressions.count == 391)
    #expect(Set(expressions).count == 86)
    #expect(mappings.filter(\.applyOnce).count == 2)
    #expect(mappings.filter { $0.merge == .mergeCaseInsensitive }.count == 5)
    #expect(export.rules.filter { $0.linkType == .provision }.count == 9)
    #expect(
      export.rules.filter(\.enablePasswordSync).map(\.name) == [
        "In from AD - User AccountEnabled", "Out to AAD - User Join",
      ])
    #expect(export.rules.flatMap(\.scope).flatMap(\.self).count == 92)
    #expect(export.rules.flatMap(\.joins).flatMap(\.self).filter(\.isCaseSensitive).count == 3)
    #expect(export.notes.isEmpty)
  }

  @Test("Two connectors with their schemas and parameters")
  func connectors() throws {
    let export = try export()
    #expect(export.connectors.map(\.name) == ["contoso.com", "contoso.onmicrosoft.com - AAD"])
    #expect(export.connectors.map(\.isCloud) == [false, true])
    let directory = export.connectors[0]
    #expect(directory.schema?.attributes.count == 3391)
    #expect(directory.schema?.objectTypes.count == 571)
    #expect(directory.selectedAttributes.count == 132)
    #expect(directory.parameters["Domain.FQDN"] == "contoso.com")
    #expect(directory.parameters["Forest.Netbios"] == "CONTOSO")
    #expect(directory.parameters["forest-login-user"] == nil)
    #expect(directory.parameters["password"] == nil)
    #expect(directory.schema?.attributes(of: "user")?.contains("proxyAddresses") == true)
    let cloud = export.connectors[1]
    #expect(cloud.schema?.attributes.count == 185)
    #expect(cloud.schema?.attributes["proxyAddresses"]?.isMultiValued == true)
    #expect(cloud.parameters == ["Connector.ID": "{b891884f-051e-4a83-95af-2544101c9083}"])
  }

  @Test("The metaverse with its three object types")
  func metaverse() throws {
    let metaverse = try #require(try export().metaverse)
    #expect(metaverse.schema.attributes.count == 219)
    #expect(metaverse.schema.attributes.values.filter(\.isIndexed).count == 106)
    #expect(metaverse.schema.objectTypes.keys.sorted() == ["device", "group", "person"])
    #expect(
      metaverse.parameters["Microsoft.OptionalFeature.ExportDeletionThresholdValue"] == "500")
  }
}
