import Directory

extension Function {
  /// Functions of certificates in X.509, and `Thumbprint`.
  static let certificates: [Function] = [
    field("CertVersion", "str") { .string(String($0.version)) },
    field("CertSerialNumber", "str") { .string($0.serialNumber) },
    field("CertSubject", "str") { .string($0.subject) },
    field("CertSubjectNameDN", "str") { .string($0.subject) },
    // .NET gives a whole name no identifier.
    field("CertSubjectNameOid", "str") { _ in .null },
    field("CertIssuer", "str") { .string($0.issuer) },
    field("CertIssuerDN", "str") { .string($0.issuer) },
    field("CertIssuerOid", "str") { _ in .null },
    field("CertNotBefore", "dt") { .date($0.notBefore) },
    field("CertNotAfter", "dt") { .date($0.notAfter) },
    field("CertKeyAlgorithm", "str") { .string($0.keyAlgorithm) },
    field("CertKeyAlgorithmParams", "str") { text($0.keyParameters) },
    field("CertPublicKeyOid", "str") { .string($0.keyAlgorithm) },
    field("CertPublicKeyParametersOid", "str") { .string($0.keyAlgorithm) },
    field("CertSignatureAlgorithmOid", "str") { .string($0.signatureAlgorithm) },
    field("CertHashString", "str") { .string($0.thumbprint) },
    field("CertThumbprint", "str") { .string($0.thumbprint) },
    field("CertFormat", "str") { _ in .string("X509") },
    // A friendly name is kept beside a certificate in a store of Windows, never in it.
    field("CertFriendlyName", "str") { _ in .string("") },
    field("CertExtensionOids", "mvstr") { fields in
      Value(compacting: fields.extensions.filter(\.isCritical).map { .string($0.identifier) })
    },
    Function(
      "CertNameInfo",
      "str CertNameInfo(bin certificateRawData, str x509NameType, bool includesIssuerName)", 3...3,
      form: .certificate, options: [1: nameTypes], isPure: false
    ) { arguments, _ throws(ExpressionFailure) in
      try nameInfo(arguments)
    },
    Function(
      "IsCert", "bool IsCert(bin certificateRawData)", 1...1, form: .certificate,
      null: .gives(.boolean(false)), isPure: false
    ) { arguments, work throws(ExpressionFailure) in
      let reader = try arguments.certificateReader()
      guard let bytes = raw(arguments[0]) else { return .boolean(false) }
      try work.spend(1000)
      return .boolean(reader.fields(of: bytes) != nil)
    },
    Function(
      "Thumbprint", "bin Thumbprint(bin value)", 1...1, form: .certificate, isPure: false
    ) { arguments, work throws(ExpressionFailure) in
      // The one shipped rule that uses it builds the KeyHash entry of a key credential, which is
      // SHA-256 ([MS-ADTS] §2.2.20.6).
      let bytes = try arguments.bytes(0)
      try work.make(length: bytes.count)
      return .binary(try arguments.certificateReader().digest(of: bytes))
    },
  ]

  private static let nameTypes = [
    "SimpleName", "EmailName", "UpnName", "DnsName", "DnsFromAlternativeName", "UrlName",
  ]

  private static func field(
    _ name: StaticString, _ type: String, _ read: @escaping @Sendable (CertificateFields) -> Value
  ) -> Function {
    Function(
      name, "\(type) \(name)(bin certificateRawData)", 1...1, form: .certificate, isPure: false
    ) { arguments, work throws(ExpressionFailure) in
      try work.spend(1000)
      return read(try fields(arguments))
    }
  }

  private static func fields(
    _ arguments: Arguments
  ) throws(ExpressionFailure) -> CertificateFields {
    let reader = try arguments.certificateReader()
    if let bytes = raw(arguments[0]), let fields = reader.fields(of: bytes) { return fields }
    throw arguments.refused(0, "which is no certificate", hint: "ask with IsCert first")
  }

  /// The bytes of a certificate, which a directory without types holds as base64.
  private static func raw(_ value: Value) -> [UInt8]? {
    switch value {
    case .binary(let bytes): bytes
    case .string(let text): Array(text.utf8)
    default: nil
    }
  }

  private static func text(_ text: String) -> Value { text.isEmpty ? .null : .string(text) }

  private static func nameInfo(_ arguments: Arguments) throws(ExpressionFailure) -> Value {
    let fields = try fields(arguments)
    let names =
      try Conditions.isTrue(arguments[2]) ? fields.issuerNames : fields.subjectNames
    switch try arguments.text(1).lowercased() {
    case "simplename": return text(names.simple)
    case "emailname": return text(names.email)
    case "upnname": return text(names.userPrincipal)
    case "dnsname": return text(names.dns)
    case "dnsfromalternativename": return text(names.alternativeDNS)
    case "urlname": return text(names.url)
    default:
      throw arguments.outOfRange(1, "the types are \(nameTypes.joined(separator: ", "))")
    }
  }
}
