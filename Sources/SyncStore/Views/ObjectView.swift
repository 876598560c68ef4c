public import Directory

/// One connector as the Connectors view lists it.
public struct ConnectorRow: Hashable, Sendable, Identifiable {
  /// The connector's number.
  public var id: Int64
  /// Its name.
  public var name: String
  /// Its type: `ldif`, `scim`.
  public var type: String
  /// Whether identities come from it; otherwise they go to it.
  public var isSource: Bool
  /// The server in its own words, as of the last import.
  public var summary: String
  /// How many objects its connector space holds.
  public var objects: Int
  /// How many of them are linked to the metaverse.
  public var connectors: Int
  /// How many are not.
  public var disconnectors: Int
  /// How many staged changes await a synchronization.
  public var pendingImports: Int
  /// How many changes await an export.
  public var pendingExports: Int
  /// How many deletes are held for a person's word.
  public var heldDeletes: Int
  /// How many objects have an open error.
  public var objectsInError: Int
  /// The last step of each kind, newest first.
  public var lastSteps: [OperationRow]
  /// How many errors are open: one for each stage of an object, and one for each object that could
  /// not be read; over all connectors the number of ``EngineStatus/openErrors``.
  public var openErrors = 0
  /// How many adds, updates and renames are held for a person's word.
  public var heldChanges = 0
  /// How many of the disconnectors no rule has in scope.
  public var filtered = 0
  /// How many objects have an error of their import or synchronization.
  public var importErrors = 0
  /// How many have an error of their export.
  public var exportErrors = 0
  /// How many are known for which an import is held that did not show them.
  public var notShown = 0
  /// How its directory is watched for changes; nil if it is not, or no engine works.
  public var watch: WatchState?
}

/// Which objects of a connector space a list shows.
public enum SearchScope: String, CaseIterable, Sendable {
  case all, connectors, disconnectors, filtered, pendingImport, pendingExport, errors
  case importErrors, exportErrors, heldDeletes, notShown
}

/// One object in a list.
public struct ObjectRow: Hashable, Sendable, Identifiable {
  /// The connector-space object's number.
  public var id: Int64
  /// Its connector.
  public var connector: String
  /// Its name.
  public var dn: String
  /// What a person calls it.
  public var display: String
  /// Its type.
  public var objectType: String
  /// Whether it is linked to the metaverse.
  public var isConnector: Bool
  /// `none`, `add`, `update`, `delete`.
  public var pendingImport: String
  /// `none`, `add`, `update`, `delete`.
  public var pendingExport: String
  /// The type of its open error, or empty.
  public var error: String
  /// The metaverse object that it is linked to, or was last; nil if none.
  public var metaverseID: Int64?
  /// Whether it is gone from its connector space.
  public var isGone = false
  /// Since when its change waits with a cause; nil if none was noted.
  public var heldSince: Timestamp?
  /// Whether it is to be deleted and no person has released that: while its connector holds deletes
  /// back, it stays.
  public var awaitsWord = false
  /// What it signs in by, or another name that tells it from its namesakes; of what is held only, and
  /// empty where it has none.
  public var account = ""
}

/// Everything about one connector-space object.
public struct ObjectDetail: Hashable, Sendable {
  /// What a list shows of it.
  public var row: ObjectRow
  /// Its anchor, or empty while its directory has not given one.
  public var anchor: String
  /// `Provisioned`, `Joined`, `Projected`, or why it is a disconnector.
  public var link: String
  /// The metaverse object, or nil.
  public var metaverseID: Int64?
  /// Its attributes, by name.
  public var attributes: [AttributeRow]
  /// Its open errors.
  public var errors: [ErrorRow]
  /// The metaverse object's attributes with where each value came from; empty for a disconnector.
  public var metaverse: [AttributeRow]
  /// Its counterparts in other connector spaces.
  public var counterparts: [ObjectRow]
  /// The steps that touched it, newest first, with what each changed.
  public var history: [ObjectHistoryRow]
  /// How far an export of it has come.
  public var exportState = ExportState.idle
  /// When a change of it was last sent; nil if never.
  public var exportedAt: Timestamp?
  /// With what its change waits for a person's word; nil if it waits for none.
  public var held: HeldCause?
  /// The type of its metaverse object, or empty.
  public var metaverseType = ""
  /// Whether it only waits for the engine to look at it again: it is pending as an update, and its
  /// directory has told nothing new of it since its last synchronization.
  public var isOnlyLookedAtAgain = false
  /// Whether more steps touched it than are listed here.
  public var hasMoreHistory = false
  /// What it is to refer to and its directory does not have yet, those with an error first; a few of
  /// them.
  public var waitsFor: [ObjectRow] = []
  /// The names of the groups of its connector space that hold it as a direct member, at most as many
  /// as values were asked for.
  public var groups: [String] = []
}

