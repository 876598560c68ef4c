/// A list that faces show, with what it is narrowed to by what the list itself knows.
public enum ListSource: Hashable, Sendable {
  /// Steps, newest first.
  case operations(OperationFilter)
  /// The errors of a step.
  case errors(step: Int64)
  /// The open errors of one kind, or all.
  case openErrors(ErrorFamily.Kind?)
  /// The objects that a step counted under a counter.
  case changes(step: Int64, CounterGroup, counter: String)
  /// The objects of a connector space.
  case objects(connector: String, SearchScope)
  /// The objects of a group of held changes.
  case held(group: Int64)
  /// The users of the tenant; `isStale` leaves only those whose last synchronization is longer ago
  /// than the interval of the schedule, as both are when the list is read.
  case users(UserRow.State?, isStale: Bool)
  /// The application log, newest first.
  case events(EventFilter)
  /// The metaverse, in the order of names.
  case metaverse(MetaverseQuery)
  /// The ledger of passwords, in the order in which accounts were entered.
  case passwords(PasswordFilter)
  /// Batches of passwords, newest first.
  case passwordBatches
}

/// Rows of a ``ListSource``.
public enum ListRows: Equatable, Sendable {
  /// Steps.
  case operations([OperationRow])
  /// Errors of a step.
  case errors([ErrorRow])
  /// What a step counted.
  case changes([StepChangeRow])
  /// Objects of a connector space.
  case objects([ObjectRow])
  /// Users.
  case users([UserRow])
  /// Events.
  case events([EventRow])
  /// Objects of the metaverse.
  case metaverse([MetaverseRow])
  /// Accounts of the ledger of passwords.
  case passwords([PasswordRow])
  /// Batches of passwords.
  case passwordBatches([PasswordBatchRow])
}

/// Lists in any order, narrowed by any of their fields.
///
/// An order that no index has is worked out once, for all rows; pages are then read by the numbers
/// of their rows. Calls throw ``StoreError``.
public protocol StoreLists: Sendable {
  /// Hands the numbers of all rows that pass to `take`, in the order of `arrangement`, some at a
  /// time; it ends early when `take` answers false.
  ///
  /// Where an index has the order the first come at once, else when all have been sorted. Other
  /// reading goes on meanwhile; of two arrangings the second waits.
  func arrange(
    _ source: ListSource, by arrangement: ListArrangement, take: ([Int64]) -> Bool) throws
  /// Ends the arranging that is going on, which then throws `CancellationError`.
  func interruptArranging()
  /// The rows of these numbers, in their order; those that are gone are left out.
  func rows(of source: ListSource, ids: [Int64]) throws -> ListRows
}
