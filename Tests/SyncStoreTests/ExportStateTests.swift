import Directory
import GRDB
import Testing

@testable import SyncStore

@Suite("What waits to be sent follows from what is wanted and what is shown")
struct ExportStateTests {
  let test: TestStore

  init() throws { test = try TestStore() }

  func desired(_ attributes: AttributeSet) -> DesiredImage {
    DesiredImage(attributes: attributes.attributes, references: ["members"])
  }

  func shown(
    _ name: String, _ attributes: AttributeSet, anchor: String? = nil
  ) throws -> ImportedChange {
    .entry(
      DirectoryEntry(
        anchor: Anchor(anchor ?? "a-" + name), dn: try DistinguishedName("CN={\(name)}"),
        objectType: name == "team" ? "group" : "user", attributes: attributes))
  }

  func pending(_ id: Int64) throws -> String {
    try #require(try test.reader.object(id: id, valueLimit: 10)).row.pendingExport
  }

  func take(_ id: Int64, _ anchor: String) throws {
    try test.store.transaction {
      try $0.markSending([id])
      try $0.exportTaken(id, anchor: Anchor(anchor))
    }
  }

  @Test("A provisioned object waits to be added, and still does once it is sent")
  func add() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    #expect(try pending(id) == "add")
    try take(id, "a-ann")
    #expect(try pending(id) == "add")
    #expect(try test.object(id).exportState == .unconfirmed)
  }

  @Test("It is settled when an import shows it as it was sent")
  func confirmed() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    try take(id, "a-ann")
    let staged = try test.stage(
      [shown("ann", ["title": ["x"], "more": ["1"]])], connector: test.target)
    #expect(staged.counts == ["stage-add": 1])
    #expect(try pending(id) == "none")
    #expect(try test.object(id).exportState == .idle)
  }

  @Test("What does not come back is an error with both values, and is sent again")
  func notReimported() throws {
    let id = try test.provision("ann", desired(["title": ["wanted"]]))
    try take(id, "a-ann")
    let staged = try test.stage([shown("ann", ["title": ["other"]])], connector: test.target)
    let error = try #require(
      try test.reader.errors(step: staged.step, after: nil, limit: 10).first)
    #expect(error.type == "exported-change-not-reimported" && error.objectID == id)
    #expect(error.attribute == "title" && error.value == "\"other\"")
    #expect(error.message.contains("\"other\" where \"wanted\" was sent"))
    #expect(try pending(id) == "update")
    try test.store.transaction {
      try $0.setDesired(try $0.encode(desired(["title": ["other"]])), of: id)
    }
    #expect(try pending(id) == "none")
    #expect(try test.reader.openErrors(connector: nil, after: nil, limit: 10) == [])
  }

  @Test("What its target does not show is no error of an object that rules have let go")
  func notReimportedAndLetGo() throws {
    for ending in ["let go", "deleted", "no target"] {
      let id = try test.provision(ending, desired(["title": ["wanted"]]))
      try take(id, "a-" + ending)
      try test.stage([shown(ending, ["title": ["other"]])], connector: test.target)
      #expect(try openErrors == ["title"], "\(ending)")
      let object = try test.object(id)
      try test.store.transaction { tx in
        switch ending {
        case "let go": try tx.letGo(id)
        case "deleted": try tx.deprovision(object, because: "gone")
        default: try tx.forgetExports(toSource: test.target)
        }
      }
      #expect(try openErrors == [], "\(ending)")
    }
  }

  private var openErrors: [String] {
    get throws {
      try test.reader.openErrors(connector: nil, after: nil, limit: 10).map(\.attribute)
    }
  }

  @Test("An error that names several attributes ends once the target shows all of them")
  func severalNotReimported() throws {
    let names: [AttributeName] = ["a", "b", "c", "d", "e", "f", "g"]
    func values(_ wanted: [AttributeName]) -> AttributeSet {
      AttributeSet(names.map { Attribute($0, wanted.contains($0) ? ["wanted"] : ["other"]) })
    }
    let id = try test.provision("ann", desired(values(names)))
    try take(id, "a-ann")
    func show(_ wanted: [AttributeName]) throws {
      try test.stage([shown("ann", values(wanted))], connector: test.target)
    }
    try show(["c"])
    #expect(try openErrors == ["a"])
    // The last two are only named.
    for wanted in [["a", "c"], ["a", "b", "c", "d", "e", "f"], ["a", "b", "c", "d", "e", "g"]] {
      try show(wanted.map { AttributeName($0) })
      #expect(try openErrors == ["a"], "\(wanted)")
    }
    // That of c was not told.
    try show(names.filter { $0 != "c" })
    #expect(try openErrors == [])
    #expect(try pending(id) == "update")
  }

  private func accept(_ id: Int64) throws {
    try test.store.transaction {
      try $0.markSending([id])
      try $0.exportAccepted(id)
    }
  }

  private func toSend() throws -> [Int64] {
    try test.store.look {
      try $0.exportsInOrder(connector: test.target, objectType: "user", after: 0, limit: 9)
    }.map(\.id)
  }

  private func report(_ name: String, at time: Timestamp) throws {
    let report = ExportReport(
      dn: try DistinguishedName("CN={\(name)}"), objectType: "user", time: time,
      failure: ObjectFailure(.attributeValueMustBeUnique, code: "Conflict", message: "taken"))
    try test.stage([], reports: [report], connector: test.target)
  }

  @Test("What was sent and is yet to be shown is sent where its target should show it by now")
  func sentAgain() throws {
    let id = try test.provision("bob", desired(["title": ["x"]]))
    try take(id, "a-bob")
    func count(takenBefore moment: Timestamp?) throws -> Int {
      try test.store.look {
        try $0.pendingExportCount(connector: test.target, takenBefore: moment)
      }
    }
    #expect(try count(takenBefore: nil) == 1)
    #expect(try count(takenBefore: Timestamp.now.adding(seconds: -60)) == 0)
    #expect(try count(takenBefore: Timestamp.now.adding(seconds: 60)) == 1)
  }

  @Test("What a target accepted waits: it is not sent again, and no import makes an error of it")
  func accepted() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    try accept(id)
    #expect(try toSend() == [] && pending(id) == "add")
    #expect(try test.store.look { try $0.pendingExportCount(connector: test.target) } == 0)
    // A full import that does not show it yet.
    try test.store.transaction { try $0.settleUnseenExports(connector: test.target) }
    #expect(try test.object(id).exportState == .accepted)
    try test.stage([shown("ann", ["title": ["x"]])], connector: test.target)
    #expect(try pending(id) == "none" && test.object(id).exportState == .idle)
    try test.store.transaction {
      try $0.setDesired(try $0.encode(desired(["title": ["y"]])), of: id)
    }
    try accept(id)
    let staged = try test.stage([shown("ann", ["title": ["x"]])], connector: test.target)
    #expect(try test.reader.errors(step: staged.step, after: nil, limit: 10) == [])
    #expect(try test.object(id).exportState == .accepted && toSend() == [])
    try test.stage([shown("ann", ["title": ["y"]])], connector: test.target)
    #expect(try pending(id) == "none" && test.object(id).exportState == .idle)
  }

  @Test("Another value is sent at once, though the one before is still on its way")
  func acceptedAndChanged() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    try accept(id)
    try test.store.transaction {
      try $0.setDesired(try $0.encode(desired(["title": ["y"]])), of: id)
    }
    #expect(try toSend() == [id])
    // The add may be there by now: it is sent as one that may have arrived.
    #expect(try test.object(id).exportState == .unknown)
  }

  @Test("A report of a refusal is the object's error; an old one, or a stranger's, is nothing")
  func report() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    try accept(id)
    try report("ann", at: .now.adding(seconds: -3600))
    try report("bob", at: .now)
    #expect(try test.reader.openErrors(connector: nil, after: nil, limit: 10) == [])
    try report("ann", at: .now)
    let errors = try test.reader.openErrors(connector: nil, after: nil, limit: 10)
    #expect(errors.map(\.objectID) == [id] && errors.map(\.message) == ["taken"])
    #expect(try toSend() == [id])
    // To be accepted again is no success; to be shown is.
    try accept(id)
    #expect(try test.reader.openErrors(connector: nil, after: nil, limit: 10).count == 1)
    try test.stage([shown("ann", ["title": ["x"]])], connector: test.target)
    #expect(try test.reader.openErrors(connector: nil, after: nil, limit: 10) == [])
  }

  @Test("What was accepted long ago is found, and sent again")
  func overdue() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    try accept(id)
    func overdue(_ moment: Timestamp) throws -> [Int64] {
      try test.store.look {
        try $0.overdueExports(connector: test.target, before: moment, limit: 9)
      }.map(\.id)
    }
    #expect(try overdue(.now.adding(seconds: -60)) == [])
    #expect(try overdue(.now.adding(seconds: 60)) == [id])
    #expect(try test.store.transaction { try $0.openAttributes(of: id) } == ["title"])
    try test.store.transaction { try $0.endAcceptance(of: id) }
    #expect(try toSend() == [id] && overdue(.now.adding(seconds: 60)) == [])
  }

  @Test("What was accepted by a clock that was ahead is overdue, and a report of it is heard")
  func acceptedAhead() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    try accept(id)
    try test.store.transaction {
      try $0.execute("UPDATE cs_object SET exported_at = exported_at + 31536000000")
    }
    let overdue = try test.store.look {
      try $0.overdueExports(
        connector: test.target, before: .now.adding(seconds: -60), limit: 9)
    }
    #expect(overdue.map(\.id) == [id])
    try report("ann", at: .now)
    let errors = try test.reader.openErrors(connector: nil, after: nil, limit: 10)
    #expect(errors.map(\.objectID) == [id])
  }

  @Test("Drift at the target is sent again, without an error")
  func drift() throws {
    let id = try test.provision("ann", desired(["title": ["x"], "empty": []]))
    try take(id, "a-ann")
    try test.stage([shown("ann", ["title": ["x"]])], connector: test.target)
    try test.stage([shown("ann", ["title": ["x"], "unmanaged": ["y"]])], connector: test.target)
    #expect(try pending(id) == "none")
    let staged = try test.stage([shown("ann", ["title": ["y"]])], connector: test.target)
    #expect(try pending(id) == "update")
    #expect(try test.reader.errors(step: staged.step, after: nil, limit: 10) == [])
  }

  @Test("An attribute that is to be empty is taken away when someone fills it")
  func managedEmpty() throws {
    let id = try test.provision(
      "ann", DesiredImage(attributes: [Attribute("title", []), Attribute("b", ["1"])]))
    try take(id, "a-ann")
    try test.stage([shown("ann", ["b": ["1"]])], connector: test.target)
    #expect(try pending(id) == "none")
    try test.stage([shown("ann", ["b": ["1"], "title": ["King"]])], connector: test.target)
    #expect(try pending(id) == "update")
    let detail = try #require(try test.reader.object(id: id, valueLimit: 10))
    let title = try #require(detail.attributes.first { $0.name == "title" })
    #expect(title.values == ["King"] && title.pendingExport == [])
  }

  @Test("An object that was never sent is just forgotten; one that was sent is to be deleted")
  func deprovision() throws {
    let never = try test.provision("never", desired(["title": ["x"]]))
    let sent = try test.provision("sent", desired(["title": ["x"]]))
    try take(sent, "a-sent")
    for id in [never, sent] {
      let object = try test.object(id)
      try test.store.transaction { try $0.deprovision(object, because: "test") }
    }
    #expect(try test.number("SELECT COUNT(*) FROM cs_object WHERE id = \(never)") == 0)
    #expect(try pending(sent) == "delete")
    #expect(try test.store.look { try $0.pendingDeleteCount(connector: test.target) } == 1)
    try test.store.transaction { try $0.exportDeleted(sent) }
    #expect(try test.number("SELECT COUNT(*) FROM cs_object") == 0)
  }

  /// Sends ann without an answer, wants her no more, and imports without a sight of her.
  private func giveUp(keepsWord: Bool) throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    try test.store.transaction { try $0.markSending([id]) }
    let object = try test.object(id)
    try test.store.transaction { try $0.deprovision(object, because: "ann left") }
    #expect(try pending(id) == "delete")
    try test.store.transaction {
      try $0.forgetUnarrived(connector: test.target, keepsWord: keepsWord)
    }
    #expect(try test.number("SELECT COUNT(*) FROM cs_object") == 0)
    #expect(try test.number("SELECT COUNT(*) FROM export_cause") == 0)
  }

  private func showAnn(_ anchor: String, type: String = "user") throws -> ConnectorSpaceObject {
    let entry = DirectoryEntry(
      anchor: Anchor(anchor), dn: try DistinguishedName("CN={ann}"), objectType: type,
      attributes: ["title": ["x"]])
    let staged = try test.stage([.entry(entry)], connector: test.target)
    #expect(staged.counts == ["stage-add": 1])
    return try test.object(
      Int64(try test.number("SELECT id FROM cs_object WHERE anchor = '\(anchor)'")))
  }

  @Test("What was sent without an answer and never shown is forgotten once it is unwanted")
  func unarrived() throws {
    try giveUp(keepsWord: false)
    #expect(try !showAnn("late-1").awaitsDelete)
  }

  @Test("Where reads lag, what was given up and is shown after all is deleted, with its cause")
  func shownLate() throws {
    try giveUp(keepsWord: true)
    let ann = try showAnn("late-1")
    #expect(ann.awaitsDelete && ann.desired == nil)
    let deletes = try test.store.look {
      try $0.pendingDeletes(
        $0.pendingDeletes(connector: test.target, releasedOnly: false), releasedOnly: false)
    }
    #expect(deletes.map(\.object.anchor?.text) == ["late-1"])
    let sql = "SELECT c.text FROM export_cause e JOIN cause c ON c.id = e.cause_id"
    let cause = try test.store.look { try $0.row(sql)?[0] as String? }
    #expect(cause == "ann left")
    #expect(try !showAnn("late-2").awaitsDelete, "It is known once")
  }

  @Test("An object of another type under the name of what was given up is somebody else's")
  func shownLateOfAnotherType() throws {
    try giveUp(keepsWord: true)
    #expect(try !showAnn("late-1", type: "group").awaitsDelete)
  }

  @Test("What was given up and is wanted again is sent as what may be there already")
  func wantedAgain() throws {
    try giveUp(keepsWord: true)
    let id = try test.provision("ann", desired(["title": ["x"]]))
    #expect(try test.object(id).exportState == .unknown)
    #expect(try showAnn("late-1").id == id)
    #expect(try pending(id) == "none")
  }

  private func purge(before moment: Timestamp) throws {
    let purged = try test.store.transaction { try $0.purgeHistory(before: moment, limit: 100) }
    #expect(purged.isDone)
  }

  private func age(byDays days: Double) throws {
    let moment = Timestamp.now.adding(seconds: -days * 86_400)
    try test.store.transaction {
      try $0.execute("UPDATE unseen_add SET time = ?", [moment.milliseconds])
    }
  }

  @Test("What was given up and never came is forgotten with the history of its time")
  func givenUpLongAgo() throws {
    try giveUp(keepsWord: true)
    try age(byDays: 30)
    try purge(before: .now.adding(seconds: -40 * 86_400))
    #expect(try test.number("SELECT COUNT(*) FROM unseen_add") == 1)
    try purge(before: .now.adding(seconds: -20 * 86_400))
    #expect(try !showAnn("late-1").awaitsDelete)
  }

  @Test("What was given up and may yet be shown is remembered by those who keep no history, too")
  func givenUpLately() throws {
    try giveUp(keepsWord: true)
    try age(byDays: 6)
    try purge(before: .now.adding(seconds: 60))
    #expect(try showAnn("late-1").awaitsDelete)
  }

  @Test("What was refused after it had got no answer may still be there")
  func refusedRetry() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    func refuse(isRetry: Bool) throws {
      try test.store.transaction {
        try $0.markSending([id])
        try $0.exportRefused(id, isRetry: isRetry)
      }
    }
    try refuse(isRetry: false)
    #expect(try test.object(id).exportState == .idle)
    try refuse(isRetry: true)
    #expect(try test.object(id).exportState == .unknown)
    try take(id, "a-ann")
    try refuse(isRetry: true)
    #expect(try test.object(id).exportState == .idle, "That it is there is known")
  }

  @Test("What was taken in part is known by its anchor, and the rest of it still waits to be sent")
  func inPart() throws {
    let id = try test.provision("ann", desired(["title": ["x"], "note": ["y"]]))
    try test.store.transaction {
      try $0.markSending([id])
      try $0.exportTaken(inPart: id, anchor: Anchor("a-ann"))
    }
    #expect(try test.object(id).anchor?.text == "a-ann" && test.object(id).exportState == .idle)
    #expect(try toSend() == [id])
    try test.stage([shown("ann", ["title": ["x"]])], connector: test.target)
    #expect(try pending(id) == "update" && toSend() == [id])
    #expect(try test.reader.openErrors(connector: nil, after: nil, limit: 10) == [])
  }

  @Test("What was taken in part and is not shown by a full import may be there all the same")
  func inPartUnseen() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    try test.store.transaction {
      try $0.exportTaken(inPart: id, anchor: Anchor("a-ann"))
      try $0.settleUnseenExports(connector: test.target)
    }
    #expect(try test.object(id).anchor == nil && test.object(id).exportState == .unknown)
  }

  @Test("What was sent without an answer and is shown after all is known by its name")
  func arrived() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    let step = try test.step(.export, connector: test.target)
    try test.store.transaction { tx in
      try tx.markSending([id])
      try tx.record(
        StepError(
          .export, .connectivityError, objectID: id, dn: "CN={ann}", message: "no answer",
          hint: "wait"), step: step, connector: test.target)
    }
    #expect(try test.reader.openErrors(connector: nil, after: nil, limit: 10).count == 1)
    try test.stage([shown("ann", ["title": ["x"]], anchor: "new-1")], connector: test.target)
    let object = try test.object(id)
    #expect(object.anchor?.text == "new-1" && object.exportState == .idle)
    #expect(try pending(id) == "none")
    #expect(try test.reader.openErrors(connector: nil, after: nil, limit: 10) == [])
  }

  @Test("An object of the target that an add turned out to be is one object from then on")
  func adopt() throws {
    try test.stage([shown("there", ["title": ["old"], "mail": ["m"]])], connector: test.target)
    let id = try test.provision("ann", desired(["title": ["x"]]))
    #expect(try test.store.look { try $0.rival(of: id, anchor: Anchor("a-there")) } == nil)
    try take(id, "a-there")
    #expect(try test.number("SELECT COUNT(*) FROM cs_value WHERE object_id = \(id)") == 1)
    #expect(try test.number("SELECT COUNT(*) FROM cs_object") == 1)
    #expect(try test.object(id).image?["title"] == ["old"])
    #expect(try test.object(id).anchor?.text == "a-there")
  }

  @Test("An object of another type is no add of this one, whatever anchor the target gave it")
  func otherType() throws {
    try test.stage([shown("team", ["displayName": ["team"]], anchor: "7")], connector: test.target)
    let id = try test.provision("ann", desired(["title": ["x"]]))
    #expect(try test.store.look { try $0.rival(of: id, anchor: Anchor("7")) } == "the group team")
    #expect(try test.store.look { try $0.rival(of: id, anchor: Anchor("8")) } == nil)
  }

  @Test("What a group shows of an object is what it wants, once that turned out to be ours")
  func adoptReferred() throws {
    try test.stage(
      [
        shown("there", [:]), shown("other", [:]),
        shown("team", ["members": [.reference("a-there"), .reference("a-other")]]),
      ], connector: test.target)
    let id = try test.provision("ann", desired(["title": ["x"]]))
    let team = try test.id("team", connector: test.target)
    try test.store.transaction { tx in
      try tx.setDesired(try tx.encode(DesiredImage(references: ["members"])), of: team)
      var unsettled: Set<Int64> = []
      _ = try tx.setReference("members", of: team, to: id, isWanted: true, unsettled: &unsettled)
      try tx.execute("UPDATE cs_reference SET state = 0")
      try tx.execute("UPDATE cs_object SET pending_import = 0")
    }
    try take(id, "a-there")
    let states = "SELECT state FROM export_reference WHERE source_id = \(team) AND target_id = "
    #expect(try test.number(states + "\(id)") == 0)
    // Inbound rules are to see it, and what refers to it.
    #expect(try test.object(id).hasPendingImport)
    #expect(try test.number("SELECT state FROM cs_reference WHERE target_id = \(id)") == 1)
  }

  @Test("An object that belongs to somebody else is not taken from him, though no rule writes it")
  func foreign() throws {
    try test.stage([shown("there", [:])], connector: test.target)
    let id = try test.provision("ann", desired(["title": ["x"]]))
    let other = try test.id("there", connector: test.target)
    try test.store.transaction { tx in
      let metaverse = try tx.insertMetaverse(
        objectType: "person", image: try tx.encode([MetaverseAttribute]()), display: "bob",
        keys: [])
      try tx.link(other, to: metaverse, .projected, rule: 0)
    }
    #expect(try test.store.look { try $0.rival(of: id, anchor: Anchor("a-there")) } != nil)
  }

  @Test("A full import that does not show what was sent has it made again")
  func unseen() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    try take(id, "a-ann")
    try test.store.transaction { try $0.settleUnseenExports(connector: test.target) }
    #expect(try test.object(id).anchor == nil)
    #expect(try pending(id) == "add")
  }

  @Test("What is told as gone before it was shown is made again, as what may be there")
  func goneUnseen() throws {
    let id = try test.provision("ann", desired(["title": ["x"]]))
    try take(id, "a-ann")
    try test.stage([.delete(ObjectAddress(anchor: Anchor("a-ann")))], connector: test.target)
    #expect(try test.object(id).anchor == nil)
    #expect(try pending(id) == "add")
    #expect(try test.object(id).exportState == .unknown)
  }
}
