import Foundation
import SyncStore
import Testing

@Suite(
  "A workspace for Microsoft Entra ID as init makes it", .serialized, .enabled(if: Bench.areBuilt))
struct GraphWorkspaceTests {
  private static let people = """
    version: 1

    dn: CN=Ann,OU=Staff,DC=contoso,DC=com
    objectClass: user
    cn: Ann
    objectGUID:: AQIDBAUGBwgJCgsMDQ4PEA==
    sAMAccountName: ann
    userPrincipalName: ann@contoso.com
    userAccountControl: 512
    title: Engineer
    l: Berlin
    extensionAttribute7: seven

    dn: CN=Bob,OU=Staff,DC=contoso,DC=com
    objectClass: user
    cn: Bob
    objectGUID:: AQIDBAUGBwgJCgsMDQ4PEQ==
    sAMAccountName: bob
    userPrincipalName: bob@contoso.com
    userAccountControl: 514
    mailNickname: robert
    manager: CN=Ann,OU=Staff,DC=contoso,DC=com

    dn: CN=Staff,OU=Groups,DC=contoso,DC=com
    objectClass: group
    cn: Staff
    objectGUID:: AQIDBAUGBwgJCgsMDQ4PEg==
    sAMAccountName: staff
    groupType: -2147483646
    member: CN=Ann,OU=Staff,DC=contoso,DC=com
    member: CN=Bob,OU=Staff,DC=contoso,DC=com

    dn: CN=News,OU=Groups,DC=contoso,DC=com
    objectClass: group
    cn: News
    objectGUID:: AQIDBAUGBwgJCgsMDQ4PEw==
    sAMAccountName: news
    groupType: 2
    mail: news@contoso.com

    dn: CN=Carla,OU=Partners,DC=contoso,DC=com
    objectClass: contact
    cn: Carla
    objectGUID:: AQIDBAUGBwgJCgsMDQ4PFA==
    mail: carla@partner.example

    """

  /// A workspace that `init` has made for Graph, and a directory of files.
  private func withWorkspace(_ body: (Bench) throws -> Void) throws {
    try Bench.use { bench in
      let content = bench.folder + "/people.ldif"
      try Data(Self.people.utf8).write(to: URL(filePath: content))
      let made = try bench.run(
        "init", "--source", "contoso.com", "--content", content, "--target", "cloud",
        "--application", "11111111-2222-3333-4444-555555555555")
      #expect(made.status == 0, "\(made.errors)")
      #expect(made.output.contains("distribution groups"), "\(made.output)")
      // A copy of the workspace reads its own files.
      let text = try String(contentsOfFile: bench.folder + "/lockstep.toml", encoding: .utf8)
      #expect(text.contains("content = \"people.ldif\""), "\(text)")
      try body(bench)
    }
  }

  private func put(secret text: String, at path: String) throws {
    try Data(text.utf8).write(to: URL(filePath: path))
    chmod(path, 0o600)
  }

