import Directory
import Foundation

extension Timestamp {
  /// The moment in the local zone, to the second, as all that stands beside it is told:
  /// `2026-11-22 21:03:05`.
  var local: String { local(in: .current) }

  /// The moment in `zone`.
  func local(in zone: TimeZone) -> String {
    let moment = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
    let shifted = adding(seconds: Double(zone.secondsFromGMT(for: moment))).description
    return shifted.prefix(10) + " " + shifted.dropFirst(11).prefix(8)
  }
}
