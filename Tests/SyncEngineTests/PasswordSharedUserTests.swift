import Directory
import PasswordSync
import SyncStore
import Synchronization
import Testing

@testable import SyncEngine

@Suite("Of two accounts of one user, the password that was set last is the user's")
struct PasswordSharedUserTests {
  private let world: PasswordWorld

  init() throws { world = try PasswordWorld() }

  /// Ann has a password, and ten minutes have passed.
  private func started() async throws {
    try world.addUser("ann")
    try await world.cycle(.initial)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    world.wait(600)
  }

  /// Another account of ann's user has given it a password that was set at `time`: `account`, or one
  /// that is joined to the user as hers is.
  private func give(at time: Timestamp, account: Int64? = nil) throws {
    let (user, anchor) = (try world.row("ann").targetObject, try world.targetAnchor("ann"))
    let object = try account ?? world.row("ann").object
    try world.store.transaction { tx in
      var note = PasswordNote(
        anchor: "g-other", dn: "CN=Other,DC=fabrikam,DC=test", status: .unknown, stamp: "other",
        changed: time)
      (note.object, note.targetObject, note.targetAnchor) = (object, user, anchor)
      try tx.note(note, channel: 1, at: world.now)
      let line = PasswordRequestLine(
        anchor: "g-other", dn: note.dn, changed: time, stamp: "other", request: "other")
      let batch = try tx.beginPasswordBatch(1, [line], at: world.now)
      try tx.answerPassword(
        line, at: 0, batch: batch, channel: 1, PasswordOutcome(status: .success), now: world.now)
      try tx.endPasswordBatch(batch, at: world.now)
    }
  }

  @Test("An earlier one is not sent, by whatever order, and is once the other account is gone")
  func earlier() async throws {
    try await started()
    try give(at: world.now)
    world.wait(60)
    for wishes in [PasswordWishes(isFull: true), PasswordWishes(accounts: ["g-ann"])] {
      #expect(try await world.turn(wishes) == .ended(taken: 0, failed: 0))
      let ann = try world.row("ann")
      #expect(ann.status == .filteredByTarget && !ann.isCurrent)
      #expect(ann.reason.contains("CN=Other,DC=fabrikam"))
    }
    try world.store.transaction { try $0.forgetPassword("g-other", channel: 1) }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    world.wait(3600)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.status("ann") == .success)
  }

  @Test("One of an account that belongs to the user no more keeps none of the user's own back")
  func leftTheUser() async throws {
    try await started()
    // An object that nothing links to the user.
    try give(at: world.now, account: 4711)
    let order = PasswordWishes(accounts: ["g-ann"])
    #expect(try await world.turn(order) == .ended(taken: 1, failed: 0))
    #expect(try world.status("ann") == .success)
  }

  @Test("A later one is sent, and the other account no longer said to have its own there")
  func later() async throws {
    try await started()
    try give(at: world.now)
    world.wait(60)
    world.source.set("new", of: "ann", at: world.now)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    let other = try world.row("other")
    #expect(other.status == .filteredByTarget && !other.isCurrent && other.due != nil)
    #expect(other.reason.contains("CN=ann,"))
  }

  @Test("One that was set while a clock was ahead keeps no other from being sent")
  func ahead() async throws {
    try await started()
    try give(at: world.now.adding(seconds: 86_400))
    world.source.set("new", of: "ann", at: world.now)
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
  }

  @Test("One of an account that is kept back for what it is does not count, and is sent anew later")
  func keptBack() async throws {
    try await started()
    try give(at: world.now)
    try world.store.transaction { tx in
      let known = try #require(try tx.password("g-other", channel: 1))
      var note = PasswordNote(
        anchor: "g-other", dn: known.dn, status: .filteredByTarget, stamp: "other",
        changed: known.changed)
      (note.targetObject, note.targetAnchor) = (known.targetObject, known.targetAnchor)
      try tx.note(note, channel: 1, at: world.now)
    }
    #expect(try world.row("other").isCurrent)
    let order = PasswordWishes(accounts: ["g-ann"])
    #expect(try await world.turn(order) == .ended(taken: 1, failed: 0))
    #expect(try !world.row("other").isCurrent)
  }

  @Test("One of an account that was disabled since gives way to that of the user's other account")
  func disabled() async throws {
    try await started()
    let before = world.now.adding(seconds: -1200)
    try world.store.transaction { tx in
      let known = try #require(try tx.password("g-ann", channel: 1))
      var note = PasswordNote(
        anchor: "g-other", dn: "CN=Other,DC=fabrikam,DC=test", status: .filteredByTarget,
        stamp: "other", changed: before)
      (note.targetObject, note.targetAnchor) = (known.targetObject, known.targetAnchor)
      try tx.note(note, channel: 1, at: world.now)
    }
    func keepsOtherBack() throws -> Bool {
      let user = try #require(try world.row("ann").targetObject)
      return try world.store.look { tx in
        try tx.laterPassword(
          than: before, of: "g-other", channel: 1, target: user, latest: world.now) != nil
      }
    }
    #expect(try keepsOtherBack())
    world.source.touch("ann") { $0.isDisabled = true }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .filteredByTarget && !keepsOtherBack())
    // The user had nothing else meanwhile: nothing is to be sent.
    world.source.touch("ann") { $0.isDisabled = false }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    #expect(try world.status("ann") == .success && world.row("ann").isCurrent)
    // The other one's has taken its place meanwhile: it is sent anew.
    world.source.touch("ann") { $0.isDisabled = true }
    #expect(try await world.turn() == .ended(taken: 0, failed: 0))
    try give(at: before)
    try world.store.transaction { tx in
      let line = PasswordRequestLine(
        anchor: "g-other", dn: "CN=Other", changed: before, stamp: "other", request: "other")
      try tx.outdatePasswords(before: line, channel: 1, until: world.now)
    }
    world.source.touch("ann") { $0.isDisabled = false }
    #expect(try await world.turn() == .ended(taken: 1, failed: 0))
    #expect(try world.status("ann") == .success)
  }
}
