/// What a server tells of itself to everybody (RFC 4512 §5.1; [MS-ADTS] §3.1.1.3.2).
struct RootDSE: Hashable, Sendable {
  /// The names under which the server holds data.
  var namingContexts: [String] = []
  /// The one of them that is meant when none is named; Active Directory's domain.
  var defaultNamingContext: String?
  /// Where Active Directory keeps its schema.
  var schemaNamingContext: String?
  /// Where the schema is published (RFC 4512 §4.2).
  var subschemaSubentry: String?
  /// Controls, by OID.
  var controls: Set<String> = []
  /// Active Directory's kinds, by OID.
  var capabilities: Set<String> = []
  /// Extended operations, by OID.
  var extensions: Set<String> = []
  /// SASL mechanisms.
  var mechanisms: [String] = []
  /// The maker's name.
  var vendorName: String?
  /// The product's version, as the maker writes it.
  var vendorVersion: String?
  /// The name of the domain controller's settings object.
  var dsServiceName: String?
  /// The server's own name.
  var hostName: String?
  /// The server's clock, in the form of GeneralizedTime.
  var currentTime: String?
  /// The highest update number of a domain controller.
  var highestCommittedUSN: Int64?
  /// Whether a domain controller has caught up since it started; nil if it does not say.
  var isSynchronized: Bool?
  /// The classes of the root itself.
  var objectClasses: [String] = []
}

extension RootDSE {
  /// Whether it is a domain controller that takes no changes itself.
  var isReadOnlyController: Bool { capabilities.contains("1.2.840.113556.1.4.1920") }

  /// The attributes to ask for; most are operational.
  static let attributes = [
    "objectClass", "namingContexts", "defaultNamingContext", "schemaNamingContext",
    "subschemaSubentry", "supportedControl", "supportedCapabilities", "supportedExtension",
    "supportedSASLMechanisms", "vendorName", "vendorVersion", "dsServiceName", "dnsHostName",
    "currentTime", "highestCommittedUSN", "isSynchronized",
  ]

  /// What the root entry says.
  init(_ entry: SearchEntry) {
    let texts = Dictionary(
      entry.attributes.map { attribute in
        (
          attribute.description.lowercased(),
          attribute.values.compactMap { String(validating: $0, as: UTF8.self) }
        )
      }, uniquingKeysWith: +)
    func all(_ name: String) -> [String] { texts[name.lowercased()] ?? [] }
    func first(_ name: String) -> String? { all(name).first { !$0.isEmpty } }
    namingContexts = all("namingContexts").filter { !$0.isEmpty && $0 != "\0" }
    defaultNamingContext = first("defaultNamingContext")
    schemaNamingContext = first("schemaNamingContext")
    subschemaSubentry = first("subschemaSubentry")
    controls = Set(all("supportedControl"))
    capabilities = Set(all("supportedCapabilities"))
    extensions = Set(all("supportedExtension"))
    mechanisms = all("supportedSASLMechanisms")
    vendorName = first("vendorName")
    vendorVersion = first("vendorVersion")
    dsServiceName = first("dsServiceName")
    hostName = first("dnsHostName")
    currentTime = first("currentTime")
    highestCommittedUSN = first("highestCommittedUSN").flatMap { Int64($0) }
    isSynchronized = first("isSynchronized").map { $0.uppercased() == "TRUE" }
    objectClasses = all("objectClass")
  }
}

extension LDAPConnection {
  /// Asks the connected server what it is.
  ///
  /// - Throws: ``LDAPError``, also if there is no answer that tells anything.
  func rootDSE() async throws(LDAPError) -> RootDSE {
    let search = LDAPSearch(base: "", scope: .base, attributes: RootDSE.attributes)
    guard let entry = try await entries(search).first else {
      throw LDAPError(
        .malformedAnswer, server: await server?.description ?? "",
        message: "The server does not say what it is: its root (RFC 4512 §5.1) can't be read",
        hint: "Let the connector's account read the root DSE.")
    }
    return RootDSE(entry)
  }
}
