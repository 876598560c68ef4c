import Directory

/// What becomes of the values that an object has by its relative name once it gets another one.
///
/// A server takes them out with the name, or lets them all be (`deleteoldrdn`, RFC 4511 §4.9). Those that
/// the rules want are to stay: another scheme of names says nothing of the attributes of the old one, and
/// the object may have to have them.
struct FormerName {
  /// Whether the server is to take them out.
  var isTakenOut: Bool
  /// What is to be taken out afterwards, where the server is not to.
  var removed: [LDAPModification] = []

  /// The values of the name that `plan`'s object has, which is to be called `newName`.
  init(of plan: ExportPlan, _ newName: DistinguishedName, _ profile: DirectoryProfile) {
    isTakenOut = true
    // There a relative name has one attribute, which follows the name by itself.
    guard !profile.kind.isActiveDirectory, case .modify(_, let changes) = plan.work else { return }
    let new = DistinguishedName.pairs(ofRelativeName: newName.rdn)
    let old = DistinguishedName.pairs(ofRelativeName: plan.dn.rdn)
    var unwanted: [LDAPModification] = []
    for pair in old where !new.contains(where: { Self.isSame($0, pair) }) {
      let name = AttributeName(pair.type)
      let wanted = Self.wanted(name, changes, plan.operation.named)
      if wanted.contains(pair.value.lowercased()) {
        isTakenOut = false
      } else if !wanted.isEmpty, !new.contains(where: { AttributeName($0.type) == name }) {
        // Another value takes its place with the changes that follow; in between it has none.
        isTakenOut = false
      } else {
        unwanted.append(LDAPModification(.delete, pair.type, [Array(pair.value.utf8)]))
      }
    }
    if !isTakenOut { removed = unwanted }
  }

  private static func isSame(
    _ a: (type: String, value: String), _ b: (type: String, value: String)
  ) -> Bool {
    AttributeName(a.type) == AttributeName(b.type) && a.value.lowercased() == b.value.lowercased()
  }

  /// What the rules want of an attribute, in lower case; nothing where they do not write it.
  private static func wanted(
    _ name: AttributeName, _ changes: [ExportPlan.Change], _ named: [Attribute]
  ) -> Set<String> {
    let change = changes.last { $0.name == name && $0.operation == .replace }
    let values = change?.values ?? named.first { $0.name == name }?.values ?? []
    return Set(values.map { $0.text.lowercased() })
  }
}
