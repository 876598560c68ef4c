import Directory

/// A change that a controller took itself and has told: as long as nobody sets its database back, the
/// attribute is as it was then, or was written since.
///
/// It shows what the numbers of changes hide once they have caught up with those of before.
struct ChangeWitness: Hashable, Sendable {
  /// Whose change it is.
  var object: GUID
  /// Of which attribute.
  var attribute: ReplicatedAttribute
  /// Which one it is; the controller's among them.
  var stamp: ReplicatedEntry.Stamp

  /// Whether the attribute was written before the change, or by another one of the same controller and
  /// version: neither comes of replication ([MS-DRSR] `AttributeStampCompare`: the higher version wins,
  /// then the later time).
  func isContradicted(by other: ReplicatedEntry.Stamp) -> Bool {
    guard other.version == stamp.version else { return other.version < stamp.version }
    return other.time < stamp.time
      || other.controller == stamp.controller && other.change != stamp.change
  }
}

extension ChangeWitness: CustomStringConvertible {
  /// The change as text: the controller, then what it is of, its version, milliseconds since 1970, and
  /// number.
  var description: String {
    let parts: [any CustomStringConvertible] = [
      object, attribute.name, stamp.version, stamp.time.milliseconds, stamp.change,
    ]
    return stamp.controller.description + "="
      + parts.map(\.description).joined(separator: ",")
  }

  /// The change that `text` is; nil if it is none.
  init?(_ text: some StringProtocol) {
    let pair = text.split(separator: "=", maxSplits: 1)
    guard pair.count == 2, let controller = GUID(String(pair[0])) else { return nil }
    let parts = pair[1].split(separator: ",", omittingEmptySubsequences: false)
    guard parts.count == 5, let object = GUID(String(parts[0])),
      let attribute = ReplicatedAttribute.allCases.first(where: { $0.name == parts[1] }),
      let version = UInt32(parts[2]), let time = Int64(parts[3]), let change = UInt64(parts[4])
    else { return nil }
    self.init(
      object: object, attribute: attribute,
      stamp: ReplicatedEntry.Stamp(
        version: version, time: Timestamp(milliseconds: time), controller: controller,
        change: change))
  }
}

extension ReplicatedAttribute {
  /// Its name in the schema.
  fileprivate var name: String { "\(self)" }
}

extension ReplicationCursor {
  /// Keeps of what `entries` tell the last change of each controller; of objects that were deleted not
  /// all is told when they are asked for.
  mutating func noteWitnesses(of entries: [ReplicatedEntry]) {
    for entry in entries where !entry.isDeleted {
      guard let object = entry.object.guid else { continue }
      // In an order that is always the same: one write gives several attributes one number.
      for attribute in ReplicatedAttribute.allCases {
        guard let stamp = entry.stamps[attribute],
          stamp.change > witnesses[stamp.controller]?.stamp.change ?? 0
        else { continue }
        witnesses[stamp.controller] = ChangeWitness(
          object: object, attribute: attribute, stamp: stamp)
      }
    }
  }
}
