import Directory
import EntraConfiguration
import Foundation
import SyncRules
import Testing

@testable import RuleTools

/// The configuration of a real server, where it is present.
private let realFolder: String? = {
  let named = ProcessInfo.processInfo.environment["LOCKSTEP_ENTRA_DATA"]
  let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .appendingPathComponent("../../../shared/data/entra-connect-contoso").standardized.path
  return [named, beside].compactMap(\.self).first { EntraExport.isExport($0) }
}()

@Suite("The rules of a real server", .enabled(if: realFolder != nil))
struct ImportedRulesTests {
  // Read once: its schemas are large.
  private static let export = Result { try EntraExport.read(folder: realFolder ?? "") }

  private func imported() throws -> (EntraExport, [SyncRule], RuleParameters) {
    let export = try Self.export.get()
    let names = Dictionary(uniqueKeysWithValues: export.connectors.map { ($0.id, $0.name) })
    let parameters = RuleParameters(
      connectors: Dictionary(
        uniqueKeysWithValues: export.connectors.map { ($0.name, $0.parameters) }))
    return (export, try EntraConversion(export, connectors: names).rules(), parameters)
  }

  @Test("Written as text and read again, they are the same rules")
  func roundTrip() throws {
    let (_, rules, parameters) = try imported()
    let meant = try RuleSet(rules, parameters: parameters)
    let text = RuleText.file(rules)
    let read = try RuleSet.parse(text, file: "imported.toml", parameters: parameters)
    #expect(read.rules.count == 62)
    #expect(read.fingerprint == meant.fingerprint)
    #expect(RuleDifference(from: meant.rules, to: read.rules).isEmpty)
    let flows = read.rules.flatMap(\.flows)
    #expect(flows.count == 1200)
    #expect(flows.count { if case .expression = $0.source { true } else { false } } == 391)
  }

  @Test("Every parameter that they name is one of the export")
  func parameters() throws {
    let (export, rules, _) = try imported()
    let known = Set(export.connectors.flatMap { $0.parameters.keys })
    #expect(EntraConversion.parameters(of: rules).isSubset(of: known))
  }

  @Test("Nothing in them is an error in its own world, whose warnings are true")
  func lint() throws {
    let (export, rules, _) = try imported()
    let connectors = export.connectors.map {
      RuleSurroundings.Connector(
        name: $0.name, schema: $0.schema?.directorySchema,
        anchors: $0.isCloud ? ["sourceAnchor", "dn"] : [], parameters: Set($0.parameters.keys))
    }
    let findings = RuleLint.findings(
      rules,
      in: RuleSurroundings(
        connectors: connectors, metaverse: export.metaverse?.schema.directorySchema))
    #expect(findings.filter { $0.severity == .error }.isEmpty)
    // That server has no Exchange rules for these, and no rule at all writes cloudMastered.
    let unwritten = findings.filter {
      $0.message.hasPrefix("reads cloudMastered, which no inbound")
    }
    #expect(!unwritten.isEmpty)
    // What the rules came with is no slip of the pen.
    #expect(unwritten.allSatisfy { !$0.hint.contains("cloudFiltered") })
  }
}
