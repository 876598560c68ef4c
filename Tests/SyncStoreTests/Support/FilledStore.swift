import Directory
import TestSupport
import Testing

@testable import SyncStore

/// A store with objects in every state that lists tell of, put together by chance.
final class FilledStore {
  let test: TestStore
  let reader: StoreReader
  var random: SeededRandom

  init(seed: Int) throws {
    test = try TestStore()
    random = SeededRandom(seed: seed)
    reader = try test.reader
    try fillSource()
    try fillTarget()
    try fail()
    try hold()
  }

  var ids: [Int64] {
    get throws {
      try test.store.look { tx in
        var found: [Int64] = []
        try tx.each("SELECT id FROM cs_object ORDER BY id") { found.append($0.int64(0)) }
        return found
      }
    }
  }

  private func fillSource() throws {
    let fault = DiscoveryError(
      .parseError, dn: "CN=x", location: "a.ldif:1", message: "unreadable", hint: "mend it")
    try test.stage(
      try (0..<14).map { number in
        let title: AttributeValue = .string(["Clerk", "Boss"][number % 2])
        return .entry(try test.entry("s\(number)", ["title": [title]]))
      }, errors: random.chance(60) ? [fault] : [])
    try test.store.transaction { try $0.execute("UPDATE cs_object SET pending_import = id % 3") }
  }

  private func fillTarget() throws {
    try test.stage(
      try (0..<14).map { number in
        var attributes: AttributeSet = [
          "displayName": [.string(["Ann", "ann", "Bob", "Zoë"][number % 4])],
          "userName": [.string("u\(number)@contoso.test")], "active": [.boolean(number % 2 == 0)],
        ]
        if number % 3 > 0 { attributes["lastSyncTime"] = ["2026-11-22T10:00:00.000Z"] }
        return .entry(try test.entry("t\(number)", attributes))
      }, connector: test.target)
    for number in 0..<5 {
      _ = try test.provision("p\(number)", DesiredImage(attributes: [Attribute("title", ["x"])]))
    }
    for id in try ids {
      try test.store.transaction { tx in
        if random.chance(30) {
          try tx.execute(
            "UPDATE cs_object SET pending_export = ? WHERE id = ? AND connector_id = ?",
            [[1, 2, 4][Int(id) % 3], id, test.target])
        }
        if random.chance(20) { try tx.execute("UPDATE cs_object SET mv_id = 1 WHERE id = ?", [id]) }
        if random.chance(30) {
          try tx.execute("UPDATE cs_object SET connector_state = 2 WHERE id = ?", [id])
        }
        if random.chance(20) {
          try tx.execute("UPDATE cs_object SET is_released = 1 WHERE id = ?", [id])
        }
      }
    }
  }

  private func fail() throws {
    let step = try test.step(.export, connector: test.target)
    for id in try ids where random.chance(30) {
      let stage: ErrorRow.Stage = random.chance(50) ? .synchronization : .export
      try test.store.transaction { tx in
        var error = StepError(
          stage, random.chance(50) ? .typeMismatch : .connectivityError, objectID: id,
          dn: "CN=\(id)",
          message: "why", hint: "what to do")
        error.attribute = random.chance(50) ? "title" : ""
        try tx.record(error, step: step, connector: id <= 14 ? test.source : test.target)
      }
    }
    try test.end(step, "completed-export-errors", message: "some failed")
    try test.end(try test.step(.deltaImport), "stopped-connectivity")
    _ = try test.step(.deltaSynchronization)
  }

  private func hold() throws {
    let targets = try ids.filter { $0 > 14 }
    try test.store.transaction { tx in
      try tx.set(
        GuardLimits(exporting: [.deletes: GuardLimit(count: 0)]), connector: test.target)
      for id in targets where random.chance(60) {
        try tx.setCause(
          random.chance(50) ? "left scope" : "gone", random.chance(60) ? .deletes : .updates,
          of: id,
          connector: test.target)
      }
    }
  }
}
