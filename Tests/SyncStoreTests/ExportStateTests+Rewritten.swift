import Directory
import GRDB
import Testing

@testable import SyncStore

/// Targets that make something else of what they are sent.
extension ExportStateTests {
  private func unreleased() throws -> Int {
    try test.store.look { try $0.unreleasedCount(connector: test.target, .updates) }
  }

  private func held() throws -> Set<Int64> {
    try test.store.transaction { try $0.holdExports(connector: test.target, .updates) }
  }

  @Test("What a target rewrites is no new change, and is not held; what is new of it is")
  func rewritten() throws {
    let id = try test.provision("ann", desired(["title": ["Boss"], "phone": ["1"]]))
    let other = try test.provision("bob", desired(["title": ["Clerk"]]))
    try take(id, "a-ann")
    try take(other, "a-bob")
    try test.stage(
      [shown("ann", ["title": ["BOSS"], "phone": ["1"]]), shown("bob", ["title": ["Clerk"]])],
      connector: test.target)
    #expect(try pending(id) == "update" && pending(other) == "none")
    func want(_ attributes: AttributeSet, of id: Int64) throws {
      try test.store.transaction { try $0.setDesired(try $0.encode(desired(attributes)), of: id) }
    }
    // It was held before it was sent, and let go.
    try test.store.transaction {
      try $0.setCause("changes of title", .updates, of: id, connector: test.target)
    }
    try want(["title": ["Chief"]], of: other)
    #expect(try unreleased() == 1)
    #expect(try held() == [other])
    #expect(try test.number("SELECT COUNT(*) FROM export_cause WHERE object_id = \(id)") == 0)
    // Another value, or another attribute, was not sent.
    try want(["title": ["Chief"], "phone": ["1"]], of: id)
    #expect(try unreleased() == 2)
    try want(["title": ["Boss"], "phone": ["2"]], of: id)
    #expect(try unreleased() == 2)
    #expect(try held() == [id, other])
    try want(["title": ["Boss"], "phone": ["1"]], of: id)
    #expect(try unreleased() == 1)
  }
}
