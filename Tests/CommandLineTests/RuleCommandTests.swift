import Foundation
import RuleTools
import Testing

@Suite("The tools for rules on the command line", .serialized, .enabled(if: Bench.areBuilt))
struct RuleCommandTests {
  @Test("An import writes the rules, what they need, and says what it guessed")
  func imports() throws {
    try withWorkspace { bench in
      let answer = try bench.run("rules", "import", bench.folder + "/export")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(answer.output.contains("forest.example is here (guessed"))
      #expect(try bench.names("rules") == ["here-in.toml", "there-out.toml"])
      let settings = bench.read("lockstep.toml")
      #expect(settings.contains("[connector.parameters]\nDomain.FQDN = \"forest.example\""))
      #expect(settings.contains("names = \"entra\""))
      #expect(!settings.contains("AAAA"))
      let check = try bench.run("rules", "check")
      #expect(check.status == 0 && check.output.contains("2 rules"), "\(check.errors)")
      let diff = try bench.run(
        "rules", "diff", bench.folder + "/export", "--connector", "forest.example=here",
        "--connector", "cloud=there")
      #expect(diff.status == 0 && diff.output == "The rules are the same.\n", "\(diff.errors)")
    }
  }

  @Test("Into a workspace with Graph an import brings only what Graph takes, and says what not")
  func importsForGraph() throws {
    try withWorkspace { bench in
      try bench.put("secret\n", at: "secret")
      chmod(bench.folder + "/secret", 0o600)
      try bench.put(
        configuration.replacing(
          "type = \"scim\"\nrole = \"target\"\nurl = \"embedded\"",
          with: """
            type = "graph"
            role = "target"
            tenant = "forest.example"
            application = "11111111-2222-3333-4444-555555555555"
            secret_file = "secret"
            """), at: "lockstep.toml")
      try bench.put(
        outbound.replacing(
          "</attribute-mappings>",
          with: """
            <mapping><dest>proxyAddresses</dest><src><attr>proxyAddresses</attr></src></mapping>
            <mapping><dest>pwdLastSet</dest><src><attr>pwdLastSet</attr></src></mapping>
            </attribute-mappings>
            """), at: "export/SynchronizationRules/out.xml")
      try bench.put(
        rule(
          "Devices to the cloud", "Outbound", "c1", "device", "device", 131,
          "<mapping><dest>displayName</dest><src><attr>displayName</attr></src></mapping>",
          ("sourceAnchor", "sourceAnchor")), at: "export/SynchronizationRules/devices.xml")
      try bench.put(
        rule(
          "Contacts to the cloud", "Outbound", "c1", "person", "contact", 130,
          "<mapping><dest>displayName</dest><src><attr>displayName</attr></src></mapping>",
          ("sourceAnchor", "sourceAnchor")), at: "export/SynchronizationRules/contacts.xml")
      let answer = try bench.run("rules", "import", bench.folder + "/export")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(answer.output.contains("are left out: proxyAddresses, pwdLastSet"))
      #expect(answer.output.contains("switched off: Contacts to the cloud"))
      let rules = bench.read("rules/there-out.toml")
      #expect(rules.contains("sourceAnchor") && rules.contains("userPrincipalName"))
      #expect(!rules.contains("proxyAddresses") && !rules.contains("pwdLastSet"))
      #expect(rules.contains("disabled = true"))
      let lint = try bench.run("rules", "lint")
      #expect(!lint.output.contains("lets nobody write"), "\(lint.output)")
      #expect(answer.output.contains("objects of type device are not written by Microsoft Graph"))
      #expect(answer.output.contains("switched off: Devices to the cloud"))
      #expect(lint.status == 0 && !lint.output.contains("type device"), "\(lint.output)")
    }
  }

  /// The section of a directory that is spoken to, and the export of one.
  func useDirectory(_ bench: Bench, settings: String = "", partitions: String) throws {
    try bench.put("secret\n", at: "secret")
    chmod(bench.folder + "/secret", 0o600)
    let section = """
      type = "ldap"
      role = "source"
      servers = "ldaps://dc1.forest.example"
      user = "svc"
      password_file = "secret"
      \(settings)
      """
    try bench.put(
      configuration.replacing(
        "type = \"ldif\"\nrole = \"source\"\ncontent = \"directory\"", with: section),
      at: "lockstep.toml")
    try bench.put(
      connector("d1", "forest.example", "AD", "").replacing(
        "</ma-data>", with: "<ma-partition-data>\(partitions)</ma-partition-data></ma-data>"),
      at: "export/Connectors/a.xml")
  }

