import Configuration
import Directory
import SyncRules

@testable import RuleTools

/// Rules for tests in a few words.
enum Sample {
  /// The rules that `text` spells, with `%Domain.FQDN%` as the only parameter.
  static func rules(_ text: String) throws -> [SyncRule] {
    try RuleSet.parse(text, file: "t.toml", parameters: ["Domain.FQDN": "example.test"]).rules
  }

  /// A rule's text with `body` behind the keys that every rule has.
  static func rule(
    _ name: String, direction: String = "inbound", precedence: Int = 100,
    link: String = "Join", connector: String? = nil, source: String? = nil, target: String? = nil,
    _ body: String = ""
  ) -> String {
    let isInbound = direction == "inbound"
    return """
      [[rule]]
      name = "\(name)"
      direction = "\(direction)"
      connector = "\(connector ?? (isInbound ? "ad" : "cloud"))"
      source = "\(source ?? (isInbound ? "user" : "person"))"
      target = "\(target ?? (isInbound ? "person" : "user"))"
      link = "\(link)"
      precedence = \(precedence)
      \(body)

      """
  }

  /// What is wrong in the rules that `text` spells, as `error: …` and `warning: …`.
  static func findings(
    _ text: String, in surroundings: RuleSurroundings = RuleSurroundings()
  ) throws -> [String] {
    RuleLint.findings(try rules(text), in: surroundings).map {
      $0.severity.rawValue + ": " + $0.rule + ": " + $0.message
    }
  }

  /// Two connectors and a metaverse with a few attributes.
  static let surroundings: RuleSurroundings = {
    let ad = DirectorySchema(
      attributes: [
        "sAMAccountName": .init(.string), "mail": .init(.string),
        "proxyAddresses": .init(.string, isMultiValued: true), "manager": .init(.reference),
        "objectGUID": .init(.binary), "userAccountControl": .init(.integer),
      ], objectTypes: ["user", "group"])
    let cloud = DirectorySchema(
      attributes: [
        "externalId": .init(.string), "active": .init(.boolean), "nickName": .init(.string),
        "manager": .init(.reference), "id": .init(.string, isReadOnly: true),
      ], objectTypes: ["user"])
    let metaverse = DirectorySchema(
      attributes: [
        "sourceAnchor": .init(.string), "accountEnabled": .init(.boolean),
        "mail": .init(.string), "manager": .init(.reference), "size": .init(.integer),
        "proxyAddresses": .init(.string, isMultiValued: true),
      ], objectTypes: ["person"])
    return RuleSurroundings(
      connectors: [
        .init(name: "ad", schema: ad, parameters: ["Domain.FQDN"]),
        .init(name: "cloud", schema: cloud, anchors: ["externalId"], parameters: []),
      ], metaverse: metaverse)
  }()
}
