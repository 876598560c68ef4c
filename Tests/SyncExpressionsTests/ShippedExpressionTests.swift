import Directory
import SyncExpressions
import Testing

@Suite("The expressions that the product ships")
struct ShippedExpressionTests {
  @Test(
    "All 391 expressions of the sample parse and evaluate",
    .enabled(if: ShippedRules.folder != nil, "the sample configuration is not at hand"))
  func allEvaluate() throws {
    let texts = try ShippedRules.expressions()
    #expect(texts.count == 391)
    #expect(Set(texts).count == 86)
    for text in Set(texts) {
      let expression = try Expression(text)
      var input = TestInput()
      for name in expression.parameters { input.parameters[name] = "contoso.com" }
      do {
        _ = try expression.evaluate(input)
      } catch {
        #expect(error.kind == .errorFunction, "\(text): \(error)")
      }
    }
  }

  private func evaluate(
    _ text: String, _ attributes: [AttributeName: [AttributeValue]] = [:]
  ) throws -> ExpressionOutcome {
    var input = TestInput(attributes)
    input.parameters = ["Domain.FQDN": "contoso.com"]
    return try Expression(text).evaluate(input)
  }

  private static let cloudFiltered =
    #"IIF(IsPresent([isCriticalSystemObject]) || IsPresent([sAMAccountName]) = False || "#
    + #"[sAMAccountName] = "SUPPORT_388945a0" || Left([mailNickname], 14) = "SystemMailbox{" || "#
    + #"Left([sAMAccountName], 4) = "AAD_" || (Left([mailNickname], 4) = "CAS_" && "#
    + #"(InStr([mailNickname], "}") > 0)) || (Left([sAMAccountName], 4) = "CAS_" && "#
    + #"(InStr([sAMAccountName], "}") > 0)) || Left([sAMAccountName], 5) = "MSOL_" || "#
    + #"CBool(IIF(IsPresent([msExchRecipientTypeDetails]),"#
    + #"BitAnd([msExchRecipientTypeDetails],&H21C07000) > 0,NULL)) || "#
    + #"CBool(InStr(DNComponent(CRef([dn]),1),"\\0ACNF:")>0), True, NULL)"#