  func partition(
    _ name: String, _ fqdn: String, includes: [String] = [], excludes: [String] = []
  ) -> String {
    """
    <partition><name>\(name)</name><selected>1</selected><filter><object-classes>
    <object-class>group</object-class></object-classes><containers><exclusions>
    \(excludes.map { "<exclusion>\($0)</exclusion>" }.joined())</exclusions><inclusions>
    \(includes.map { "<inclusion>\($0)</inclusion>" }.joined())</inclusions></containers></filter>
    <parameter-values><parameter name="Site" intrinsic="1">\(fqdn)</parameter>
    </parameter-values></partition>
    """
  }

  @Test("The standard rules come into a workspace that was written by hand, and beside none")
  func standard() throws {
    try withWorkspace { bench in
      try FileManager.default.removeItem(atPath: bench.folder + "/rules")
      let missing = try bench.run("rules", "check")
      #expect(missing.status != 0 && missing.errors.contains("lockstep rules standard"))
      let refused = try bench.run("rules", "standard")
      #expect(refused.status != 0 && refused.errors.contains("Domain.FQDN"), "\(refused.errors)")
      #expect(!FileManager.default.fileExists(atPath: bench.folder + "/rules"))
      try bench.put(
        configuration.replacing(
          "content = \"directory\"",
          with: "content = \"directory\"\nparameters = { \"Domain.FQDN\" = \"x.example\" }"),
        at: "lockstep.toml")
      let made = try bench.run("rules", "standard")
      #expect(made.status == 0 && made.output.contains("from here to there"), "\(made.errors)")
      #expect(try bench.run("rules", "check").output.contains("lockstep rules lint"))
      #expect(bench.read("rules/standard.toml").contains("connector = \"here\""))
      #expect(try bench.names("rules/tests") == ["standard.toml"])
      let again = try bench.run("rules", "standard")
      #expect(again.status != 0 && again.errors.contains("has rules already"))
    }
  }

  @Test("A rule whose scope stands elsewhere in the file says what that is called")
  func namedScope() throws {
    try withWorkspace { bench in
      let rule = """
        [[scope]]
        name = "the staff"
        groups = [{ clauses = [{ attribute = "mail", operator = "ISNOTNULL" }] }]

        [[rule]]
        name = "In from here - User"
        direction = "inbound"
        connector = "here"
        source = "user"
        target = "person"
        link = "Provision"
        precedence = 100
        scope = "the staff"
        join = [{ conditions = [{ source = "mail", target = "mail" }] }]
        flow = [{ target = "mail", direct = "mail" }]

        """
      try bench.put(rule, at: "rules/a.toml")
      let shown = try bench.run("rules", "show", "In from here - User")
      #expect(shown.output.contains("# In the file: scope = \"the staff\""), "\(shown.errors)")
      try bench.put(
        rule.replacing("scope = \"the staff\"\n", with: ""), at: "rules/a.toml")
      #expect(try !bench.run("rules", "show", "In from here - User").output.contains("In the file"))
    }
  }

  @Test("The containers that the server synchronized become those that are read")
  func containers() throws {
    try withWorkspace { bench in
      let root = "DC=forest,DC=example"
      let partitions = partition(
        root, "one", includes: ["OU=CORP,\(root)"], excludes: [root, "OU=Old,OU=CORP,\(root)"])
      try useDirectory(bench, partitions: partitions)
      let answer = try bench.run("rules", "import", bench.folder + "/export")
      #expect(answer.status == 0, "\(answer.errors)")
      let settings = bench.read("lockstep.toml")
      #expect(settings.contains("include = [\"OU=CORP,\(root)\"]"))
      #expect(settings.contains("exclude = [\"OU=Old,OU=CORP,\(root)\"]"))
      #expect(answer.output.contains("added here: include = [\"OU=CORP,\(root)\"]"))
      #expect(answer.output.contains("note: the server read no objects of type user"))
      // What a person wrote stays.
      try useDirectory(
        bench, settings: "include = [\"OU=Other,\(root)\"]", partitions: partitions)
      let again = try bench.run("rules", "import", bench.folder + "/export", "--replace")
      #expect(again.status == 0, "\(again.errors)")
      #expect(!bench.read("lockstep.toml").contains("CORP"))
      #expect(again.output.contains("synchronized of \(root) only OU=CORP,\(root) without OU=Old"))
    }
  }