/// One attribute of an object.
public struct AttributeRow: Hashable, Sendable {
  /// The attribute's name.
  public var name: String
  /// What the directory says, as of the last import.
  public var values: [AttributeValue]
  /// What it said at the last synchronization, where that differs; nil if nothing is pending.
  public var before: [AttributeValue]?
  /// What the rules want there, where that differs; nil if no export is pending.
  public var pendingExport: [AttributeValue]?
  /// Where the value comes from: connector and rule; empty for what a directory says itself.
  public var origin: String
  /// References by the names of their objects, in the order of `values`; empty for other types.
  public var targetNames: [String]
  /// How many values there are in all, which may be more than are listed.
  public var valueCount: Int
  /// Who contributed: the winner first, then those whose values do not count, each with the reason;
  /// empty for what a directory says itself.
  public var contributors: [ContributorRow] = []
  /// How many references a pending export brings and takes, of which `values` and `pendingExport`
  /// may show a part; nil for other values.
  public var pendingCounts: PendingCounts?
  /// The names of the objects that references refer to which come or go, by their DNs.
  public var pendingNames: [String: String] = [:]
}

/// How many values of an attribute come and go.
public struct PendingCounts: Hashable, Sendable {
  /// Those that come.
  public var added: Int
  /// Those that go.
  public var removed: Int

  /// Counts of both.
  public init(added: Int, removed: Int) {
    self.added = added
    self.removed = removed
  }
}

/// What one object contributed to an attribute of the metaverse by one rule.
public struct ContributorRow: Hashable, Sendable {
  /// The connector of the object.
  public var connector: String
  /// The object's number.
  public var object: Int64
  /// The object's name; empty if it is gone.
  public var dn: String
  /// The rule's name.
  public var rule: String
  /// When the value came in, of references the youngest; nil for what did not win.
  public var time: Timestamp?
  /// Why it does not count; empty for a winner.
  public var reason: String = ""
  /// How many references it gave; 0 for other values.
  public var references = 0
  /// What it gives or would have given, if it is not the strongest and that is short; else empty.
  public var values: [AttributeValue] = []
  /// Whether it says that there is no value, whatever weaker rules say.
  public var empties = false

  /// The contributor in words, the reason included.
  public var text: String { text { "\($0)" } }

  /// The contributor in words, its time as `spelling` spells it.
  public func text(_ spelling: (Timestamp) -> String) -> String {
    var text = connector + (rule.isEmpty ? "" : " by " + rule)
    if empties { text += " says that there is no value (AuthoritativeNull)" }
    if references > 0 { text += references == 1 ? ", 1 reference" : ", \(references) references" }
    if !values.isEmpty { text += " = " + values.map(\.text).joined(separator: "; ") }
    if let time { text += ", " + spelling(time) }
    return reason.isEmpty ? text : text + ": " + reason
  }
}

/// One user of the active-users view.
public struct UserRow: Hashable, Sendable, Identifiable {
  /// How a user stands.
  public enum State: String, CaseIterable, Sendable {
    /// The tenant has confirmed what the rules want.
    case synced = "Synced"
    /// The user is of the cloud alone.
    case inCloud = "In cloud"
    /// Something waits to be sent, or to be confirmed.
    case pending = "Pending"
    /// The last attempt failed.
    case error = "Error"
  }
  /// The object in the tenant's connector space.
  public var id: Int64
  /// The tenant's connector.
  public var connector: String
  /// The display name.
  public var displayName: String
  /// The user principal name.
  public var userPrincipalName: String
  /// How the user stands.
  public var state: State
  /// Whether sign-in is allowed, or nil if the tenant did not say.
  public var isActive: Bool?
  /// When the tenant says that it was last synchronized, or when an import last confirmed what was
  /// sent (``isOwnSyncTime``); nil if neither is known.
  public var lastSync: Timestamp?
  /// Whether ``lastSync`` is this engine's own time: the tenant, as Graph of users that were made
  /// through it, tells none.
  public var isOwnSyncTime = false
  /// When a change was last sent, confirmed or not; nil if never.
  public var lastSent: Timestamp?
  /// When the tenant says that its password was last synchronized; nil if never.
  public var lastPasswordSync: Timestamp?
  /// How far its password has come; nil if no channel has its account in the ledger.
  public var password: PasswordStatus?
  /// Whether the target has an older password than the source.
  public var hasOlderPassword = false
  /// What of it waits.
  public var waiting = Waiting.nothing

  /// What of a user waits.
  public enum Waiting: Hashable, Sendable {
    /// Nothing is pending.
    case nothing
    /// It is to be made or changed.
    case toBeSent
    /// It is to be deleted.
    case toBeDeleted
    /// Its change waits for a person's word.
    case held
    /// Its delete waits for a person's word.
    case heldDelete
    /// It was sent, and is to be confirmed.
    case sent
  }
}

/// The order of the active-users view.
public enum UserOrder: String, CaseIterable, Sendable {
  case displayName, staleness
}

/// The figures in the header of the active-users view.
public struct UsersHeader: Hashable, Sendable {
  /// How many users the tenant has, as far as is known.
  public var total: Int
  /// How many of them stand in each state.
  public var byState: [UserRow.State: Int]
  /// When an export to the tenant last came to its end, or a user was last synchronized.
  public var lastDirectorySync: Timestamp?
  /// The latest time at which the tenant says that it took a password.
  public var lastPasswordSync: Timestamp?
  /// How many synchronized users were last synchronized more than one interval ago; those of whom no
  /// time is known are not among them.
  public var olderThanInterval: Int
  /// Whether times of some of them are this engine's own, of the import that confirmed what was sent.
  public var hasOwnSyncTimes = false
}
