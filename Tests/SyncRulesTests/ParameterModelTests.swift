import Configuration
import TestSupport
import Testing

@testable import SyncRules

@Suite("Names between percent signs")
struct ParameterModelTests {
  private let place = SourcePlace(file: "r.toml", line: 3, column: 5)
  private let known = [
    "A": "one", "Domain.FQDN": "contoso.test", "b_2": "50%", "Empty": "", "Odd": "%A%",
  ]

  @Test(
    "Texts made of plain parts and names become the parts with the values between them",
    arguments: UInt64(1)...40)
  func expanded(seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let plain = ["", "x", " ", "é", "100% ", "a % b ", "%% ", "% ", "%1% ", "%-% ", "'"]
    for _ in 0..<60 {
      var text = ""
      var expected = ""
      var names: Set<String> = []
      for _ in 0..<Int.random(in: 0...5, using: &random) {
        // A sign of its own is closed by the next one, so only texts without one stand before names.
        if Bool.random(using: &random) {
          let part = random.choose(["", "x", " ", "é", "'", "="])
          text += part
          expected += part
        } else if let (name, value) = known.sorted(by: { $0.key < $1.key }).randomElement(
          using: &random)
        {
          text += "%" + name + "%"
          expected += value
          names.insert(name)
        }
      }
      let tail = plain.randomElement(using: &random) ?? ""
      text += tail
      expected += tail
      #expect(
        try ParameterText(parameters: known).expand(text, place: place) == expected, "\(text)")
      #expect(ParameterText.names(in: text) == names, "\(text)")
    }
  }

  @Test(
    "What is no name stays as it is written",
    arguments: [
      "", "%", "%%", "%%%", "100%", "50% of 100%", "%1A%", "%A B%", "%_A%", "%.A%", "%A-B%", "%é%",
      "%A\u{301}",
      "LIKE '%x y%'", "% A%", "%A %",
    ])
  func plain(text: String) throws {
    #expect(try ParameterText(parameters: known).expand(text, place: place) == text)
    #expect(ParameterText.names(in: text).isEmpty)
  }

  @Test("A sign that opens no name may be the one that opens the next")
  func shared() throws {
    func expand(_ text: String) throws -> String {
      try ParameterText(parameters: known).expand(text, place: place)
    }
    #expect(try expand("100%%A%") == "100%one")
    #expect(try expand("5 %, %A%") == "5 %, one")
    #expect(try expand("%A%%A%") == "oneone")
    #expect(try expand("%A%A%") == "oneA%")
    // What a value holds is no parameter again.
    #expect(try expand("%Odd%") == "%A%")
  }

  @Test("A name that is not known is told with its place, and with the one that was meant")
  func unknown() throws {
    for (text, name, near) in [
      ("x %Domain.FQDM% y", "Domain.FQDM", "%Domain.FQDN%"), ("%a%", "a", "%A%"),
      ("%Nothing.Like.It%", "Nothing.Like.It", ""),
    ] {
      do {
        _ = try ParameterText(parameters: known).expand(text, place: place)
        Issue.record("\(text) was taken")
      } catch {
        #expect(error.place == place && error.message == "The parameter %\(name)% is unknown")
        #expect(
          near.isEmpty
            ? !error.hint.contains("did you mean") : error.hint.contains("did you mean \(near)?"))
        #expect(error.hint.contains("[connector.parameters]"))
      }
      // What is switched off need not work.
      #expect(
        try ParameterText(parameters: known, isLenient: true).expand(text, place: place) == text)
    }
  }

  @Test(
    "A connector that is called as a domain has what follows from it",
    arguments: [
      ("contoso.com", "", "contoso.com", "DC=contoso,DC=com", "CONTOSO"),
      ("a.b.c.test", "", "a.b.c.test", "DC=a,DC=b,DC=c,DC=test", "A"),
      (
        "ad", "OU=People,DC=corp,DC=contoso,DC=com", "corp.contoso.com",
        "DC=corp,DC=contoso,DC=com", "CORP"
      ),
      ("ad", "ou=x, dc=contoso, dc=com", "contoso.com", "DC=contoso,DC=com", "CONTOSO"),
      // The base says it better than the name.
      ("other.test", "DC=contoso,DC=com", "contoso.com", "DC=contoso,DC=com", "CONTOSO"),
      ("xn--a-b.test", "", "xn--a-b.test", "DC=xn--a-b,DC=test", "XN--A-B"),
    ])
  func derived(connector: String, base: String, name: String, path: String, short: String) {
    let values = RuleParameters.derived(connector: connector, baseDN: base)
    #expect(values["Connector.ID"] == connector && values.count == 7)
    for scope in ["Domain", "Forest"] {
      #expect(values[scope + ".FQDN"] == name)
      #expect(values[scope + ".LDAP"] == path)
      #expect(values[scope + ".Netbios"] == short)
    }
  }

  @Test(
    "From any other name nothing follows",
    arguments: [
      ("ad", ""), ("contoso", ""), ("a..b", ""), (".com", ""), ("contoso.", ""),
      ("Contoso AD.test", ""),
      ("conto_so.com", ""), ("ad", "OU=People,O=contoso"), ("ad", "DC=,DC=com"), ("é.test", ""),
      ("ad", "DC=com,OU=x"),
    ])
  func underived(connector: String, base: String) {
    #expect(
      RuleParameters.derived(connector: connector, baseDN: base) == ["Connector.ID": connector])
  }

  @Test(
    "A connector's own values go before those of all, and these before what follows from its name")
  func order() {
    let parameters = RuleParameters(
      shared: ["Domain.FQDN": "shared", "X": "shared", "Y": "shared"],
      connectors: ["Contoso.Test": ["X": "own", "Connector.ID": "{1}"], "other": ["Y": "others"]])
    for name in ["contoso.test", "CONTOSO.TEST"] {
      let values = parameters.values(for: name)
      #expect(values["X"] == "own" && values["Y"] == "shared" && values["Domain.FQDN"] == "shared")
      #expect(values["Forest.FQDN"] == name && values["Connector.ID"] == "{1}")
    }
    #expect(
      parameters.values(for: "none") == [
        "Connector.ID": "none", "Domain.FQDN": "shared", "X": "shared", "Y": "shared",
      ])
  }
}
