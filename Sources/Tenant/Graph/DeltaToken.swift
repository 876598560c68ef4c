import Foundation
import JSON

/// How far a client has read the changes of a type, and what it asked for.
struct DeltaToken: Hashable, Sendable {
  /// The tenant that gave it; another one's tokens mean nothing here.
  var tenant: String
  var type: String
  /// The properties that were asked for; nil for the usual ones.
  var names: [String]?
  /// The objects that were asked for; nil for all.
  var ids: [String]?
  /// What was written after this stamp is new; 0 for everything.
  var since: Int64
  /// Members that came or went after this place are new.
  var position: Int64
  /// The stamp and the place from which the next round starts.
  var nextSince: Int64
  var nextPosition: Int64
  /// The last object that was given: by its stamp, unless everything is read, and its key.
  var afterStamp: Int64 = 0
  var afterKey: Int64 = 0
  /// The last member of a group that was given in part.
  var afterMember: Int64 = 0

  /// Whether everything is read, not changes.
  var isInitial: Bool { since == 0 }

  /// The token as text for a link.
  var text: String {
    let numbers = [
      since, position, nextSince, nextPosition, afterStamp, afterKey, afterMember,
    ].map { String($0) }
    let chosen = ids.map { [$0.joined(separator: ",")] } ?? []
    let parts = [tenant, type, names?.joined(separator: ",") ?? "*"] + numbers + chosen
    return Data(parts.joined(separator: ";").utf8).base64EncodedString()
      .replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
      .replacingOccurrences(of: "=", with: "")
  }
}

extension DeltaToken {
  /// The token that `text` spells; nil if it spells none.
  init?(_ text: String) {
    let plain = text.replacingOccurrences(of: "-", with: "+")
      .replacingOccurrences(of: "_", with: "/")
    let padded = plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)
    guard let data = Data(base64Encoded: padded) else { return nil }
    let parts = String(decoding: data, as: UTF8.self)
      .split(separator: ";", omittingEmptySubsequences: false).map(String.init)
    let numbers = parts.dropFirst(3).prefix(7).compactMap { Int64($0) }
    guard [10, 11].contains(parts.count), numbers.count == 7 else { return nil }
    self.init(
      tenant: parts[0], type: parts[1],
      names: parts[2] == "*" ? nil : parts[2].split(separator: ",").map(String.init),
      ids: parts.count == 11 ? parts[10].split(separator: ",").map(String.init) : nil,
      since: numbers[0], position: numbers[1], nextSince: numbers[2], nextPosition: numbers[3],
      afterStamp: numbers[4], afterKey: numbers[5], afterMember: numbers[6])
  }
}
