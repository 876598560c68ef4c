import Directory
import Testing

@Suite("The examples of RFC 2849")
struct LDIFExampleTests {
  @Test("Example 1: two simple entries")
  func simple() throws {
    let found = try records(
      """
      version: 1
      dn: cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com
      objectclass: top
      objectclass: person
      objectclass: organizationalPerson
      cn: Barbara Jensen
      cn: Barbara J Jensen
      cn: Babs Jensen
      sn: Jensen
      uid: bjensen
      telephonenumber: +1 408 555 1212
      description: A big sailing fan.

      dn: cn=Bjorn Jensen, ou=Accounting, dc=airius, dc=com
      objectclass: top
      objectclass: person
      objectclass: organizationalPerson
      cn: Bjorn Jensen
      sn: Jensen
      telephonenumber: +1 408 555 1212
      """)
    #expect(found.count == 2)
    #expect(found[0].dn == "cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com")
    #expect(found[0].line == 2)
    #expect(found[0].texts("cn") == ["Barbara Jensen", "Barbara J Jensen", "Babs Jensen"])
    #expect(found[1].line == 14)
    #expect(found[1].texts("telephoneNumber") == ["+1 408 555 1212"])
  }

  @Test("Example 2: a folded value")
  func folded() throws {
    let found = try records(
      """
      version: 1
      dn:cn=Barbara Jensen, ou=Product Development, dc=airius, dc=com
      objectclass:top
      cn:Barbara Jensen
      description:Babs is a big sailing fan, and travels extensively in sea
       rch of perfect sailing conditions.
      title:Product Manager, Rod and Reel Division
      """)
    #expect(
      found[0].texts("description") == [
        "Babs is a big sailing fan, and travels extensively in search of perfect sailing conditions."
      ])
    #expect(found[0].texts("title") == ["Product Manager, Rod and Reel Division"])
  }

  @Test("Example 3: a value in Base64")
  func base64() throws {
    let found = try records(
      """
      version: 1
      dn: cn=Gern Jensen, ou=Product Testing, dc=airius, dc=com
      objectclass: top
      cn: Gern Jensen
      description:: V2hhdCBhIGNhcmVmdWwgcmVhZGVyIHlvdSBhcmUhICBUaGlzIHZhbHVl
       IGlzIGJhc2UtNjQtZW5jb2RlZCBiZWNhdXNlIGl0IGhhcyBhIGNvbnRyb2wgY2hhcmFjdG
       VyIGluIGl0IChhIENSKS4NICBCeSB0aGUgd2F5LCB5b3Ugc2hvdWxkIHJlYWxseSBnZXQg
       b3V0IG1vcmUu
      telephonenumber: +1 408 555 1212
      """)
    #expect(
      found[0].texts("description") == [
        "What a careful reader you are!  This value is base-64-encoded because it has a control "
          + "character in it (a CR).\r  By the way, you should really get out more."
      ])
  }

  @Test("Example 4: names and languages in UTF-8, with comments")
  func languages() throws {
    let found = try records(
      """
      version: 1
      dn:: b3U95Za25qWt6YOoLG89QWlyaXVz
      # dn:: ou=<JapaneseOU>,o=Airius
      objectclass: top
      objectclass: organizationalUnit
      ou:: 5Za25qWt6YOo
      # ou:: <JapaneseOU>
      ou;lang-ja:: 5Za25qWt6YOo
      # ou;lang-ja:: <JapaneseOU>
      ou;lang-ja;phonetic:: 44GI44GE44GO44KH44GG44G2
      # ou;lang-ja:: <JapaneseOU_in_phonetic_representation>
      ou;lang-en: Sales
      description: Japanese office

      """)
    #expect(found[0].dn == "ou=営業部,o=Airius")
    guard case .content(let attributes) = found[0].body else {
      Issue.record("no content")
      return
    }
    let units = attributes.filter { $0.name == "ou" }
    #expect(units.map(\.options) == [[], ["lang-ja"], ["lang-ja", "phonetic"], ["lang-en"]])
    #expect(found[0].texts("ou") == ["営業部", "営業部", "えいぎょうぶ", "Sales"])
  }

  @Test("Example 5: a value in another file")
  func fileValue() throws {
    let folder = try TemporaryFolder()
    let photo = try folder.write("photo of Horatio.jpg", [0xFF, 0xD8, 0x00])
    let url = photo.split(separator: " ").joined(separator: "%20")
    let text = """
      version: 1
      dn: cn=Horatio Jensen, ou=Product Testing, dc=airius, dc=com
      objectclass: top
      jpegphoto:< file://\(url)
      cn: Horatio Jensen

      """
    var options = LDIFReader.Options()
    options.allowsFileURLs = true
    let found = try records(text, options)
    guard case .content(let attributes) = found[0].body else { return }
    #expect(attributes.map(\.name) == ["objectClass", "jpegPhoto", "cn"])
    #expect(attributes[1].value == [0xFF, 0xD8, 0x00])
    let refused = try fault(text)
    #expect(refused.type == .readError)
    #expect(refused.line == 4)
    #expect(refused.hint.contains("allow file URLs"))
  }

  private static let changes = """
    version: 1
    # Add a new entry
    dn: cn=Fiona Jensen, ou=Marketing, dc=airius, dc=com
    changetype: add
    objectclass: top
    cn: Fiona Jensen

    # Delete an existing entry
    dn: cn=Robert Jensen, ou=Marketing, dc=airius, dc=com
    changetype: delete

    # Modify an entry's relative distinguished name
    dn: cn=Paul Jensen, ou=Product Development, dc=airius, dc=com
    changetype: modrdn
    newrdn: cn=Paula Jensen
    deleteoldrdn: 1

    # Rename an entry and move all of its children to a new location
    dn: ou=PD Accountants, ou=Product Development, dc=airius, dc=com
    changetype: moddn
    newrdn: ou=Product Development Accountants
    deleteoldrdn: 0
    newsuperior: ou=Accounting, dc=airius, dc=com

    # Modify an entry
    dn: cn=Paula Jensen, ou=Product Development, dc=airius, dc=com
    changetype: modify
    add: postaladdress
    postaladdress: 123 Anystreet $ Sunnyvale, CA $ 94086
    -
    delete: description
    -
    replace: telephonenumber
    telephonenumber: +1 408 555 1234
    telephonenumber: +1 408 555 5678
    -
    delete: facsimiletelephonenumber
    facsimiletelephonenumber: +1 408 555 9876
    -

    # Modify an entry: replace with nothing, delete what may not be there
    dn: cn=Ingrid Jensen, ou=Product Support, dc=airius, dc=com
    changetype: modify
    replace: postaladdress
    -
    delete: description
    -

    """

  @Test("Example 6: every kind of change")
  func everyChange() throws {
    let found = try records(Self.changes)
    #expect(found.count == 6)
    #expect(found[0].texts("cn") == ["Fiona Jensen"])
    #expect(found[1].body == .delete)
    #expect(
      found[2].body == .rename(newRDN: "cn=Paula Jensen", deletesOldRDN: true, newSuperior: nil))
    #expect(
      found[3].body
        == .rename(
          newRDN: "ou=Product Development Accountants", deletesOldRDN: false,
          newSuperior: "ou=Accounting, dc=airius, dc=com"))
    guard case .modify(let parts) = found[4].body, case .modify(let more) = found[5].body else {
      Issue.record("no modify")
      return
    }
    #expect(parts.map(\.operation) == [.add, .delete, .replace, .delete])
    #expect(parts[1].values.isEmpty)
    #expect(parts[2].texts == ["+1 408 555 1234", "+1 408 555 5678"])
    #expect(more.map(\.operation) == [.replace, .delete])
    #expect(more.allSatisfy { $0.values.isEmpty })
  }

  @Test("Example 7: a critical control is obeyed by who knows it and refused by others")
  func control() throws {
    let text = """
      version: 1
      dn: ou=Product Development, dc=airius, dc=com
      control: 1.2.840.113556.1.4.805 true
      changetype: delete

      """
    var options = LDIFReader.Options()
    options.supportedControls = ["1.2.840.113556.1.4.805"]
    let found = try records(text, options)
    #expect(found[0].controls == [LDIFControl(oid: "1.2.840.113556.1.4.805", isCritical: true)])
    #expect(found[0].body == .delete)
    let refused = try fault(text)
    #expect(refused.message.contains("1.2.840.113556.1.4.805"))
    #expect(refused.line == 3)
  }

  @Test("CRLF and LF say the same")
  func lineEnds() throws {
    let windows = Self.changes.split(separator: "\n", omittingEmptySubsequences: false)
      .joined(separator: "\r\n")
    #expect(try read(windows) == read(Self.changes))
  }

  @Test("A byte order mark says nothing")
  func byteOrderMark() throws {
    #expect(try read([0xEF, 0xBB, 0xBF] + Array(Self.changes.utf8)) == read(Self.changes))
  }
}
