import JSON
import Synchronization

/// Whether a server takes paths that pick values, such as `emails[type eq "work"].value`, in a
/// `PATCH`: not every one does, and of those that do not, few say so clearly.
final class ValuePathMemory: Sendable {
  private let known = Mutex<[String: Bool]>([:])

  /// Notes that a body was taken.
  func noteTaken(_ body: JSONValue) { note(Self.attributes(of: body), isTaken: true) }

  /// Notes that a change was taken only without paths that pick values of these attributes.
  func noteRefused(_ attributes: Set<String>) { note(attributes, isTaken: false) }

  private func note(_ attributes: Set<String>, isTaken: Bool) {
    guard !attributes.isEmpty else { return }
    known.withLock { known in
      for attribute in attributes where known[attribute] != true { known[attribute] = isTaken }
    }
  }

  /// The attributes of which `bodies` pick values, and the server has not taken that.
  func refused(_ bodies: [JSONValue]) -> Set<String> {
    let attributes = bodies.map(Self.attributes).reduce(Set()) { $0.union($1) }
    guard !attributes.isEmpty else { return [] }
    return known.withLock { known in attributes.filter { known[$0] == false } }
  }

  /// The attributes of which `bodies` pick values, if that may be why they were refused so.
  func mayBeRefused(_ bodies: [JSONValue], _ error: SCIMErrorMessage) -> Set<String> {
    guard error.status == 400 || error.status == 501 else { return [] }
    let attributes = bodies.map(Self.attributes).reduce(Set()) { $0.union($1) }
    // What is not implemented may be those paths alone, though the server takes other changes.
    if error.status == 501 { return attributes }
    switch error.scimType.lowercased() {
    case "invalidpath", "invalidfilter", "invalidsyntax": return attributes
    case "invalidvalue", "":
      // A path that names the value may be refused because of that: somebody who is no member can't be
      // removed, and the others are no business of this change.
      let picked = bodies.map(Self.attributesPickedByKind(in:)).reduce(Set()) { $0.union($1) }
      return known.withLock { known in picked.filter { known[$0] != true } }
    default: return []
    }
  }

  /// What `body` removes by paths that pick one value, by the paths of the lists.
  static func removals(in body: JSONValue) -> [String: Set<String>] {
    (body["Operations"]?.array ?? []).reduce(into: [:]) { removals, operation in
      guard operation["op"]?.string?.lowercased() == "remove", let text = operation["path"]?.string,
        let path = SCIMAttributePath(text), path.subAttribute == nil, let selector = path.selector,
        selector.attribute == "value", let id = selector.value.string
      else { return }
      removals[path.attribute.text, default: []].insert(id)
    }
  }

  private static func attributes(of body: JSONValue) -> Set<String> {
    Set(selections(in: body).map(\.attribute))
  }

  /// The attributes of which a body picks values by anything but the value itself.
  private static func attributesPickedByKind(in body: JSONValue) -> Set<String> {
    Set(selections(in: body).filter { !$0.selector.hasPrefix("[value eq ") }.map(\.attribute))
  }

  private static func selections(
    in body: JSONValue
  ) -> [(attribute: String, selector: Substring)] {
    (body["Operations"]?.array ?? []).compactMap { operation in
      guard let path = operation["path"]?.string, let start = path.firstIndex(of: "[") else {
        return nil
      }
      return (String(path[..<start]), path[start...])
    }
  }
}
