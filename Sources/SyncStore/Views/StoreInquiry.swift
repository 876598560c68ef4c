public import Directory

/// What faces ask of the store now and then, beside what they follow all the time.
///
/// The rules of ``StoreReading`` hold: short queries on indexes, pages that begin after a row, and
/// ``StoreError`` for what goes wrong.
public protocol StoreInquiry: Sendable {
  /// The open errors counted by type and cause, the largest family first; what is new is so at
  /// `now`.
  func errorFamilies(now: Timestamp) throws -> [ErrorFamily]
  /// Open errors of one kind, after the error `after`.
  func openErrors(of kind: ErrorFamily.Kind, after: Int64?, limit: Int) throws -> [ErrorRow]
  /// Held changes by their causes, the largest group first; of one connector, or of all.
  func heldGroups(connector: String?) throws -> [HeldGroup]
  /// What waits to be sent to each target.
  func waitingExports() throws -> [WaitingExports]
  /// The objects of a group of held changes, after the object `after`.
  func held(group: Int64, after: Int64?, limit: Int) throws -> [ObjectRow]
  /// Imports that are not believed until a person says so.
  func heldImports() throws -> [HeldImport]
  /// Who let what pass, newest first.
  func releases(limit: Int) throws -> [ReleaseRow]
  /// What the preview that `command` asked for has found; nil while there is none.
  func preview(command: Int64) throws -> PreviewReport?
  /// Objects of the metaverse that pass `query`, in the order of their names, after the place
  /// `after`; `scan` objects are looked at, at most, so that others can read between two parts.
  func metaverse(
    _ query: MetaverseQuery, after: MetaversePosition?, limit: Int, scan: Int
  ) throws -> MetaversePage
  /// Adds to `use` what the next `scan` objects or recorded changes tell of the rules' effect; the
  /// answer is where to go on, nil at the end.
  func ruleUse(
    _ use: inout RuleUse, at position: RuleUsePosition, scan: Int
  ) throws -> RuleUsePosition?
  /// What faces have asked of the engine, newest first.
  func commands(limit: Int) throws -> [FiledCommand]
  /// Events that pass `filter`, newest first.
  func events(_ filter: EventFilter, before: Int64?, limit: Int) throws -> [EventRow]
}
