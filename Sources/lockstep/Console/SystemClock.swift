import Console
import Directory
import Foundation

extension LocalTime {
  /// Days before and after the present for which the zone's changes are known.
  private static let reach = 800

  /// The clocks of this machine's zone, or of `TZ`.
  static func ofThisMachine(now: Timestamp = .now) -> LocalTime {
    let day = 86_400
    let today = Int(now.milliseconds / 1000)
    var changes: [Change] = []
    var last = today - reach * day
    var offset = offset(at: last)
    changes.append(Change(from: moment(last), offset: offset))
    for next in stride(from: last + day, through: today + reach * day, by: day) {
      let here = Self.offset(at: next)
      if here != offset {
        changes.append(Change(from: moment(begin(of: here, after: last, by: next)), offset: here))
        offset = here
      }
      last = next
    }
    return LocalTime(changes: changes)
  }

  /// The second at which clocks begin to show `offset`.
  private static func begin(of offset: Int, after: Int, by: Int) -> Int {
    var (low, high) = (after, by)
    while high - low > 1 {
      let middle = (low + high) / 2
      if Self.offset(at: middle) == offset { high = middle } else { low = middle }
    }
    return high
  }

  private static func moment(_ seconds: Int) -> Timestamp {
    Timestamp(milliseconds: Int64(seconds) * 1000)
  }

  private static func offset(at seconds: Int) -> Int {
    var time = time_t(seconds)
    var parts = tm()
    localtime_r(&time, &parts)
    return parts.tm_gmtoff
  }
}
