import Directory
import Testing

@testable import LDAPConnector

struct SchemaTests {
  @Test func aDefinitionOfRFC4512IsUnderstood() throws {
    let type = try #require(
      AttributeType(
        "( 2.5.4.3 NAME ( 'cn' 'commonName' ) DESC 'RFC4519: a (common) name' SUP name "
          + "EQUALITY caseIgnoreMatch X-ORIGIN ( 'RFC 4519' 'own' ) SYNTAX 1.2.3{64} SINGLE-VALUE "
          + "NO-USER-MODIFICATION USAGE directoryOperation )"))
    #expect(type.oid == "2.5.4.3")
    #expect(type.names == ["cn", "commonName"])
    #expect(type.superior == "name")
    #expect(type.syntax == "1.2.3")
    #expect(type.isSingleValued && type.isReadOnly && type.isOperational)
  }

  @Test func aDefinitionOfActiveDirectoryIsUnderstood() throws {
    let type = try #require(
      AttributeType(
        "( 1.2.840.113556.1.4.8 NAME 'userAccountControl' "
          + "SYNTAX '1.3.6.1.4.1.1466.115.121.1.27' SINGLE-VALUE )"))
    #expect(type.names == ["userAccountControl"])
    #expect(type.syntax == "1.3.6.1.4.1.1466.115.121.1.27")
    #expect(!type.isOperational && !type.isReadOnly)
  }

  @Test(arguments: ["", "(", "( )", "2.5.4.3", "( ( 'a' )", "( 1.2 NAME 'x", "( 1.2 NAME ( 'x'"])
  func definitionsThatAreNoneDoNoHarm(text: String) {
    #expect(AttributeType(text)?.names.count ?? 0 <= 1)
  }

  @Test func aSyntaxIsInheritedAlsoByNumberAndNotInCircles() {
    let schema = ServerSchema(definitions: [
      "( 1.1 NAME 'name' SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 )",
      "( 1.2 NAME 'cn' SUP NAME )", "( 1.3 NAME 'nick' SUP 1.2 )",
      "( 1.4 NAME 'a' SUP b )", "( 1.5 NAME 'b' SUP a )",
    ])
    #expect(schema["NICK"]?.syntax == "1.3.6.1.4.1.1466.115.121.1.15")
    #expect(schema["a"]?.syntax == nil)
  }

  @Test func theSchemaDecidesExceptForSecretsAndWhatAllDirectoriesHave() {
    var schema = ServerSchema(definitions: [
      "( 1.1 NAME 'badge' SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
      "( 1.2 NAME 'twin' SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )",
      "( 1.3 NAME 'unicodePwd' SYNTAX 1.3.6.1.4.1.1466.115.121.1.40 )",
      "( 1.4 NAME 'distinguishedName' SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )",
      "( 1.5 NAME 'directReports2' SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )",
      "( 1.6 NAME 'pwdLastSet' SYNTAX '1.2.840.113556.1.4.906' SINGLE-VALUE )",
      "( 1.7 NAME 'isOnStrike' SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )",
    ])
    schema.backLinks = ["directReports2"]
    let settings = LDAPConnectorSettings(connection: LDAPSettings(servers: []))
    let values = DirectoryProfile.values(schema, settings)
    #expect(values.treatment(of: "badge") == .integer)
    #expect(values.isSingleValued("badge"))
    #expect(values.treatment(of: "twin") == .reference)
    #expect(!values.isSingleValued("twin"))
    #expect(values.treatment(of: "unicodePwd") == .ignored)
    #expect(values.treatment(of: "distinguishedName") == .text)
    #expect(values.treatment(of: "directReports2") == .ignored)
    #expect(values.treatment(of: "pwdLastSet") == .integer)
    #expect(values.treatment(of: "isOnStrike") == .boolean)
    #expect(values.treatment(of: "lastLogon") == .ignored)
    #expect(values.treatment(of: "never heard of") == .unknown)
  }

  @Test func productsAreKnownByWhatTheySayOfThemselves() {
    var root = RootDSE()
    #expect(ServerKind(root) == .other)
    root.objectClasses = ["top", "OpenLDAProotDSE"]
    #expect(ServerKind(root) == .openLDAP)
    root = RootDSE()
    root.capabilities = ["1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670"]
    #expect(ServerKind(root) == .activeDirectory)
    root.vendorName = "Samba Team (https://www.samba.org)"
    #expect(ServerKind(root) == .samba)
    root = RootDSE()
    root.capabilities = ["1.2.840.113556.1.4.1851"]
    #expect(ServerKind(root) == .lightweightDirectory)
  }

  @Test func anInetOrgPersonIsATypeOfItsOwnWhereActiveDirectoryIsRead() throws {
    func type(_ kind: ServerKind, _ classes: String..., isTarget: Bool = false) throws -> String? {
      var settings = LDAPConnectorSettings(connection: LDAPSettings(servers: []))
      settings.isTarget = isTarget
      let profile = DirectoryProfile(
        root: RootDSE(), kind: kind, schema: ServerSchema(),
        base: try DistinguishedName("DC=example,DC=com"), baseAnchor: "",
        values: DirectoryProfile.values(ServerSchema(), settings))
      let rules = profile.typeRules(settings)
      let known = profile.directorySchema(settings).objectTypes
      #expect(Set(rules.map(\.objectType)) == Set(known))
      let filter = profile.classFilter(settings, objectTypes: known)
      #expect(filter.ranges(of: "inetOrgPerson").count == 1, "\(filter)")
      return rules.first { $0.applies(to: classes.map { $0.lowercased() }) }?.objectType
    }
    #expect(try type(.activeDirectory, "top", "user", "inetOrgPerson") == "inetOrgPerson")
    #expect(try type(.samba, "top", "user", "inetOrgPerson") == "inetOrgPerson")
    #expect(try type(.activeDirectory, "top", "user") == "user")
    #expect(try type(.activeDirectory, "user", "inetOrgPerson", isTarget: true) == "user")
    #expect(try type(.openLDAP, "inetOrgPerson", "user") == "user")
  }

  @Test func theRootEntryIsReadInAnySpelling() {
    let root = RootDSE(
      SearchEntry(
        dn: "",
        attributes: [
          SearchAttribute("NAMINGCONTEXTS", "DC=x", "CN=Configuration,DC=x"),
          SearchAttribute("highestCommittedUSN", "12345"),
          SearchAttribute("supportedcontrol", "1.2.840.113556.1.4.319"),
          SearchAttribute("isSynchronized", "TRUE"),
          SearchAttribute(description: "vendorVersion", values: [[0xFF]]),
        ]))
    #expect(root.namingContexts == ["DC=x", "CN=Configuration,DC=x"])
    #expect(root.highestCommittedUSN == 12345)
    #expect(root.controls == [ControlOID.pagedResults])
    #expect(root.isSynchronized == true)
    #expect(root.vendorVersion == nil)
  }
}
