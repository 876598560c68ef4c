import Directory
import Foundation
import Testing

@testable import SyncStore

/// Figures on demand: `LOCKSTEP_MEASURE=1000000 swift test --filter PurgeSpeedTests` purges so many
/// changes; without it, few are purged, which shows only that the measure works.
@Suite("How long purging holds the store")
struct PurgeSpeedTests {
  @Test("Each piece is short, whatever the size of the history")
  func pieces() throws {
    let wanted = ProcessInfo.processInfo.environment["LOCKSTEP_MEASURE"].flatMap { Int($0) }
    let count = wanted ?? 5000
    let test = try TestStore()
    let step = try test.step()
    let deltas = try test.store.transaction { tx in
      try tx.coding.encode([
        ObjectChange.Delta("title", before: ["Clerk"], after: ["Engineer"], rule: 3),
        ObjectChange.Delta("department", before: ["Sales"], after: ["Research"], rule: 3),
      ])
    }
    try test.store.transaction { tx in
      try tx.execute(
        """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO step_change(step_id, target_id, counter, object_id, dn, display, object_type,
          deltas)
        SELECT ?2, 0, 3, i * 7919 % 1000003, 'CN=User ' || i || ',OU=Staff,DC=contoso,DC=test',
          'User ' || i, 'user', ?3 FROM n
        """, [count, step, deltas.data])
      try tx.execute("UPDATE step SET ended = 1000")
    }
    let pages = try test.number("PRAGMA page_count")
    var longest = Duration.zero
    var sum = PurgeResult()
    let clock = ContinuousClock()
    let whole = try clock.measure {
      repeat {
        let piece = try clock.measure {
          sum += try test.store.transaction {
            try $0.purgeHistory(before: Timestamp(milliseconds: 2000), limit: 2000)
          }
        }
        longest = max(longest, piece)
      } while !sum.isDone
    }
    #expect(sum.changes == count)
    guard wanted != nil else { return }
    print(
      "\(count) changes, \(deltas.count) bytes of deltas each, \(pages * 4096 / count) bytes in the "
        + "file; purged in \(whole), longest piece \(longest)")
  }
}
