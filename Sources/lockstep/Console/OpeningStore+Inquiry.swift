import Directory
import SyncStore

extension OpeningStore {
  func errorFamilies(now: Timestamp) throws -> [ErrorFamily] {
    try store.errorFamilies(now: now)
  }
  func openErrors(of kind: ErrorFamily.Kind, after: Int64?, limit: Int) throws -> [ErrorRow] {
    try store.openErrors(of: kind, after: after, limit: limit)
  }
  func heldGroups(connector: String?) throws -> [HeldGroup] {
    try store.heldGroups(connector: connector)
  }
  func waitingExports() throws -> [WaitingExports] { try store.waitingExports() }
  func held(group: Int64, after: Int64?, limit: Int) throws -> [ObjectRow] {
    try store.held(group: group, after: after, limit: limit)
  }
  func heldImports() throws -> [HeldImport] { try store.heldImports() }
  func releases(limit: Int) throws -> [ReleaseRow] { try store.releases(limit: limit) }
  func metaverse(
    _ query: MetaverseQuery, after: MetaversePosition?, limit: Int, scan: Int
  ) throws -> MetaversePage {
    try store.metaverse(query, after: after, limit: limit, scan: scan)
  }
  func ruleUse(
    _ use: inout RuleUse, at position: RuleUsePosition, scan: Int
  ) throws -> RuleUsePosition? {
    try store.ruleUse(&use, at: position, scan: scan)
  }
  func events(_ filter: EventFilter, before: Int64?, limit: Int) throws -> [EventRow] {
    try store.events(filter, before: before, limit: limit)
  }
  func commands(limit: Int) throws -> [FiledCommand] { try store.commands(limit: limit) }
  func preview(command: Int64) throws -> PreviewReport? { try store.preview(command: command) }

  func arrange(
    _ source: ListSource, by arrangement: ListArrangement, take: ([Int64]) -> Bool
  ) throws {
    try store.arrange(source, by: arrangement, take: take)
  }
  func interruptArranging() { (try? store)?.interruptArranging() }
  func rows(of source: ListSource, ids: [Int64]) throws -> ListRows {
    try store.rows(of: source, ids: ids)
  }

  func passwordChannels() throws -> [PasswordChannelRow] { try store.passwordChannels() }
  func passwordsToSend() throws -> [Int64: Int] { try store.passwordsToSend() }
  func passwords(
    channel: Int64, _ filter: PasswordFilter, text: String, after: String?, limit: Int
  ) throws -> [PasswordRow] {
    try store.passwords(channel: channel, filter, text: text, after: after, limit: limit)
  }
  func passwords(after: Int64?, limit: Int) throws -> [PasswordRow] {
    try store.passwords(after: after, limit: limit)
  }
  func findPasswords(_ text: String) throws -> [PasswordRow] { try store.findPasswords(text) }
  func passwordBatches(
    account: PasswordRow.ID?, before: Int64?, limit: Int
  ) throws -> [PasswordBatchRow] {
    try store.passwordBatches(account: account, before: before, limit: limit)
  }
}
