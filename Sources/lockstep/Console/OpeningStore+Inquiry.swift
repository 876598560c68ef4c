import SyncStore

extension OpeningStore {
  func heldGroups(connector: String?) throws -> [HeldGroup] {
    try store.heldGroups(connector: connector)
  }
  func held(group: Int64, after: Int64?, limit: Int) throws -> [ObjectRow] {
    try store.held(group: group, after: after, limit: limit)
  }
  func heldImports() throws -> [HeldImport] { try store.heldImports() }
  func releases(limit: Int) throws -> [ReleaseRow] { try store.releases(limit: limit) }
  func preview(command: Int64) throws -> PreviewReport? { try store.preview(command: command) }
}