  /// Has the embedded tenant stand in for Entra ID.
  private func useEmbeddedTenant(_ bench: Bench) throws {
    let file = bench.folder + "/lockstep.toml"
    let text = try String(contentsOfFile: file, encoding: .utf8)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).filter { line in
      !["tenant =", "application =", "secret_file ="].contains(where: line.hasPrefix)
    }
    let settings =
      "[tenant]\nport = 0\n\n"
      + lines.joined(separator: "\n").replacing(
        "type = \"graph\"", with: "type = \"graph\"\nurl = \"embedded\"")
    try Data(settings.utf8).write(to: URL(filePath: file))
    try put(secret: "token-of-a-test-0123456789", at: bench.folder + "/tenant.token")
  }

  @Test("Its rules hold, and write nothing that Graph lets nobody write")
  func rulesFit() throws {
    try withWorkspace { bench in
      try put(secret: "secret", at: bench.folder + "/target.secret")
      let lint = try bench.run("rules", "lint")
      #expect(lint.status == 0, "\(lint.output)")
      #expect(!lint.output.contains(": error:"), "\(lint.output)")
      #expect(lint.output.contains("group_anchor"), "\(lint.output)")
      let tests = try bench.run("rules", "test")
      #expect(tests.status == 0, "\(tests.output)")
    }
  }

  @Test("The check of the rules names what Graph lets nobody write, and what is too long for it")
  func forbiddenFlows() throws {
    try withWorkspace { bench in
      try useEmbeddedTenant(bench)
      #expect(try bench.run("rules", "check").status == 0)
      let rule = #"""
        [[rule]]
        name = "Own addresses"
        direction = "outbound"
        connector = "cloud"
        source = "person"
        target = "user"
        link = "Join"
        precedence = 90
        flow = [
          { target = "proxyAddresses", direct = "proxyAddresses" },
          { target = "usageLocation", constant = "Germany" },
        ]
        """#
      try Data(rule.utf8).write(to: URL(filePath: bench.folder + "/rules/own.toml"))
      let check = try bench.run("rules", "check")
      #expect(check.status == 3, "\(check.output)\(check.errors)")
      #expect(check.output.contains("own.toml:1:"), "\(check.output)")
      #expect(
        check.output.contains("writes proxyAddresses, which \"cloud\" lets nobody write"),
        "\(check.output)")
      #expect(check.output.contains("usageLocation, which takes 2 characters"), "\(check.output)")
      // An engine that takes these rules says the same before anything is sent.
      _ = try bench.run("initial")
      let events = try StoreReader(file: bench.folder + "/store.sqlite")
        .events(codes: [6126], text: "proxyAddresses", before: nil, limit: 9)
      #expect(events.count == 1)
    }
  }

  @Test("A new store finds the users and groups of the tenant again, and makes none a second time")
  func newStore() throws {
    try withWorkspace { bench in
      try useEmbeddedTenant(bench)
      func change(_ file: String, _ old: String, _ new: String) throws {
        let path = bench.folder + "/" + file
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.contains(old), "\(file)")
        try Data(text.replacing(old, with: new).utf8).write(to: URL(filePath: path))
      }
      try change(
        "lockstep.toml", "url = \"embedded\"",
        "url = \"embedded\"\n"
          + "group_anchor = \"extension_0123456789abcdef0123456789abcdef_sourceAnchor\"")
      let rules = try FileManager.default.contentsOfDirectory(atPath: bench.folder + "/rules")
        .filter { $0.hasSuffix(".toml") }
      for name in rules {
        let path = bench.folder + "/rules/" + name
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let flow = "{ target = \"sourceAnchor\", direct = \"sourceAnchor\" },"
        try Data(text.replacing("# " + flow, with: flow).utf8).write(to: URL(filePath: path))
      }
      let first = try bench.run("initial")
      #expect(first.status == 0, "\(first.output)\(first.errors)")
      #expect(try bench.run("service", "stop").status == 0)
      for end in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: bench.folder + "/store.sqlite" + end)
      }
      let again = try bench.run("initial")
      #expect(again.status == 0, "\(again.output)\(again.errors)")
      let export = try #require(
        try StoreReader(file: bench.folder + "/store.sqlite")
          .operations(OperationFilter(), before: nil, limit: 10).first { $0.type == .export })
      #expect(export.adds + export.deletes == 0, "\(export)")
      let lint = try bench.run("rules", "lint")
      #expect(!lint.output.contains("without looking whether"), "\(lint.output)")
    }
  }

  @Test("People and security groups arrive by Graph without an error, and stay in step")
  func arrives() throws {
    try withWorkspace { bench in
      try useEmbeddedTenant(bench)
      let rehearsal = try bench.run("initial", "--dry-run")
      #expect(rehearsal.status == 0, "\(rehearsal.output)\(rehearsal.errors)")
      let first = try bench.run("initial")
      #expect(first.status == 0, "\(first.output)\(first.errors)")
      let reader = try StoreReader(file: bench.folder + "/store.sqlite")
      let export = try #require(
        try reader.operations(OperationFilter(), before: nil, limit: 10)
          .first { $0.type == .export })
      #expect(export.result == "success" && export.adds == 3, "\(export)")
      for _ in 0..<2 {
        let next = try bench.run("delta")
        #expect(next.status == 0, "\(next.output)\(next.errors)")
      }
      let last = try #require(
        try reader.operations(OperationFilter(), before: nil, limit: 10)
          .first { $0.type == .export })
      #expect(last.adds + last.updates + last.deletes == 0, "\(last)")
      let verify = try bench.run("verify")
      #expect(verify.status == 0, "\(verify.output)\(verify.errors)")
      let bob = try bench.run("object", "bob@contoso.com")
      #expect(bob.output.contains("robert"), "\(bob.output)")
    }
  }
}
