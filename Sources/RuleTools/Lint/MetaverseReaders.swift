import Directory
import SyncRules

/// Which attributes of metaverse objects of which type rules read, looked up once.
struct MetaverseReaders {
  // By the type in lower case; those of rules for any type are with each type.
  private var byType: [String: Set<AttributeName>] = [:]

  init(_ rules: [SyncRule]) {
    let types = Set(rules.map { $0.metaverseType.lowercased() }).union([SyncRule.anyType])
    for type in types {
      for rule in rules where rule.meets(type) {
        byType[type, default: []].formUnion(
          rule.direction == .inbound ? rule.joinTargets : rule.reads)
      }
    }
  }

  /// What is read of objects of `type`.
  func of(_ type: String) -> Set<AttributeName> { byType[type.lowercased()] ?? [] }
}