  @Test("What the server did not let out is told with the names of all attributes")
  func unselected() throws {
    try withWorkspace { bench in
      let names = [
        "sourceAnchor", "userPrincipalName", "city", "company", "country", "fax", "mobile",
      ]
      let schema = """
        <schema><dsml><directory-schema>\(names.map { "<attribute-type><name>\($0)</name></attribute-type>" }
          .joined())</directory-schema></dsml></schema>
        <attribute-inclusion><attribute>sourceAnchor</attribute>
        <attribute>userPrincipalName</attribute></attribute-inclusion></ma-data>
        """
      try bench.put(
        connector("c1", "cloud", "Extensible2", "Windows Azure Active Directory (Microsoft)")
          .replacing("</ma-data>", with: schema), at: "export/Connectors/b.xml")
      let first = try bench.run("rules", "import", bench.folder + "/export")
      #expect(first.status == 0 && !first.output.contains("not selected"), "\(first.errors)")
      let flows = names.dropFirst(2).map {
        "<mapping><dest>\($0)</dest><src><attr>displayName</attr></src></mapping>"
      }
      try bench.put(
        outbound.replacing("</attribute-mappings>", with: flows.joined() + "</attribute-mappings>"),
        at: "export/SynchronizationRules/out.xml")
      let answer = try bench.run("rules", "import", bench.folder + "/export", "--replace")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(
        answer.output.contains(
          "note: at the server city, company, country, fax, mobile were not selected for cloud"),
        "\(answer.output)")
    }
  }

  @Test("Containers of another domain than the connector's are told as such, or not taken over")
  func otherContainers() throws {
    try withWorkspace { bench in
      let root = "DC=forest,DC=example"
      let partitions = partition(root, "one", includes: ["OU=CORP,\(root)"], excludes: [root])
      func answer(_ name: String, _ settings: String = "") throws -> String {
        try useDirectory(bench, settings: settings, partitions: partitions)
        try bench.put(
          bench.read("lockstep.toml").replacing("\"here\"", with: "\"\(name)\""),
          at: "lockstep.toml")
        let answer = try bench.run("rules", "import", bench.folder + "/export", "--replace")
        #expect(answer.status == 0, "\(answer.errors)")
        return answer.output
      }
      let words = "the containers are those of \(root)"
      #expect(try answer("trial.example").contains(words))
      #expect(bench.read("lockstep.toml").contains("include = [\"OU=CORP,\(root)\"]"))
      #expect(try !answer("Forest.example").contains(words))
      #expect(try !answer("here").contains(words))
      let based = try answer("trial.example", "base = \"DC=trial,DC=example\"")
      #expect(based.contains("reads below DC=trial,DC=example: no container is taken over"))
      #expect(!bench.read("lockstep.toml").contains("OU=CORP"))
    }
  }

