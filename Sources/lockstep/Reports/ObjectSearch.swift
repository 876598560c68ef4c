import ArgumentParser
import Directory
import SyncStore
import Workspace

/// What a text that a person typed means among the objects of all connector spaces.
struct ObjectSearch {
  /// The objects, sources first.
  let rows: [ObjectRow]

  /// Finds what `text` means: an object's number, a DN, an anchor, a user principal name, a
  /// display name, an account name, a mail address, or a metaverse object.
  ///
  /// A DN means one object only, even if it is also what others are called.
  /// - Parameter withPast: whether objects that are gone, and former names, count, too.
  init(_ text: String, in store: any StoreReading, withPast: Bool) throws {
    if let id = Int64(text), let detail = try store.object(id: id, valueLimit: 1) {
      rows = [detail.row]
      return
    }
    var found = try store.find(text)
    if withPast {
      let known = Set(found.map(\.id))
      found += try store.findPast(text).filter { !known.contains($0.id) }
    }
    let exact = found.filter { $0.dn.lowercased() == text.lowercased() }
    rows = exact.count == 1 ? exact : found
  }

  /// The metaverse object, if all that was found is linked to just this one.
  var metaverse: Int64? {
    guard let first = rows.first?.metaverseID,
      rows.allSatisfy({ $0.metaverseID == first })
    else { return nil }
    return first
  }

  /// The same, also where some of what was found has lost its link by now: what awaits its delete
  /// belonged to the same person.
  func metaverseEver(in store: any StoreReading) throws -> Int64? {
    let linked = Set(rows.compactMap(\.metaverseID))
    guard linked.count == 1, let only = linked.first else { return nil }
    if let metaverse { return metaverse }
    let ever = Set(try store.linkedEver(to: only).map(\.id))
    return rows.allSatisfy { ever.contains($0.id) } ? only : nil
  }

  /// That nothing is called so.
  static func nothing(_ text: String) -> WorkspaceError {
    WorkspaceError(
      .notFound, message: "No object is called '\(text)'",
      hint: "Give its DN, its anchor, its user principal name, its account name, its mail address, "
        + "its display name in full, or its metaverse object as mv:12; "
        + "'lockstep why' says why an object did not arrive")
  }
}

extension ArgumentHelp {
  /// What an object may be called by.
  static let objectName: ArgumentHelp = """
    A DN, an anchor, a user principal name, a display name, an account name, a mail address, or an \
    object's number.
    """
}
