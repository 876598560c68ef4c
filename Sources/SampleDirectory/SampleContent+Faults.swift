import Directory

/// The objects that are wrong on purpose, at the end of the file.
extension SampleContent {
  mutating func writeFaults() throws(LDIFFileError) {
    try writeImportFaults()
    try writeSynchronizationFaults()
    try writeExportFaults()
    try writeHostileNames()
  }

  // Numbers behind those of the ordinary users.
  private func extra(_ index: Int) -> SampleUser { user(max(1, parameters.users) + index) }

  private mutating func fault(_ stage: SampleDirectory.Fault.Stage, _ dn: String, _ text: String) {
    summary.faults.append(.init(stage: stage, dn: dn, text: text))
    writer.comment("fault: \(text) (shows at: \(stage.rawValue))")
  }

  private mutating func writeImportFaults() throws(LDIFFileError) {
    fault(.importing, extra(1).dn, "the photo's Base64 is broken")
    try writeUser(extra(1), Deviation(rawLine: "thumbnailPhoto:: /9j/4AAQSk*ZJRg==\n"))
    fault(.importing, extra(2).dn, "userAccountControl is no number")
    try writeUser(extra(2), Deviation(userAccountControl: "abc"))
    fault(.importing, extra(3).dn, "the objectGUID is that of \(user(1).account)")
    try writeUser(extra(3), Deviation(guid: user(1).guid))
    fault(.importing, extra(4).dn, "the manager is no distinguished name")
    try writeUser(extra(4), Deviation(manager: "Ann Smith"))
  }

  private mutating func writeSynchronizationFaults() throws(LDIFFileError) {
    let twin = user(min(2, max(1, parameters.users)))
    fault(
      .synchronization, extra(5).dn,
      "mS-DS-ConsistencyGuid is the objectGUID of \(twin.account), so both join one object")
    try writeUser(extra(5), Deviation(consistencyGUID: twin.guid))
    let boss = extra(6)
    writer.comment("Not itself wrong: a manager in a unit that no connector should include.")
    try writeUser(boss, Deviation(parent: domain.excluded))
    fault(.synchronization, extra(7).dn, "the manager stands in the excluded unit")
    let excludedDN = "CN=" + DistinguishedName.escape(boss.cn) + "," + domain.excluded
    try writeUser(extra(7), Deviation(manager: excludedDN))
    let team = "Team with a Gap"
    fault(
      .synchronization, "CN=\(team),\(domain.groups)", "one member does not exist")
    let members = [user(1).dn, "CN=Nobody,OU=Berlin," + domain.staff]
    try writeGroup(90_001, name: team, members: members)
  }

  private mutating func writeExportFaults() throws(LDIFFileError) {
    let shared = "smtp:shared@" + domain.dns
    for index in [8, 9] {
      fault(.export, extra(index).dn, "the proxy address \(shared) stands on two users")
      try writeUser(extra(index), Deviation(proxyAddress: shared))
    }
    fault(.export, extra(10).dn, "userPrincipalName holds a space and an accent")
    try writeUser(extra(10), Deviation(userPrincipalName: "zo\u{E9} smith@" + domain.dns))
    fault(.export, extra(11).dn, "the title has 200 characters, the cloud takes 128")
    try writeUser(extra(11), Deviation(title: String(repeating: "Director ", count: 22) + "20"))
    fault(.export, extra(12).dn, "userPrincipalName is that of \(user(1).account)")
    try writeUser(extra(12), Deviation(userPrincipalName: user(1).userPrincipalName))
    let name = "Group without Display Name"
    fault(
      .export, "CN=\(name),\(domain.groups)", "displayName, which the cloud demands, is missing")
    try writeGroup(90_002, name: name, members: [user(1).dn], hasDisplayName: false)
  }

  private mutating func writeHostileNames() throws(LDIFFileError) {
    let names = [
      ("escape sequences", "\u{1B}[2J\u{1B}]0;owned\u{7}Red\u{1B}[31m"),
      ("a bidirectional override", "Ann \u{202E}gpj.exe\u{202C} Smith"),
      ("a line break", "First line\nSecond line"),
    ]
    for (index, (what, name)) in names.enumerated() {
      fault(.nowhere, extra(13 + index).dn, "displayName holds \(what)")
      try writeUser(extra(13 + index), Deviation(displayName: name))
    }
  }
}
