import Directory

/// A directory that lives by the rules of one, and writes its content and its changes as LDIF.
///
/// Objects know their container and each other by number, so what names become of a rename is a
/// matter of structure here, not of rewriting names.
struct SimulatedDirectory {
  struct Object {
    var kind: String
    var rdn: String
    var parent: Int
    var guid: Int
    var cns: Set<String>
    var title: String?
    var mails: Set<Int> = []
    var manager: Int?
    var members: Set<Int> = []
  }

  private var state: UInt64
  private(set) var objects: [Int: Object] = [:]
  private var deleted: [Object] = []
  private var last = 0
  private let hasGUIDs: Bool

  /// A directory of a few nested units, people and groups.
  init(seed: UInt64, hasGUIDs: Bool = true) {
    self.hasGUIDs = hasGUIDs
    state = seed &* 7919
    for number in 0..<4 { create("OU", "Unit \(number)", parent: number < 2 ? 0 : number - 1) }
    for number in 0..<24 {
      create("user", number % 5 == 0 ? "Smith\\, \(number)" : "User \(number)", parent: unit())
    }
    for number in 0..<5 { create("group", "Group \(number)", parent: unit()) }
    for id in ids("user") where below(2) == 0 {
      let manager = ids("user").randomOne(&self)
      objects[id]?.manager = manager
    }
    for id in ids("group") {
      let members = (0..<8).map { _ in anyMember() }
      objects[id]?.members = Set(members)
    }
  }

  mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }

  private mutating func create(_ kind: String, _ rdn: String, parent: Int) {
    last += 1
    objects[last] = Object(kind: kind, rdn: rdn, parent: parent, guid: last, cns: [rdn])
  }

  private func ids(_ kinds: String...) -> [Int] {
    objects.filter { kinds.contains($0.value.kind) }.map(\.key).sorted()
  }

  private mutating func unit() -> Int { ids("OU").randomOne(&self) }
  private mutating func anyMember() -> Int { ids("user", "group").randomOne(&self) }

  private func dn(_ id: Int) -> String {
    guard let object = objects[id] else { return "DC=x" }
    return (object.kind == "OU" ? "OU=" : "CN=") + object.rdn + "," + dn(object.parent)
  }

  // Directories do not care how a name in a change is spelled.
  private mutating func anySpelling(_ id: Int) -> String {
    let dn = dn(id)
    return below(3) == 0 ? dn.lowercased().replacing(",ou", with: ", OU") : dn
  }

  private func lines(_ object: Object) -> String {
    let digits = String(object.guid)
    var text = "objectClass: \(object.kind == "OU" ? "organizationalUnit" : object.kind)\n"
    if hasGUIDs {
      text +=
        "objectGUID: 00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count)
      text += digits + "\n"
    }
    if object.guid % 2 == 0 { text += "name: \(object.rdn.filter { $0 != "\\" })\n" }
    for value in object.cns.sorted() {
      let type = object.kind == "OU" ? "ou" : "cn"
      text += "\(type): \(value.filter { $0 != "\\" })\n"
    }
    if let title = object.title { text += "title: \(title)\n" }
    for mail in object.mails.sorted() { text += "mail: m\(mail)\n" }
    if let manager = object.manager { text += "manager: \(self.dn(manager))\n" }
    for member in object.members.sorted() { text += "member: \(self.dn(member))\n" }
    return text
  }

  /// The content as it would be exported now.
  func content() -> String {
    objects.sorted { $0.key < $1.key }
      .map { "dn: \(dn($0.key))\n\(lines($0.value))\n" }.joined()
  }

  /// A change file; what it says has happened afterwards.
  mutating func changes(_ count: Int) -> String { (0..<count).map { _ in change() }.joined() }

  private mutating func change() -> String {
    switch below(12) {
    case 0: add()
    case 1: readd()
    case 2: delete()
    case 3, 4: rename(ids("user", "group").randomOne(&self))
    case 5: rename(unit())
    case 6: modifyTitle()
    case 7: modifyMail()
    case 8: modifyManager()
    default: modifyMembers()
    }
  }

  private mutating func add() -> String {
    last += 1
    var object = Object(
      kind: "user", rdn: "New \(last)", parent: unit(), guid: last, cns: ["New \(last)"])
    object.manager = ids("user").randomOne(&self)
    return put(object)
  }

  // Restored with its GUID, or another object under a name that was free.
  private mutating func readd() -> String {
    guard !deleted.isEmpty else { return add() }
    var object = deleted.remove(at: below(deleted.count))
    last += 1
    if below(2) == 0 { object.guid = last }
    guard objects[object.parent] != nil, isFree(object.rdn, object.parent) else { return "" }
    (object.manager, object.members) = (nil, [])
    return put(object)
  }

  private mutating func put(_ object: Object) -> String {
    objects[last] = object
    return "dn: \(dn(last))\nchangetype: add\n\(lines(object))\n"
  }

  private func isFree(_ rdn: String, _ parent: Int) -> Bool {
    !objects.values.contains { $0.rdn == rdn && $0.parent == parent }
  }

  private mutating func delete() -> String {
    let candidates = ids("user", "group")
    guard candidates.count > 10 else { return "" }
    let id = candidates.randomOne(&self)
    let text = "dn: \(anySpelling(id))\nchangetype: delete\n\n"
    if let object = objects.removeValue(forKey: id) { deleted.append(object) }
    for other in objects.keys {
      objects[other]?.members.remove(id)
      if objects[other]?.manager == id { objects[other]?.manager = nil }
    }
    return text
  }

  private mutating func rename(_ id: Int) -> String {
    guard var object = objects[id] else { return "" }
    let (old, oldRDN) = (dn(id), object.rdn)
    // Names of a small stock, so that they are used again by others.
    if below(3) > 0 { object.rdn = ["Able", "Baker", "Charlie", "User 1"].randomOne(&self) }
    let parent = below(2) == 0 ? object.parent : unit()
    guard isFree(object.rdn, parent), !isWithin(parent, id) else { return "" }
    let deletesOld = below(2) == 0
    if deletesOld { object.cns.remove(oldRDN) }
    object.cns.insert(object.rdn)
    let superior = parent == object.parent ? "" : "newsuperior: \(dn(parent))\n"
    object.parent = parent
    objects[id] = object
    let type = object.kind == "OU" ? "OU" : "CN"
    return "dn: \(old)\nchangetype: moddn\nnewrdn: \(type)=\(object.rdn)\n"
      + "deleteoldrdn: \(deletesOld ? 1 : 0)\n\(superior)\n"
  }

  private func isWithin(_ id: Int, _ container: Int) -> Bool {
    id == container || objects[id].map { isWithin($0.parent, container) } ?? false
  }

  private mutating func modify(_ id: Int, _ body: String) -> String {
    "dn: \(anySpelling(id))\nchangetype: modify\n\(body)-\n\n"
  }

  private mutating func modifyTitle() -> String {
    let id = ids("user").randomOne(&self)
    let title = below(3) == 0 ? nil : "Title \(below(5))"
    objects[id]?.title = title
    return modify(id, "replace: title\n" + (title.map { "title: \($0)\n" } ?? ""))
  }

  // Present values are added and missing ones removed too, as after a file that is read twice.
  private mutating func modifyMail() -> String {
    let id = ids("user").randomOne(&self)
    let (old, new) = (below(8), below(8))
    let isUpper = below(2) == 0
    objects[id]?.mails.remove(old)
    objects[id]?.mails.insert(new)
    return modify(
      id, "delete: mail\nmail: \(isUpper ? "M" : "m")\(old)\n-\nadd: mail\nmail: m\(new)\n")
  }

  private mutating func modifyManager() -> String {
    let id = ids("user").randomOne(&self)
    let manager = below(3) == 0 ? nil : Optional(ids("user").randomOne(&self))
    objects[id]?.manager = manager
    guard let manager else { return modify(id, "delete: manager\n") }
    return modify(id, "replace: manager\nmanager: \(anySpelling(manager))\n")
  }

  private mutating func modifyMembers() -> String {
    let groups = ids("group")
    guard !groups.isEmpty else { return "" }
    let id = groups.randomOne(&self)
    let member = anyMember()
    switch below(5) {
    case 0:
      objects[id]?.members = [member]
      return modify(id, "replace: member\nmember: \(anySpelling(member))\n")
    case 1, 2:
      objects[id]?.members.remove(member)
      return modify(id, "delete: member\nmember: \(anySpelling(member))\n")
    default:
      objects[id]?.members.insert(member)
      return modify(id, "add: member\nmember: \(anySpelling(member))\n")
    }
  }
}

extension Array {
  /// One of these; there is one.
  fileprivate func randomOne(_ directory: inout SimulatedDirectory) -> Element {
    self[directory.below(count)]
  }
}