  @Test(
    "Users who are no people are filtered",
    arguments: [
      (["sAMAccountName": ["ann"], "dn": ["CN=Ann,DC=x"]], false),
      ([:], true),
      (["sAMAccountName": ["ann"], "isCriticalSystemObject": ["TRUE"]], true),
      (["sAMAccountName": ["SUPPORT_388945a0"]], true),
      (["sAMAccountName": ["x"], "mailNickname": ["SystemMailbox{e0dc1c29}"]], true),
      (["sAMAccountName": ["AAD_1"]], true), (["sAMAccountName": ["CAS_{1}"]], true),
      (["sAMAccountName": ["CAS_1"]], false),
      (["sAMAccountName": ["x"], "mailNickname": ["CAS_{1}"]], true),
      (["sAMAccountName": ["MSOL_1"]], true),
      (["sAMAccountName": ["x"], "msExchRecipientTypeDetails": ["4096"]], true),
      (["sAMAccountName": ["x"], "msExchRecipientTypeDetails": [1]], false),
      (["sAMAccountName": ["x"], "dn": [#"CN=Ann\0ACNF:6b29fc40,DC=x"#]], true),
    ] as [([AttributeName: [AttributeValue]], Bool)])
  func filtered(attributes: [AttributeName: [AttributeValue]], expected: Bool) throws {
    #expect(
      try evaluate(Self.cloudFiltered, attributes) == (expected ? .values([true]) : .null))
  }

  @Test("The source anchor is the GUID in base64, or the text of one")
  func sourceAnchor() throws {
    let own = "IIF(IsString([objectGUID]),CStr([objectGUID]),ConvertToBase64([objectGUID]))"
    let text =
      "IIF(IsPresent([msExchRecipientTypeDetails]),IIF([msExchRecipientTypeDetails]=2,NULL,"
      + "\(own)),\(own))"
    let guid = AttributeValue.binary([UInt8](0..<16))
    let expected = ExpressionOutcome.values(["AAECAwQFBgcICQoLDA0ODw=="])
    #expect(try evaluate(text, ["objectGUID": [guid]]) == expected)
    let mailbox: [AttributeName: [AttributeValue]] = [
      "objectGUID": [guid], "msExchRecipientTypeDetails": ["1"],
    ]
    #expect(try evaluate(text, mailbox) == expected)
    let linked: [AttributeName: [AttributeValue]] = [
      "objectGUID": [guid], "msExchRecipientTypeDetails": ["2"],
    ]
    #expect(try evaluate(text, linked) == .null)
    #expect(try evaluate(text, ["objectGUID": ["AAEC"]]) == .values(["AAEC"]))
  }

  @Test("The name to sign in with is made of the account's where there is none")
  func userPrincipalName() throws {
    let text =
      #"IIF(IsPresent([userPrincipalName]),[userPrincipalName], IIF(IsPresent([sAMAccountName]),"#
      + #"([sAMAccountName]&"@"&%Domain.FQDN%),Error("AccountName is not present")))"#
    #expect(try evaluate(text, ["userPrincipalName": ["a@b"]]) == .values(["a@b"]))
    #expect(try evaluate(text, ["sAMAccountName": ["ann"]]) == .values(["ann@contoso.com"]))
    let error = try #require(throws: ExpressionFailure.self) { try evaluate(text) }
    #expect(error.kind == .errorFunction)
    #expect(error.message == "AccountName is not present")
  }

  @Test("The password's time is a GeneralizedTime")
  func passwordTime() throws {
    let text =
      #"IIF(IsPresent([pwdLastSet]),CStr(FormatDateTime(DateFromNum([pwdLastSet]),"#
      + #""yyyyMMddHHmmss.0Z")),NULL)"#
    #expect(
      try evaluate(text, ["pwdLastSet": ["129699324000000000"]]) == .values(["20120101230000.0Z"]))
    #expect(try evaluate(text, ["pwdLastSet": [0]]) == .values(["16010101000000.0Z"]))
    #expect(try evaluate(text) == .null)
  }

  @Test("Groups are of security by the sign of their type")
  func groups() throws {
    let text = "CBool(BitAnd([groupType],-2147483648))"
    #expect(try evaluate(text, ["groupType": ["-2147483646"]]) == .values([true]))
    #expect(try evaluate(text, ["groupType": [2]]) == .values([false]))
    #expect(try evaluate(text) == .values([false]))
    let limit =
      #"IIF(([memberCount]> 50000),Error("Maximum Group member count exceeded"),IgnoreThisFlow)"#
    #expect(try evaluate(limit, ["memberCount": [50_000]]) == .ignoreThisFlow)
    #expect(throws: ExpressionFailure.self) { try evaluate(limit, ["memberCount": [50_001]]) }
  }

  @Test("A description is the first one, trimmed and cut")
  func description() throws {
    let text = "IIF(IsNullOrEmpty([description]),NULL,Left(Trim(Item([description],1)),448))"
    #expect(try evaluate(text) == .null)
    #expect(try evaluate(text, ["description": [" a ", "b"]]) == .values(["a"]))
    let long = String(repeating: "ä", count: 500)
    let cut = String(repeating: "ä", count: 448)
    #expect(try evaluate(text, ["description": [.string(long)]]) == .values([.string(cut)]))
  }

  @Test("Accounts are enabled unless a bit says otherwise")
  func accountEnabled() throws {
    let text = "IIF(BitAnd([userAccountControl],2)=0,True,False)"
    #expect(try evaluate(text, ["userAccountControl": ["512"]]) == .values([true]))
    #expect(try evaluate(text, ["userAccountControl": [514]]) == .values([false]))
    #expect(try evaluate(text) == .values([false]))
  }

  @Test("An absent location leaves the target as it is")
  func usageLocation() throws {
    let text = "IIF(IsNullOrEmpty([usageLocation]),IgnoreThisFlow,[usageLocation])"
    #expect(try evaluate(text) == .ignoreThisFlow)
    #expect(try evaluate(text, ["usageLocation": ["SE"]]) == .values(["SE"]))
  }

  @Test("An anchor that changed stops the object, also if only its case did")
  func changedAnchor() throws {
    let text =
      #"IIF(IsPresent([cloudSourceAnchor]), IIF(Word([cloudAnchor],1,"_")=[sourceObjectType],"#
      + "IIF([cloudSourceAnchor] = [sourceAnchor],[sourceAnchor],"
      + #"Error("SourceAnchor attribute has changed.")),[sourceAnchor]),[sourceAnchor])"#
    var object: [AttributeName: [AttributeValue]] = [
      "sourceAnchor": ["AbC="], "cloudSourceAnchor": ["AbC="], "cloudAnchor": ["User_1"],
      "sourceObjectType": ["User"],
    ]
    #expect(try evaluate(text, object) == .values(["AbC="]))
    object["cloudSourceAnchor"] = ["abc="]
    #expect(throws: ExpressionFailure.self) { try evaluate(text, object) }
    object["sourceObjectType"] = ["Contact"]
    #expect(try evaluate(text, object) == .values(["AbC="]))
  }

  @Test("A mailbox needs a primary address or one in mail")
  func mailAddress() throws {
    let text =
      #"IIF(( (IsPresent([proxyAddresses]) = True) && (Contains([proxyAddresses], "SMTP:") > 0) && "#
      + #"(InStr(Item([proxyAddresses], Contains([proxyAddresses], "SMTP:")), "@") > 0)) || "#
      + #" (IsPresent([mail]) = True && (InStr([mail], "@") > 0)), True, False)"#
    #expect(try evaluate(text) == .values([false]))
    #expect(try evaluate(text, ["proxyAddresses": ["x500:a", "SMTP:a@b"]]) == .values([true]))
    #expect(try evaluate(text, ["proxyAddresses": ["smtp:a@b"]]) == .values([false]))
    #expect(try evaluate(text, ["proxyAddresses": ["SMTP:a"], "mail": ["a@b"]]) == .values([true]))
    #expect(try evaluate(text, ["mail": ["a"]]) == .values([false]))
  }

  @Test("A name in the cloud is the anchor in hexadecimal")
  func cloudName() throws {
    let text = #""CN={" & ConvertToUTF8Hex([sourceAnchor]) & "}""#
    #expect(try evaluate(text, ["sourceAnchor": ["aB="]]) == .values(["CN={61423D}"]))
  }
}
