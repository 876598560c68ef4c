import Directory
import HTTP
import JSON

// What was to end and is said not to be there: it has ended already, or the copy of the directory that
// was asked does not have it yet.
extension GraphExportPlan {
  // MARK: Objects

  /// Plans to delete the object.
  mutating func planDeletion() {
    calls = [Planned(step: .delete, call: GraphCall("DELETE", path))]
  }

  /// Takes the answer to a delete.
  ///
  /// A 404 is no proof: who was made just now is unknown to some copies. The recycle bin is, where
  /// the object is in it; else the delete is sent again for a while, and then the object is asked for.
  mutating func takeDeletion(_ answer: GraphAnswer) -> ExportOutcome? {
    if answer.isSuccess { return .done(anchor: operation.anchor) }
    guard answer.status == 404 else { return .failed(failure(answer)) }
    absences += 1
    guard absences == 1 || absences >= tries else {
      pause = absences - 1
      return nil
    }
    let path = "/directory/deletedItems/" + HTTPURL.encode(id ?? "") + "?$select=id"
    calls = [Planned(step: .bin, call: GraphCall("GET", path))]
    return nil
  }

  /// Takes whether the object is in the recycle bin, where not every kind of object goes, and which
  /// not every application may see.
  mutating func takeBin(_ answer: GraphAnswer) -> ExportOutcome? {
    if answer.isSuccess, let found = answer.object["id"]?.string,
      found.lowercased() == id?.lowercased()
    {
      return .done(anchor: operation.anchor)
    }
    guard absences >= tries else {
      planDeletion()
      pause = absences - 1
      return nil
    }
    calls = [Planned(step: .remains, call: GraphCall("GET", path + "?$select=id"))]
    return nil
  }

  /// Takes whether the object is there that could not be found to be deleted.
  func takeRemains(_ answer: GraphAnswer) -> ExportOutcome? {
    if answer.status == 404 { return .done(anchor: operation.anchor) }
    guard answer.isSuccess else { return .failed(failure(answer)) }
    return .failed(
      ObjectFailure(
        .connectedDirectoryError, code: "404",
        message:
          "The tenant answered the delete with 404 (not found), \(absences) times, and shows "
          + "the object all the same: not all copies of the directory have it yet.",
        isTransient: true))
  }

  // MARK: References

  /// How often it is asked to end what is said not to be there, before anybody looks.
  private static let sendings = 3

  /// Whether a step takes a reference away.
  func endsLink(_ step: Step) -> Bool {
    step == .removeMember || step == .manager && draft.manager?.isEmpty == true
  }

  /// Takes a 404 to what was to end: it has ended already, unless the object itself is gone, or the
  /// copy that answered does not know of it yet.
  ///
  /// The words do not tell that: of a member who is none any more Graph says that "Resource '…' does
  /// not exist or one of its queried reference-property objects are not present", with the group's id
  /// (microsoftgraph/microsoft-graph-docs, "Not Able to delete members from a Team anymore"). So it is
  /// sent again, and then the object is looked at, once for all that is to end of it.
  mutating func takeEnded(_ answer: GraphAnswer) -> ExportOutcome? {
    absences += 1
    let most = remaining == nil ? min(Self.sendings, tries) : tries
    if let remaining, !isShown(among: remaining) {
      absences = 0
      return next()
    }
    if absences < most {
      pause = absences - 1
      return nil
    }
    guard remaining != nil else {
      let more =
        type.name == "group"
        ? "/members?$select=id&$top=999"
        : "?$select=id&$expand=manager($select=id)"
      trail = LinkTrail()
      calls.insert(Planned(step: .presence, call: GraphCall("GET", path + more)), at: 0)
      return nil
    }
    let words = "The tenant says that what was to end is not there, and shows it: "
    return keepAside(
      ObjectFailure(
        .connectedDirectoryError, code: "404", message: words + answer.error.words,
        attribute: calls[0].step == .manager ? "manager" : "member",
        value: calls[0].members.first, isTransient: true))
  }

  private func isShown(among remaining: Set<String>) -> Bool {
    calls.first?.step == .manager
      ? !remaining.isEmpty : calls.first?.members.contains(where: remaining.contains) ?? false
  }

  // Others that are to end may do so all the same.
  private mutating func keepAside(_ failure: ObjectFailure) -> ExportOutcome? {
    if refusals.count < 5 { refusals.append(failure) }
    absences = 0
    aside.append(calls.removeFirst())
    return calls.isEmpty ? finished : nil
  }

  /// Takes what the object refers to, or a page of that.
  mutating func takePresence(_ answer: GraphAnswer) -> ExportOutcome? {
    if answer.status == 404 { return stopped(soon(failure(answer.error, type: .missingObject))) }
    calls.removeFirst()
    guard answer.isSuccess else {
      // What came before says nothing of those on this page.
      remaining = nil
      return keepAside(failure(answer))
    }
    var shown = remaining ?? []
    guard type.name == "group" else {
      if let manager = answer.object["manager"]?["id"]?.string { shown.insert(manager) }
      remaining = shown
      return again()
    }
    guard let members = answer.object["value"]?.array else {
      remaining = nil
      return keepAside(unreadable("without a list"))
    }
    let ending = Set(draft.removedMembers)
    shown.formUnion(members.compactMap { $0["id"]?.string }.filter(ending.contains))
    remaining = shown
    guard let link = answer.object["@odata.nextLink"]?.string else { return again() }
    guard link.hasPrefix(base + "/"), trail.take(link) else {
      remaining = nil
      return keepAside(unreadable("with a link that leads elsewhere or back"))
    }
    // A batch takes what is below the version.
    let call = GraphCall("GET", String(link.dropFirst(base.count)))
    calls.insert(Planned(step: .presence, call: call), at: 0)
    return nil
  }

  /// Goes on with what was to end, which is sent again where it is there.
  private mutating func again() -> ExportOutcome? {
    guard let remaining, isShown(among: remaining) else { return next() }
    return nil
  }

  private func unreadable(_ how: String) -> ObjectFailure {
    ObjectFailure(
      .connectedDirectoryError, code: "404",
      message: "Whether a member that was to be taken away is one can't be told: the list of "
        + "members was answered " + how + ".", attribute: "member", isTransient: true)
  }
}
