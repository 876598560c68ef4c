import Directory

extension SampleContent {
  func groupName(_ number: Int) -> String {
    switch number {
    case 1: "All Staff"
    case 2: "Empty"
    case 3: "Circle A"
    case 4: "Circle B"
    default: "Team " + SampleUser.padded(number, 3)
    }
  }

  func groupDN(_ number: Int) -> String { "CN=" + groupName(number) + "," + domain.groups }

  mutating func writeGroups() throws(LDIFFileError) {
    for number in stride(from: 1, through: parameters.groups, by: 1) {
      try writeGroup(number, name: groupName(number), members: members(number))
    }
  }

  mutating func writeGroup(
    _ number: Int, name: String, members: [String], hasDisplayName: Bool = true
  ) throws(LDIFFileError) {
    let dn = "CN=" + DistinguishedName.escape(name) + "," + domain.groups
    begin(dn, type: "group", classes: ["top", "group"])
    writer.line("cn", name)
    if hasDisplayName { writer.line("displayName", name) }
    writer.line("objectGUID", guid(3, number))
    writer.line("objectSid", domain.sid(5_000_000 + number))
    writer.line("sAMAccountName", "g" + SampleUser.padded(number, 5))
    writer.line("description", "Sample group \(number)")
    writer.line("groupType", "-2147483646")
    for member in members { writer.line("member", member) }
    try writer.endRecord()
  }

  // The first holds all enabled users, the second nobody, the third and fourth each other; of the
  // rest every sixth also holds the group before it.
  private func members(_ number: Int) -> [String] {
    switch number {
    case 1:
      return (1...max(1, parameters.users)).lazy.map(user).filter { !$0.isDisabled }.map(\.dn)
    case 2: return []
    case 3: return [user(1).dn] + (parameters.groups >= 4 ? [groupDN(4)] : [])
    case 4: return [groupDN(3)]
    default:
      var random = SeededGenerator(seed: parameters.seed &+ UInt64(number) &* 31)
      var numbers: Set<Int> = []
      for _ in 0..<(3 + random.below(12)) { numbers.insert(1 + random.below(parameters.users)) }
      let nested = number % 6 == 0 ? [groupDN(number - 1)] : []
      return nested + numbers.sorted().map { user($0).dn }
    }
  }
}
