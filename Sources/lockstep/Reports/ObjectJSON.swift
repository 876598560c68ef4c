import Directory
import SyncStore

/// An object of a list, as `--json` spells it.
struct ObjectRowJSON: Encodable {
  let object: Int64
  let connector: String
  let type: String
  let dn: String
  let display: String
  let isConnector: Bool
  let isGone: Bool
  let metaverseObject: Int64?
  let pendingImport: String
  let pendingExport: String
  let error: String?

  init(_ row: ObjectRow) {
    object = row.id
    connector = row.connector
    type = row.objectType
    dn = row.dn
    display = row.display
    isConnector = row.isConnector
    isGone = row.isGone
    metaverseObject = row.metaverseID
    pendingImport = row.pendingImport
    pendingExport = row.pendingExport
    error = row.error.nonEmpty
  }
}

/// An attribute of an object, as `--json` spells it.
struct AttributeJSON: Encodable {
  let name: String
  let type: String?
  let values: [String]
  let before: [String]?
  let pendingExport: [String]?
  let origin: String?
  let targetNames: [String]?
  let contributors: [ContributorJSON]?
  let valueCount: Int

  init(_ row: AttributeRow) {
    name = row.name
    type = (row.values.first ?? row.pendingExport?.first ?? row.before?.first)?.typeName
    values = row.values.map(\.text)
    before = row.before?.map(\.text)
    pendingExport = row.pendingExport?.map(\.text)
    origin = row.origin.nonEmpty
    targetNames = row.targetNames.isEmpty ? nil : row.targetNames
    valueCount = row.valueCount
    contributors =
      row.contributors.isEmpty ? nil : row.contributors.map(ContributorJSON.init)
  }
}

/// Who contributed to an attribute of the metaverse, as `--json` spells it.
struct ContributorJSON: Encodable {
  let connector: String
  let object: Int64
  let dn: String?
  let rule: String?
  let time: String?
  let counts: Bool
  let empties: Bool?
  let reason: String?
  let references: Int?
  let values: [String]?

  init(_ row: ContributorRow) {
    connector = row.connector
    object = row.object
    dn = row.dn.nonEmpty
    rule = row.rule.nonEmpty
    time = row.time?.description
    counts = row.reason.isEmpty
    empties = row.empties ? true : nil
    reason = row.reason.nonEmpty
    references = row.references == 0 ? nil : row.references
    values = row.values.isEmpty ? nil : row.values.map(\.text)
  }
}

/// What one step did to the object, as `--json` spells it.
struct ObjectHistoryJSON: Encodable {
  let step: Int64
  let run: Int64
  let cycle: Int64?
  let time: String
  let connector: String
  let profile: String
  let object: Int64
  let space: String?
  let dn: String?
  let counter: String?
  let summary: String?
  let rule: String?
  let reason: String?
  let metaverseObject: Int64?
  let changes: [DeltaJSON]
  let error: ErrorJSON?

  init(_ row: ObjectHistoryRow) {
    step = row.stepID
    run = row.runID
    cycle = row.cycleID
    time = row.time.description
    connector = row.connector
    profile = row.type.profileName
    object = row.objectID
    space = row.space.nonEmpty
    dn = row.dn.nonEmpty
    counter = row.counter.nonEmpty
    summary = row.summary.nonEmpty
    rule = row.rule.nonEmpty
    reason = row.reason.nonEmpty
    metaverseObject = row.metaverseID
    changes = row.changes.map(DeltaJSON.init)
    error = row.error.map(ErrorJSON.init)
  }
}

extension String {
  /// The text, or nil if there is none: `--json` leaves out keys that would say nothing.
  var nonEmpty: String? { isEmpty ? nil : self }
}

/// Several objects that are called so, of which one is to be named: never to be taken for the answer.
struct ObjectMatchesJSON: Encodable {
  let matches: [ObjectRowJSON]

  init(_ rows: [ObjectRow]) { matches = rows.map { ObjectRowJSON($0) } }
}

/// An object with everything about it, as `--json` spells it.
struct ObjectJSON: Encodable {
  let summary: ObjectRowJSON
  let anchor: String?
  let link: String
  let metaverseObject: Int64?
  let attributes: [AttributeJSON]
  let metaverse: [AttributeJSON]
  let errors: [ErrorJSON]
  let counterparts: [ObjectRowJSON]
  let history: [ObjectHistoryJSON]

  init(_ detail: ObjectDetail) {
    summary = ObjectRowJSON(detail.row)
    anchor = detail.anchor.nonEmpty
    link = detail.link
    metaverseObject = detail.metaverseID
    attributes = detail.attributes.map(AttributeJSON.init)
    metaverse = detail.metaverse.map(AttributeJSON.init)
    errors = detail.errors.map(ErrorJSON.init)
    counterparts = detail.counterparts.map(ObjectRowJSON.init)
    history = detail.history.map(ObjectHistoryJSON.init)
  }
}
