import Directory
import Testing

@testable import SyncEngine

@Suite("Another name for an object of a target")
struct NameChangeTests {
  private func change(
    _ name: String, to wanted: String, anchor: String = "id-1"
  ) -> NameChange? {
    NameChange(
      place: [AttributeChange("dn", .replace([.string(wanted)]))], of: ["dn": [.string(name)]],
      anchor: Anchor(anchor))
  }

  @Test("A name for the moment stands in the same container, and is a name whatever is in it")
  func temporary() throws {
    let name = #"CN=Lee\, Ann+uid=7,OU=a\,b,DC=x"#
    let change = try #require(self.change(name, to: "cn=b,DC=x"))
    let moment = try DistinguishedName(change.temporary(40))
    #expect(moment == (try DistinguishedName(#"CN=Lee\, Ann-14x+uid=7,OU=a\,b,DC=x"#)))
    let long = try #require(
      self.change("cn=" + String(repeating: "a", count: 64) + ",dc=x", to: "cn=b,dc=x"))
    #expect(try DistinguishedName(long.temporary(1)).rdn.utf8.count < 64)
  }

  @Test("An account's name for the moment is no longer than a domain takes it")
  func temporaryAccount() throws {
    func account(_ name: String) -> NameChange? {
      NameChange.signIns(
        [AttributeChange("sAMAccountName", .replace(["bob"]))],
        of: ["sAMAccountName": [.string(name)]]
      ).first
    }
    #expect(account("ann")?.temporary(40) == "ann-14x")
    let long = try #require(account("twenty-characters-20"))
    #expect(long.temporary(.max).utf8.count == 20 && long.temporary(40).hasPrefix("twenty"))
    #expect(long.temporary(40).utf8.count == 20)
  }

  @Test("Another spelling of the same name is none")
  func spelling() {
    #expect(self.change("CN=Ann,DC=x", to: "cn=ann, dc=x") == nil)
  }

  @Test("Who is known by the name alone keeps it until it has the right one")
  func nameIsAnchor() {
    #expect(self.change("CN=Ann,DC=x", to: "cn=bob,dc=x", anchor: "cn=ann,dc=x")?.canLeave == false)
    #expect(self.change("CN=Ann,DC=x", to: "cn=bob,dc=x")?.canLeave == true)
  }
}
