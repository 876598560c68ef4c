import Directory

/// Where the objects are that others refer to by their anchors.
struct AnchorDirectory: Sendable {
  let profile: DirectoryProfile
  private var names: [String: String] = [:]

  /// How many are asked for at a time.
  private static let chunk = 100

  init(_ profile: DirectoryProfile) { self.profile = profile }

  /// The name under which the directory takes the object with this anchor; nil if it is not known.
  subscript(anchor: String) -> String? {
    if profile.anchorAttribute == nil { return anchor }
    return names[anchor]
  }

  /// Forgets where an object was.
  mutating func forget(_ anchor: String) { names[anchor] = nil }

  /// Notes that an object now has another name; where references are by GUID that says nothing new.
  mutating func move(_ anchor: String, to name: String) {
    if names[anchor]?.hasPrefix("<") == false { names[anchor] = name }
  }

  /// Notes that a container has another name, and with it all that is below.
  mutating func move(below old: DistinguishedName, to new: DistinguishedName) {
    for (anchor, name) in names {
      guard let moved = (try? DistinguishedName(name))?.replacing(old, by: new) else { continue }
      names[anchor] = moved.text
    }
  }

  /// Finds the objects with these anchors that are not known yet.
  ///
  /// Active Directory takes the GUID itself in the place of a name ([MS-ADTS] §3.1.1.3.1.2.4), and
  /// says so if there is no such object.
  mutating func find(
    _ anchors: Set<String>, _ connection: LDAPConnection
  ) async throws(LDAPError) {
    guard let attribute = profile.anchorAttribute else { return }
    var wanted = anchors.filter { names[$0] == nil }.sorted()[...]
    if profile.kind.isActiveDirectory, attribute == "objectGUID" {
      for anchor in wanted where GUID(anchor) != nil { names[anchor] = "<GUID=\(anchor)>" }
      return
    }
    while !wanted.isEmpty {
      let part = wanted.prefix(Self.chunk)
      wanted = wanted.dropFirst(Self.chunk)
      let filters = part.map { "(" + attribute.text + "=" + filterValue($0) + ")" }
      let search = LDAPSearch(
        base: profile.base.text, filter: "(|" + filters.joined() + ")",
        attributes: [attribute.text])
      for entry in try await connection.entries(search) {
        if let anchor = EntryMapper.anchorText(entry, attribute) { names[anchor] = entry.dn }
      }
    }
  }

  /// An anchor as the value of a filter: bytes that are shown as a GUID are bytes there.
  func filterValue(_ anchor: String) -> String {
    guard let name = profile.anchorAttribute, profile.values.treatment(of: name) == .binary,
      let bytes = GUID(anchor)?.bytes ?? Hexadecimal.decode(anchor)
    else { return SearchFilter.escape(anchor) }
    return bytes.map { "\\" + Hexadecimal.encode([$0]) }.joined()
  }
}
