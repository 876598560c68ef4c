import JSON
import Testing

@testable import Tenant

@Suite("Shapes of values")
struct ValueFormatTests {
  @Test(
    "User principal names that the cloud takes are taken",
    arguments: [
      "bjensen@example.com", "o'neil@example.com", "a.b-c_d!e#f^g~h@sub.example.com", "1@2.de",
      "A@EXAMPLE.COM",
    ])
  func goodNames(_ name: String) {
    #expect(ValueFormat.fault(of: name, as: .userPrincipalName) == nil)
  }

  @Test(
    "User principal names that the cloud refuses are refused, with the reason",
    arguments: [
      ("bjensen", "exactly one @"), ("a@b@example.com", "exactly one @"),
      ("@example.com", "nothing before"), ("b jensen@example.com", "space (U+0020)"),
      ("jörg@example.com", "'ö' (U+00F6)"), ("a&b@example.com", "'&'"), ("a.@example.com", "dot"),
      (".a@example.com", "dot"), ("a..b@example.com", "dot"), ("a@example", "no dot"),
      ("a@exa_mple.com", "not the name of a domain"), ("a@-example.com", "not the name"),
      ("a@example..com", "not the name"), ("a@", "no dot"), ("a@exämple.com", "not the name"),
      ("a\u{7}@example.com", "U+0007"),
    ])
  func badNames(_ name: String, _ reason: String) throws {
    let fault = try #require(ValueFormat.fault(of: name, as: .userPrincipalName))
    #expect(fault.contains(reason))
  }

  @Test("The parts of a user principal name have their limits of 64 and 48")
  func lengths() {
    let domain48 = String(repeating: "d", count: 44) + ".com"
    let local64 = String(repeating: "l", count: 64)
    #expect(ValueFormat.fault(of: local64 + "@" + domain48, as: .userPrincipalName) == nil)
    #expect(
      ValueFormat.fault(of: local64 + "x@a.de", as: .userPrincipalName)?.contains("65") == true)
    #expect(ValueFormat.fault(of: "a@d" + domain48, as: .userPrincipalName)?.contains("49") == true)
  }

  @Test(
    "Proxy addresses of all kinds that Exchange gives are taken",
    arguments: [
      "SMTP:a@example.com", "smtp:a+b@example.com", "sip:a@example.com", "SIP:a@example.com",
      "x500:/o=Org/ou=Exchange/cn=a", "X500:/o=Org", "Smtp:a@example.com",
      "EUM:4711;phone-context=Plan.example.com", "eum:4711", "X400:c=DE;a= ;p=Org;s=a;",
      "x400:c=DE", "SPO:SPO_1@SPO_2", "MS:ORG/POST/A", "fax:1",
    ])
  func goodProxies(_ address: String) {
    #expect(ValueFormat.fault(of: address, as: .proxyAddress) == nil)
  }

  @Test(
    "Proxy addresses of no shape are refused",
    arguments: [
      "a@example.com", ":a@example.com", "a b:c", "eum:", "smtp:", "smtp:a", "SMTP:a b@example.com",
      "smtp:ä@example.com", "x500:", "smtp:a@example", "smtp:@example.com",
    ])
  func badProxies(_ address: String) {
    #expect(ValueFormat.fault(of: address, as: .proxyAddress) != nil)
  }

  @Test("Entity tags are found in lists, weak or strong")
  func entityTags() {
    #expect(EntityTag.list("*", has: "W/\"3\""))
    #expect(EntityTag.list("W/\"3\"", has: "W/\"3\""))
    #expect(EntityTag.list("\"3\"", has: "W/\"3\""))
    #expect(EntityTag.list("\"1\", W/\"3\"", has: "W/\"3\""))
    #expect(!EntityTag.list("W/\"33\"", has: "W/\"3\""))
    #expect(!EntityTag.list("", has: "W/\"3\""))
  }

  @Test("Escapes of URLs are read")
  func percent() {
    #expect(Percent.decode("a%20b+c", isQuery: false) == "a b+c")
    #expect(Percent.decode("a%20b+c", isQuery: true) == "a b c")
    #expect(Percent.decode("%", isQuery: true) == nil)
    #expect(Percent.decode("%zz", isQuery: true) == nil)
    #expect(Percent.decode("%ff", isQuery: true) == nil)
    #expect(Percent.parameters("a=1&b=%3D&c") == ["a": "1", "b": "=", "c": ""])
  }
}
