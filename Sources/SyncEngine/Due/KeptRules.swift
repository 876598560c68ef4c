import Foundation
import RuleTools
import SyncRules
import SyncStore

/// Rules as the store keeps them, so that a later engine can tell what has changed.
struct KeptRules: Codable {
  /// The rules as the text of a file.
  var text: String
  /// What `%Name%` stood for in them, by connector.
  var parameters: [String: [String: String]]

  /// The rules that the engine works by.
  private static let current = "rules.text"
  /// Those that were last applied to all objects, if others have come since.
  private static let applied = "rules.applied"

  init(_ rules: RuleSet) {
    text = RuleText.file(rules.rules) + RuleText.matching(rules)
    parameters = Dictionary(
      Set(rules.rules.map(\.connector)).map { ($0, rules.parameters.values(for: $0)) },
      uniquingKeysWith: { first, _ in first })
  }

  /// The rules; nil if they can't be read any more.
  var rules: RuleSet? {
    try? RuleSet.parse(
      text, file: "the rules before", parameters: RuleParameters(connectors: parameters))
  }

  /// Keeps `rules` as those that the engine works by; those before stay until they are applied to
  /// no object any more.
  static func keep(_ rules: RuleSet, _ tx: StoreTransaction) throws {
    if let before = try tx.setting(current),
      try tx.setting(applied) == nil || !tx.isFullSyncDue()
    {
      try tx.set(applied, before)
    }
    try tx.set(current, try KeptRules(rules).encoded())
  }

  /// Notes that all objects are as `rules` say, unless a full synchronization is due.
  static func complete(_ rules: RuleSet, _ tx: StoreTransaction) throws {
    if try tx.setting(current) == nil { try tx.set(current, try KeptRules(rules).encoded()) }
    guard try tx.setting(applied) != nil, try !tx.isFullSyncDue() else { return }
    try tx.set(applied, nil)
  }

  /// The rules that were last applied to all objects; nil if they are not known.
  static func lastApplied(_ tx: StoreTransaction) throws -> RuleSet? {
    guard let text = try tx.setting(applied) else { return nil }
    return (try? JSONDecoder().decode(KeptRules.self, from: Data(text.utf8)))?.rules
  }

  private func encoded() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(self), as: UTF8.self)
  }
}
