import Certificates
import Directory
import SyncExpressions
import Testing

/// An object with certificates.
private struct Input: ExpressionInput {
  var attributes: [AttributeName: [AttributeValue]] = [
    "cert": [.binary(Samples.bytes(Samples.deviceText))],
    "text": [.string(Samples.deviceText)],
    "both": [
      .binary(Samples.bytes(Samples.deviceText)), .binary(Samples.bytes(Samples.rootText)),
    ],
    "bad": [.binary([1, 2, 3])],
  ]
  var now = Timestamp(milliseconds: 1_800_000_000_000)
  var certificates: (any CertificateReading)? = CertificateReader()

  func values(of attribute: AttributeName) -> [AttributeValue] { attributes[attribute] ?? [] }
}

@Suite("Functions of certificates")
struct CertificateFunctionTests {
  private func evaluate(_ text: String, _ input: Input = Input()) throws -> ExpressionOutcome {
    try Expression(text).evaluate(input)
  }

  private static let subject =
    #"E=ann@contoso.com, CN=device-17, OU=Devices, O="Contoso, Ltd.", C=SE"#

  @Test(
    "Each function tells its field",
    arguments: [
      ("CertVersion", "3"), ("CertSerialNumber", "0102030405"), ("CertSubject", subject),
      ("CertSubjectNameDN", subject), ("CertIssuer", subject), ("CertIssuerDN", subject),
      ("CertKeyAlgorithm", "1.2.840.10045.2.1"), ("CertPublicKeyOid", "1.2.840.10045.2.1"),
      ("CertPublicKeyParametersOid", "1.2.840.10045.2.1"),
      ("CertKeyAlgorithmParams", "06082A8648CE3D030107"),
      ("CertSignatureAlgorithmOid", "1.2.840.10045.4.3.2"),
      ("CertHashString", "D712E02FE957C8DCA4319F32504C26909F742BBD"),
      ("CertThumbprint", "D712E02FE957C8DCA4319F32504C26909F742BBD"), ("CertFormat", "X509"),
    ])
  func fields(name: String, expected: String) throws {
    #expect(try evaluate("\(name)([cert])") == .values([.string(expected)]))
    #expect(try evaluate("\(name)([text])") == .values([.string(expected)]))
    #expect(try evaluate("\(name)([absent])") == .null)
    #expect(throws: ExpressionFailure.self) { try evaluate("\(name)([bad])") }
  }

  @Test(
    "What a certificate does not have is nothing",
    arguments: [
      "CertSubjectNameOid", "CertIssuerOid", "CertFriendlyName",
    ])
  func nothing(name: String) throws {
    #expect(try evaluate("\(name)([cert])") == .null)
  }

  @Test("The critical extensions are listed")
  func extensions() throws {
    #expect(try evaluate("CertExtensionOids([cert])") == .values(["2.5.29.19", "2.5.29.15"]))
  }

  @Test(
    "Names are chosen by their type, of the subject or the issuer",
    arguments: [
      ("SimpleName", "False", "device-17"), ("EmailName", "False", "mail@contoso.com"),
      ("UpnName", "False", "ann@contoso.com"), ("DnsName", "False", "device-17.contoso.com"),
      ("DnsFromAlternativeName", "False", "device-17.contoso.com"),
      ("UrlName", "False", "https://contoso.com/d/17"), ("DnsName", "True", "device-17"),
      ("EmailName", "True", "ann@contoso.com"),
    ])
  func nameInfo(type: String, ofIssuer: String, expected: String) throws {
    for spelled in [type, "\"\(type)\""] {
      let outcome = try evaluate("CertNameInfo([cert],\(spelled),\(ofIssuer))")
      #expect(outcome == .values([.string(expected)]))
    }
  }

  @Test("A name that is not there is null, and a type that is not there a failure")
  func noName() throws {
    #expect(try evaluate("CertNameInfo([cert],UrlName,True)") == .null)
    let error = try #require(throws: ExpressionFailure.self) {
      try evaluate(#"CertNameInfo([cert],"NickName",True)"#)
    }
    #expect(error.kind == .range)
  }

  @Test("The certificates that are still valid are chosen")
  func valid() throws {
    let root = AttributeValue.binary(Samples.bytes(Samples.rootText))
    let text =
      "With($valid,Where($item,[both],CertNotAfter($item)>Now()),"
      + "IIF(Count($valid)>0,$valid,NULL))"
    var input = Input()
    #expect(try evaluate(text, input).count == 2)
    input.now = try #require(Timestamp("2050-01-01T00:00:00Z"))
    #expect(try evaluate(text, input) == .values([root]))
    input.now = try #require(Timestamp("2200-01-01T00:00:00Z"))
    #expect(try evaluate(text, input) == .null)
    #expect(
      try evaluate(#"FormatDateTime(CertNotBefore([cert]),"yyyy-MM-dd")"#)
        == .values(["2026-11-23"]))
  }

  @Test("IsCert tells whether the others can succeed")
  func isCert() throws {
    #expect(try evaluate("IsCert([cert])") == .values([true]))
    #expect(try evaluate("IsCert([text])") == .values([true]))
    #expect(try evaluate("IsCert([bad])") == .values([false]))
    #expect(try evaluate("IsCert(5)") == .values([false]))
    #expect(try evaluate("IsCert([absent])") == .values([false]))
  }

  @Test("Without a reader there are no certificates")
  func noReader() throws {
    var input = Input()
    input.certificates = nil
    let error = try #require(throws: ExpressionFailure.self) {
      try evaluate("CertSubject([cert])", input)
    }
    #expect(error.kind == .missing)
  }

  @Test("The shipped rule for device keys puts in the hash of what follows")
  func deviceKey() throws {
    let key = "[searchableDeviceKey]"
    let length = "CNum(Mid(\(key),5,2))"
    let rest = "Mid(\(key),8+\(length),Len(\(key)))"
    let text =
      "IIF(IsNull(\(key)), NULL, IIF(CNum(Mid(\(key),1,1))=0, Mid(\(key),1,7+\(length)) & "
      + "CBin(Len(Thumbprint(\(rest))),2) & CBin(2,1) & Thumbprint(\(rest)) & \(rest), NULL))"
    let head: [UInt8] = [0, 2, 0, 0, 3, 0, 1, 7, 8, 9]
    let tail: [UInt8] = Array("abc".utf8)
    var input = Input()
    input.attributes["searchableDeviceKey"] = [.binary(head + tail)]
    let digest = CertificateReader().digest(of: tail)
    #expect(digest.count == 32)
    #expect(try evaluate(text, input) == .values([.binary(head + [32, 0, 2] + digest + tail)]))
    input.attributes["searchableDeviceKey"] = [.binary([1] + head + tail)]
    #expect(try evaluate(text, input) == .null)
    input.attributes["searchableDeviceKey"] = nil
    #expect(try evaluate(text, input) == .null)
  }
}

extension ExpressionOutcome {
  fileprivate var count: Int {
    if case .values(let values) = self { values.count } else { 0 }
  }
}
