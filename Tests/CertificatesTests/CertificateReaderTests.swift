import Certificates
import Directory
import SyncExpressions
import Testing

@Suite("Certificates")
struct CertificateReaderTests {
  private let reader = CertificateReader()

  @Test("Every field of a certificate is read")
  func fields() throws {
    let fields = try #require(reader.fields(of: Samples.bytes(Samples.deviceText)))
    #expect(fields.version == 3)
    #expect(fields.serialNumber == "0102030405")
    #expect(
      fields.subject == #"E=ann@contoso.com, CN=device-17, OU=Devices, O="Contoso, Ltd.", C=SE"#)
    #expect(fields.issuer == fields.subject)
    #expect(fields.notBefore == Timestamp("2026-11-23T01:59:42Z"))
    #expect(fields.notAfter == Timestamp("2036-11-20T01:59:42Z"))
    #expect(fields.keyAlgorithm == "1.2.840.10045.2.1")
    #expect(fields.keyParameters == "06082A8648CE3D030107")
    #expect(fields.signatureAlgorithm == "1.2.840.10045.4.3.2")
    #expect(fields.thumbprint == "D712E02FE957C8DCA4319F32504C26909F742BBD")
    #expect(
      fields.extensions.map(\.identifier)
        == ["2.5.29.19", "2.5.29.15", "2.5.29.17", "1.2.840.113556.1.5.284.2", "2.5.29.14"])
    #expect(fields.extensions.map(\.isCritical) == [true, true, false, false, false])
  }

  @Test("The names are told apart")
  func names() throws {
    let fields = try #require(reader.fields(of: Samples.bytes(Samples.deviceText)))
    #expect(fields.subjectNames.simple == "device-17")
    #expect(fields.subjectNames.email == "mail@contoso.com")
    #expect(fields.subjectNames.userPrincipal == "ann@contoso.com")
    #expect(fields.subjectNames.dns == "device-17.contoso.com")
    #expect(fields.subjectNames.alternativeDNS == "device-17.contoso.com")
    #expect(fields.subjectNames.url == "https://contoso.com/d/17")
    #expect(fields.issuerNames.email == "ann@contoso.com")
    #expect(fields.issuerNames.dns == "device-17")
    #expect(fields.issuerNames.alternativeDNS == "")
  }

  @Test("An authority in a domain is read")
  func authority() throws {
    let fields = try #require(reader.fields(of: Samples.bytes(Samples.rootText)))
    #expect(fields.subject == #"CN="Root ""A""", DC=contoso, DC=com"#)
    #expect(fields.serialNumber == "00FF01")
    #expect(fields.keyAlgorithm == "1.2.840.113549.1.1.1")
    #expect(fields.keyParameters == "0500")
    #expect(fields.signatureAlgorithm == "1.2.840.113549.1.1.11")
    #expect(fields.thumbprint == "DFB5E585B9E0D8833F44EA5757C9E3637060B457")
    #expect(fields.notAfter == Timestamp("2126-10-30T01:59:42Z"))
  }

  @Test("Base64 is read with the lines of PEM and without")
  func armored() {
    let plain = Array(Samples.deviceText.utf8)
    let armored = Array(
      "-----BEGIN CERTIFICATE-----\r\n\(Samples.deviceText)\r\n-----END CERTIFICATE-----\r\n".utf8)
    let expected = reader.fields(of: Samples.bytes(Samples.deviceText))
    #expect(expected != nil)
    #expect(reader.fields(of: plain) == expected)
    #expect(reader.fields(of: armored) == expected)
  }

  @Test(
    "What is no certificate is none",
    arguments: [
      [], [0x30], [0x30, 0x00], Array("hello".utf8), Array("-----BEGIN CERTIFICATE-----".utf8),
    ] as [[UInt8]])
  func none(bytes: [UInt8]) {
    #expect(reader.fields(of: bytes) == nil)
  }

  @Test("What is too long or too deep for a certificate is none")
  func tooLong() {
    #expect(reader.fields(of: [UInt8](repeating: 0x30, count: 5000)) == nil)
    #expect(reader.fields(of: [UInt8](repeating: 0x41, count: 2 << 20)) == nil)
  }

  @Test("A certificate that was cut or changed anywhere never crashes the reader")
  func damaged() {
    let whole = Samples.bytes(Samples.deviceText)
    for length in 0..<whole.count { #expect(reader.fields(of: Array(whole.prefix(length))) == nil) }
    for place in whole.indices {
      var changed = whole
      changed[place] ^= 0xFF
      if let fields = reader.fields(of: changed) { #expect(fields.thumbprint.count == 40) }
    }
  }

  @Test("The digest is SHA-256")
  func digest() {
    #expect(
      Hexadecimal.encode(reader.digest(of: Array("abc".utf8)))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      Hexadecimal.encode(reader.digest(of: []))
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }
}