  @Test("A parameter that two domains have each for itself is refused, unless a person gives it")
  func domains() throws {
    try withWorkspace { bench in
      let partitions =
        partition("DC=forest,DC=example", "one") + partition("DC=other,DC=example", "two")
      try useDirectory(bench, partitions: partitions)
      try bench.put(
        inbound.replacing("%Domain.FQDN%", with: "%Site%"), at: "export/SynchronizationRules/in.xml"
      )
      let refused = try bench.run("rules", "import", bench.folder + "/export")
      #expect(refused.status == 2)
      #expect(refused.errors.contains("\"one\" in DC=forest,DC=example and \"two\" in DC=other"))
      #expect(refused.errors.contains("in.xml:1"))
      #expect(
        refused.errors.contains(
          "--connector 'forest.example=here' --connector 'forest.example=NAME'"))
      #expect(try bench.names("rules").isEmpty)
      try useDirectory(bench, settings: "base = \"DC=other,DC=example\"", partitions: partitions)
      let answer = try bench.run("rules", "import", bench.folder + "/export")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(bench.read("lockstep.toml").contains("Site = \"two\""))
    }
  }

  @Test("A parameter without a value is told with the place of the rule that names it")
  func unknownParameter() throws {
    try withWorkspace { bench in
      let text = inbound.replacing("%Domain.FQDN%", with: "%Nowhere%")
      try bench.put(text, at: "export/SynchronizationRules/in.xml")
      let refused = try bench.run("rules", "import", bench.folder + "/export")
      #expect(refused.status == 2)
      #expect(refused.errors.contains("in.xml:1") && refused.errors.contains("%Nowhere%"))
      #expect(refused.errors.contains("People"))
      try bench.put(
        text.replacing("<disabled>False", with: "<disabled>True"),
        at: "export/SynchronizationRules/in.xml")
      let answer = try bench.run("rules", "import", bench.folder + "/export")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(answer.output.contains("note: the export has no value for %Nowhere%"))
    }
  }

  @Test("What rules are called may hold percent signs, and stands for a value where there is one")
  func labels() throws {
    try withWorkspace { bench in
      try bench.put(
        inbound.replacing(
          "<name>People</name>",
          with: "<name>50%Test%</name><description>From %Domain.FQDN%, %Nowhere%</description>"),
        at: "export/SynchronizationRules/in.xml")
      let answer = try bench.run("rules", "import", bench.folder + "/export")
      #expect(answer.status == 0, "\(answer.errors)")
      let checked = try bench.run("rules", "check")
      #expect(checked.status == 0, "\(checked.errors)")
      let texts = try bench.names("rules").map { bench.read("rules/" + $0) }
      #expect(texts.contains { $0.contains("50%Test%") }, "\(texts)")
    }
  }

  @Test("Connectors whose names differ in signs alone have files of their own")
  func similarNames() throws {
    try withWorkspace { bench in
      try bench.put(
        configuration.replacing("name = \"here\"", with: "name = \"contoso.com\"") + """
          [[connector]]
          name = "contoso com"
          type = "ldif"
          role = "source"
          content = "directory"

          """, at: "lockstep.toml")
      try bench.put(
        connector("d2", "forest.two", "AD", ""), at: "export/Connectors/c.xml")
      try bench.put(
        inbound.replacing("People", with: "Others").replacing("{people}", with: "{others}")
          .replacing("{d1}", with: "{d2}").replacing(">100<", with: ">101<"),
        at: "export/SynchronizationRules/in2.xml")
      let answer = try bench.run(
        "rules", "import", bench.folder + "/export", "--connector", "forest.example=contoso.com",
        "--connector", "forest.two=contoso com")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(
        try bench.names("rules")
          == ["contoso-com-2-in.toml", "contoso-com-in.toml", "there-out.toml"])
      let check = try bench.run("rules", "check")
      #expect(check.status == 0 && check.output.contains("3 rules"), "\(check.errors)")
    }
  }

  @Test("The standard rules' examples go with them; of a person's own it is said which fail")
  func replacesExamples() throws {
    try withWorkspace { bench in
      try FileManager.default.createDirectory(
        atPath: bench.folder + "/rules/tests", withIntermediateDirectories: true)
      try bench.put("# mine\n", at: "rules/mine.toml")
      try bench.put(
        StandardExamples.text(source: "here", target: "there"), at: "rules/tests/standard.toml")
      let own = """
        [[test]]
        name = "Ann arrives"
        [[test.entry]]
        connector = "here"
        type = "user"
        attributes = { objectGUID = { hex = "0102" }, sAMAccountName = "ann" }
        [test.expect]
        metaverse = { userPrincipalName = "ann@elsewhere.example" }
        """
      try bench.put(own, at: "rules/tests/own.toml")
      let answer = try bench.run("rules", "import", bench.folder + "/export", "--replace")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(try bench.names("rules/tests") == ["own.toml", "standard.toml.old1"])
      #expect(answer.output.contains("kept what was there as"))
      #expect(answer.output.contains("note: 1 of 1 examples in"))
      #expect(answer.output.contains("own.toml do not hold with the imported rules"))
      #expect(bench.read("rules/tests/own.toml") == own)
    }
  }

  @Test("Standard examples that somebody has changed are that person's own")
  func replacesChangedExamples() throws {
    try withWorkspace { bench in
      try FileManager.default.createDirectory(
        atPath: bench.folder + "/rules/tests", withIntermediateDirectories: true)
      let text = StandardExamples.text(source: "here", target: "there") + "# changed\n"
      try bench.put(text, at: "rules/tests/standard.toml")
      let answer = try bench.run("rules", "import", bench.folder + "/export", "--replace")
      #expect(answer.status == 0, "\(answer.errors)")
      #expect(try bench.names("rules/tests") == ["standard.toml"])
      #expect(answer.output.contains("standard.toml do not hold"))
    }
  }
}
