import Directory

/// Which product a server is, as far as it makes a difference.
public enum ServerKind: String, Hashable, Sendable {
  /// Windows' Active Directory Domain Services.
  case activeDirectory
  /// Samba as a domain controller.
  case samba
  /// Windows' Active Directory Lightweight Directory Services.
  case lightweightDirectory
  /// OpenLDAP's slapd.
  case openLDAP
  /// Another one.
  case other

  /// Whether it has Active Directory's schema, controls and identifiers.
  public var isActiveDirectory: Bool {
    switch self {
    case .activeDirectory, .samba, .lightweightDirectory: true
    case .openLDAP, .other: false
    }
  }
}

extension ServerKind {
  /// What a server that says `root` of itself is ([MS-ADTS] §3.1.1.3.4.3).
  init(_ root: RootDSE) {
    if root.vendorName?.lowercased().contains("samba") == true {
      self = .samba
    } else if root.capabilities.contains("1.2.840.113556.1.4.800") {
      self = .activeDirectory
    } else if root.capabilities.contains("1.2.840.113556.1.4.1851") {
      self = .lightweightDirectory
    } else if root.objectClasses.contains(where: { $0.lowercased() == "openldaprootdse" }) {
      self = .openLDAP
    } else {
      self = .other
    }
  }

  /// The product in words.
  func name(_ root: RootDSE) -> String {
    switch self {
    case .activeDirectory: "Active Directory"
    case .samba: "Samba Active Directory"
    case .lightweightDirectory: "AD LDS"
    case .openLDAP: "OpenLDAP"
    case .other: ServerWords.shown(root.vendorName ?? "an LDAP server", limit: 80)
    }
  }
}

/// Controls by their OIDs, where a server is asked whether it has them.
enum ControlOID {
  /// Paged results (RFC 2696).
  static let pagedResults = "1.2.840.113556.1.4.319"
  /// Content synchronization (RFC 4533).
  static let syncRequest = "1.3.6.1.4.1.4203.1.9.1.1"
  /// Active Directory's DirSync ([MS-ADTS] §3.1.1.3.4.1.3).
  static let dirSync = "1.2.840.113556.1.4.841"
  /// Active Directory's notification of changes ([MS-ADTS] §3.1.1.3.4.1.9).
  static let notification = "1.2.840.113556.1.4.528"
  /// Active Directory's deleted objects ([MS-ADTS] §3.1.1.3.4.1.14).
  static let showDeleted = "1.2.840.113556.1.4.417"
  /// Active Directory: no chasing to other domains ([MS-ADTS] §3.1.1.3.4.1.4).
  static let domainScope = "1.2.840.113556.1.4.1339"
  /// A request that is done only if a filter holds (RFC 4528).
  static let assertion = "1.3.6.1.1.12"
  /// Modify that takes what is so already for done ([MS-ADTS] §3.1.1.3.4.1.8).
  static let permissiveModify = "1.2.840.113556.1.4.1413"
}
