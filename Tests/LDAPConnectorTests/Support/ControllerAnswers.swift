@testable import LDAPConnector

// What a controller of Active Directory tells of itself, for servers that a test makes up.

extension FakeServer.Answer {
  /// The root of a controller with one naming context, and what else it tells there.
  static func controllerRoot(
    _ suffix: String, hasDirSync: Bool = false, more: [SearchAttribute] = []
  ) -> Self {
    let controls = hasDirSync ? [SearchAttribute("supportedControl", ControlOID.dirSync)] : []
    let root = [
      SearchAttribute("supportedCapabilities", "1.2.840.113556.1.4.800"),
      SearchAttribute("defaultNamingContext", suffix), SearchAttribute("namingContexts", suffix),
    ]
    return Self([SearchEntry(dn: "", attributes: root + controls + more)])
  }
}

extension SearchAttribute {
  /// An `objectGUID` of 16 equal bytes.
  static func guid(_ number: UInt8) -> SearchAttribute {
    SearchAttribute(description: "objectGUID", values: [[UInt8](repeating: number, count: 16)])
  }
}
