import Directory
import SyncRules

/// Which inbound rules write which attribute to metaverse objects of which type, looked up once.
struct MetaverseWriters {
  typealias Writer = (rule: SyncRule, flow: AttributeFlow)

  // By the type in lower case; those of rules for any type are with each type.
  private var byType: [String: [AttributeName: [Writer]]] = [:]
  private var all: [AttributeName: [Writer]] = [:]

  /// Whether no rule goes into the metaverse: such a set is a part of a larger one.
  private(set) var isEmpty = true

  init(_ rules: [SyncRule]) {
    let inbound = rules.filter { $0.direction == .inbound }
    isEmpty = inbound.isEmpty
    let types = Set(inbound.map { $0.targetType.lowercased() }).union([SyncRule.anyType])
    for rule in inbound {
      let own = rule.targetType.lowercased()
      for flow in rule.flows {
        all[flow.target, default: []].append((rule, flow))
        for type in own == SyncRule.anyType ? types : [own] {
          byType[type, default: [:]][flow.target, default: []].append((rule, flow))
        }
      }
    }
  }

  /// What writes `name` to objects of `type`, in the order of the rules.
  func of(_ name: AttributeName, type: String) -> [Writer] { table(type)[name] ?? [] }

  /// The attributes that objects of `type` may get.
  func attributes(of type: String) -> Dictionary<AttributeName, [Writer]>.Keys { table(type).keys }

  private func table(_ type: String) -> [AttributeName: [Writer]] {
    if type == SyncRule.anyType { return all }
    return byType[type.lowercased()] ?? byType[SyncRule.anyType] ?? [:]
  }
}
