import Directory

/// An object as an answer tells it ([MS-DRSR] §5, `REPLENTINFLIST`).
struct ReplicatedEntry: Sendable {
  /// Its names.
  var object = DistinguishedObject()
  /// The values of attributes that were asked for, still enciphered where they are secrets.
  var values: [ReplicatedAttribute: [ArraySlice<UInt8>]] = [:]
  /// How each of these attributes came to its value.
  var stamps: [ReplicatedAttribute: Stamp] = [:]

  /// When and where an attribute was last written ([MS-DRSR] §5, `PROPERTY_META_DATA_EXT`).
  struct Stamp: Hashable, Sendable {
    /// How often it was written.
    let version: UInt32
    /// When, by the clock of the controller that took the change.
    let time: Timestamp
    /// That controller's invocation id.
    let controller: GUID
    /// Its number for the change.
    let change: UInt64
  }

  /// The first value of an attribute as a number, low byte first; nil if there is none of that size.
  func number<N: FixedWidthInteger>(_ attribute: ReplicatedAttribute, as type: N.Type) -> N? {
    guard let value = values[attribute]?.first, value.count == N.bitWidth / 8 else { return nil }
    return value.reversed().reduce(0) { $0 << 8 | N(truncatingIfNeeded: $1) }
  }
}
