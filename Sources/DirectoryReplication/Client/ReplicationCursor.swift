import Directory

/// Up to where the changes of a domain were read, to go on from there after any time.
///
/// It belongs to a controller, known by its invocation id, which changes when the controller is
/// restored from a backup ([MS-ADTS] §3.1.1.1.9). For another one, what is already known of all
/// controllers is told, and only what they don't know comes.
public struct ReplicationCursor: Hashable, Sendable, CustomStringConvertible {
  var invocation: GUID
  var vector: USNVector
  var upToDateness: UpToDateness
  /// The last change that each controller took and that was told, by its invocation id.
  var witnesses: [GUID: ChangeWitness] = [:]

  // A word in front of a witness, which is no hexadecimal digit.
  private static let mark: Character = "w"

  init(invocation: GUID, vector: USNVector, upToDateness: UpToDateness) {
    self.invocation = invocation
    self.vector = vector
    self.upToDateness = upToDateness
  }

  /// The cursor as text to be stored: a version, the controller, its numbers, those of others, and what
  /// they told last.
  public var description: String {
    let numbers = [vector.object, vector.reserved, vector.property].map { String($0) }
    let others = upToDateness.changes.map { $0.key.description + "=" + String($0.value) }
    let told = witnesses.values.map { String(Self.mark) + $0.description }
    return
      (["1", invocation.description, numbers.joined(separator: ",")] + others.sorted()
      + told.sorted()).joined(separator: " ")
  }

  /// The cursor that `text` is, or nil if it is none.
  public init?(_ text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count >= 3, parts[0] == "1", let invocation = GUID(String(parts[1])) else {
      return nil
    }
    let numbers = parts[2].split(separator: ",").compactMap { UInt64($0) }
    guard numbers.count == 3 else { return nil }
    var known = UpToDateness()
    var witnesses: [GUID: ChangeWitness] = [:]
    for part in parts.dropFirst(3) {
      if part.first == Self.mark {
        guard let witness = ChangeWitness(part.dropFirst()) else { return nil }
        witnesses[witness.stamp.controller] = witness
        continue
      }
      let pair = part.split(separator: "=", maxSplits: 1)
      guard pair.count == 2, let controller = GUID(String(pair[0])), let change = UInt64(pair[1])
      else { return nil }
      known.changes[controller] = change
    }
    self.init(
      invocation: invocation,
      vector: USNVector(object: numbers[0], reserved: numbers[1], property: numbers[2]),
      upToDateness: known)
    self.witnesses = witnesses
  }
}
