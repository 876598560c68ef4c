extension Counter {
  /// What happened to an object that was counted so, in words for the history of the object.
  var summary: String {
    switch self {
    case .stageNoChange: "imported, unchanged"
    case .stageAdd: "imported as new"
    case .stageUpdate: "imported with changes"
    case .stageRename: "imported under another name"
    case .stageDelete: "gone from its directory"
    case .stageDeleteAdd: "imported as deleted and made anew"
    case .stageFailure, .filteredDeletions, .filteredObjects: title
    case .disconnectorFiltered: "kept out by the scope of the rules"
    case .disconnectorJoinedNoFlow, .disconnectorJoinedFlow: "joined to a metaverse object"
    case .disconnectorProjectedNoFlow, .disconnectorProjectedFlow:
      "projected to a new metaverse object"
    case .disconnectorRemains: "neither joined nor projected"
    case .connectorFilteredRemoveMV:
      "left the scope of the rules; its metaverse object was deleted"
    case .connectorFilteredLeaveMV: "left the scope of the rules; disconnected"
    case .connectorFlow: "flowed to the metaverse"
    case .connectorNoFlow: "flowed to the metaverse, unchanged"
    case .connectorDeleteRemoveMV: "disconnected as deleted; its metaverse object was deleted"
    case .connectorDeleteLeaveMV: "disconnected as deleted"
    case .connectorDeleteAddProcessed: "took the place of one that was deleted"
    case .flowFailure: "could not be synchronized"
    case .outboundFlow: "flowed out: to be exported"
    case .outboundNoFlow: "flowed out, unchanged"
    case .provisionedAdd: "provisioned: to be created"
    case .provisionedDeleteAdd: "provisioned: to be created in the place of one that is deleted"
    case .provisionedDisconnect: "deprovisioned: to be deleted"
    case .disconnectedKept: "disconnected, and left as it is"
    case .exportAdd: "exported: created"
    case .exportUpdate: "exported: changed"
    case .exportRename: "exported: renamed"
    case .exportDelete: "exported: deleted"
    case .exportDeleteAdd: "exported: created in the place of one that was deleted"
    case .exportFailure: "could not be exported"
    case .driftNone, .driftUnmanaged, .driftAttributes: title
    case .driftMissing: "found missing in the target"
    case .driftDifferent: "found different in the target from what the rules want"
    case .driftUnwanted: "found in the target, where the rules want it gone"
    }
  }
}
