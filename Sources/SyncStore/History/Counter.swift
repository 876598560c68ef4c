/// The counters of a step, by the numbers of MIIS's statistics ([MS-UPSDBDAP] §2.2.2.12); those of
/// discovery, and that of objects that lose their link and stay, have none there and are numbered
/// from 64, those of drift from 70.
public enum Counter: Int, CaseIterable, Sendable {
  case stageNoChange = 1
  case stageAdd = 2
  case stageUpdate = 3
  case stageRename = 4
  case stageDelete = 5
  case stageDeleteAdd = 6
  case stageFailure = 7
  case filteredDeletions = 64
  case filteredObjects = 65
  case disconnectedKept = 66
  case disconnectorFiltered = 8
  case disconnectorJoinedNoFlow = 9
  case disconnectorJoinedFlow = 10
  case disconnectorProjectedNoFlow = 12
  case disconnectorProjectedFlow = 13
  case disconnectorRemains = 14
  case connectorFilteredRemoveMV = 15
  case connectorFilteredLeaveMV = 16
  case connectorFlow = 17
  case connectorNoFlow = 19
  case connectorDeleteRemoveMV = 20
  case connectorDeleteLeaveMV = 21
  case connectorDeleteAddProcessed = 22
  case flowFailure = 23
  case outboundFlow = 31
  case outboundNoFlow = 32
  case provisionedAdd = 34
  case provisionedDisconnect = 37
  case provisionedDeleteAdd = 39
  case exportAdd = 24
  case exportUpdate = 25
  case exportRename = 26
  case exportDelete = 27
  case exportDeleteAdd = 28
  case exportFailure = 29
  case driftNone = 70
  case driftMissing = 71
  case driftDifferent = 72
  case driftUnwanted = 73
  case driftUnmanaged = 74
  case driftAttributes = 75

  /// The element's name in MIIS's run history: `stage-add`.
  public var name: String {
    switch self {
    case .stageNoChange: "stage-no-change"
    case .stageAdd: "stage-add"
    case .stageUpdate: "stage-update"
    case .stageRename: "stage-rename"
    case .stageDelete: "stage-delete"
    case .stageDeleteAdd: "stage-delete-add"
    case .stageFailure: "stage-failure"
    case .filteredDeletions: "filtered-deletions"
    case .filteredObjects: "filtered-objects"
    case .disconnectorFiltered: "disconnector-filtered"
    case .disconnectorJoinedNoFlow: "disconnector-joined-no-flow"
    case .disconnectorJoinedFlow: "disconnector-joined-flow"
    case .disconnectorProjectedNoFlow: "disconnector-projected-no-flow"
    case .disconnectorProjectedFlow: "disconnector-projected-flow"
    case .disconnectorRemains: "disconnector-remains"
    case .connectorFilteredRemoveMV: "connector-filtered-remove-mv"
    case .connectorFilteredLeaveMV: "connector-filtered-leave-mv"
    case .connectorFlow: "connector-flow"
    case .connectorNoFlow: "connector-no-flow"
    case .connectorDeleteRemoveMV: "connector-delete-remove-mv"
    case .connectorDeleteLeaveMV: "connector-delete-leave-mv"
    case .connectorDeleteAddProcessed: "connector-delete-add-processed"
    case .flowFailure: "flow-failure"
    case .outboundFlow: "connector-flow"
    case .outboundNoFlow: "connector-no-flow"
    case .provisionedAdd: "provisioned-add-flow"
    case .provisionedDisconnect: "provisioned-disconnect"
    case .provisionedDeleteAdd: "provisioned-delete-add-flow"
    case .disconnectedKept: "disconnected-kept"
    case .exportAdd: "export-add"
    case .exportUpdate: "export-update"
    case .exportRename: "export-rename"
    case .exportDelete: "export-delete"
    case .exportDeleteAdd: "export-delete-add"
    case .exportFailure: "export-failure"
    case .driftNone: "drift-none"
    case .driftMissing: "drift-missing"
    case .driftDifferent: "drift-different"
    case .driftUnwanted: "drift-unwanted"
    case .driftUnmanaged: "drift-unmanaged"
    case .driftAttributes: "drift-attributes"
    }
  }

  /// The words that Synchronization Service Manager shows for it.
  public var title: String {
    switch self {
    case .stageNoChange: "Unchanged"
    case .stageAdd, .exportAdd: "Adds"
    case .stageUpdate, .exportUpdate: "Updates"
    case .stageRename, .exportRename: "Renames"
    case .stageDelete, .exportDelete: "Deletes"
    case .stageDeleteAdd, .exportDeleteAdd: "Delete Adds"
    case .stageFailure: "Failures"
    case .exportFailure: "Failures"
    case .filteredDeletions: "Filtered Deletions"
    case .filteredObjects: "Filtered Objects"
    case .disconnectorFiltered: "Filtered Disconnectors"
    case .disconnectorJoinedNoFlow, .disconnectorJoinedFlow: "Joins"
    case .disconnectorProjectedNoFlow, .disconnectorProjectedFlow: "Projections"
    case .disconnectorRemains: "Disconnectors"
    case .connectorFilteredRemoveMV: "Filtered Connectors, Metaverse Object Deleted"
    case .connectorFilteredLeaveMV: "Filtered Connectors"
    case .connectorFlow: "Connectors with Flow Updates"
    case .connectorNoFlow: "Connectors without Flow Updates"
    case .connectorDeleteRemoveMV: "Deleted Connectors and Metaverse Object Deletes"
    case .connectorDeleteLeaveMV: "Deleted Connectors"
    case .connectorDeleteAddProcessed: "Delete Adds Processed"
    case .flowFailure: "Flow Errors"
    case .outboundFlow: "Export Attribute Flow"
    case .outboundNoFlow: "Without Export Attribute Flow"
    case .provisionedAdd: "Provisioning Adds"
    case .provisionedDisconnect: "Provisioning Disconnects"
    case .provisionedDeleteAdd: "Provisioning Delete Adds"
    case .disconnectedKept: "Disconnected, Left as They Are"
    case .driftNone: "As the Rules Say"
    case .driftMissing: "Missing"
    case .driftDifferent: "Different"
    case .driftUnwanted: "There and Not Wanted"
    case .driftUnmanaged: "Not Managed by Rules"
    case .driftAttributes: "Attributes That Differ"
    }
  }

  /// Whether the step lists the objects behind the number.
  public var hasDetail: Bool {
    switch self {
    case .stageNoChange, .filteredDeletions, .filteredObjects, .disconnectorRemains,
      .disconnectorFiltered, .connectorNoFlow, .outboundNoFlow, .stageFailure, .flowFailure,
      .exportFailure, .connectorDeleteAddProcessed, .driftNone, .driftUnmanaged, .driftAttributes:
      false
    default: true
    }
  }

  /// The block of the statistics that it stands in.
  func group(target: String) -> CounterGroup {
    switch self {
    case .stageNoChange, .stageAdd, .stageUpdate, .stageRename, .stageDelete, .stageDeleteAdd,
      .stageFailure:
      .staging
    case .filteredDeletions, .filteredObjects: .discovery
    case .outboundFlow, .outboundNoFlow, .provisionedAdd, .provisionedDisconnect,
      .provisionedDeleteAdd, .disconnectedKept:
      .outbound(target)
    case .exportAdd, .exportUpdate, .exportRename, .exportDelete, .exportDeleteAdd, .exportFailure:
      .export
    case .driftNone, .driftMissing, .driftDifferent, .driftUnwanted, .driftUnmanaged,
      .driftAttributes:
      .drift
    default: .inbound
    }
  }
}
