import Directory
import SyncStore

/// What an import's connector may ask about the objects that are staged.
struct StagedInStore: StagedObjects {
  let store: SyncStore
  let connector: Int64

  func names(of anchors: [Anchor]) throws -> [Anchor: DistinguishedName] {
    try store.look { try $0.stagedNames(connector: connector, anchors) }
  }

  func below(_ dn: DistinguishedName) throws -> [Anchor] {
    try store.look { try $0.staged(connector: connector, below: dn) }
  }

  func referrers(to anchors: [Anchor]) throws -> [Anchor] {
    try store.look { try $0.referrers(connector: connector, to: anchors) }
  }

  func waiting(for names: [DistinguishedName]?) throws -> [AttributeName: [Anchor]] {
    try store.look { try $0.waiting(connector: connector, for: names) }
  }
}
