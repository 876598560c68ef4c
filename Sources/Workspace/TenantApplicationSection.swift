public import Configuration

/// One `[[tenant.application]]`: an application that gets tokens from the embedded tenant.
public struct TenantApplicationSection: Hashable, Sendable {
  /// The id that it shows.
  public var id: String
  /// Where its secret is; nil if it has none.
  public var secret: SecretReference?
  /// A PEM file of absolute path with the certificate that it shows; nil if it shows none.
  public var certificateFile: String?
  /// Whether its tokens let passwords of users be set.
  public var setsPasswords: Bool
  /// Where it stands.
  public var place: SourcePlace?
}

extension TenantApplicationSection {
  init(_ table: TOMLTable, folder: String) throws(ConfigurationError) {
    try table.rejectUnknown(
      allowed: ["id", "secret_file", "secret_environment", "certificate_file", "set_passwords"])
    place = table.place
    id = try table.string("id")
    guard !id.isEmpty, id.utf8.count <= 64, id.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw ConfigurationError(
        place: table.place(of: "id"), message: "\(TOMLText.quoted(id)) is no id of an application",
        hint: "write a GUID, such as `uuidgen` prints")
    }
    secret = try table.optionalSecret("secret")
    certificateFile = try table.optionalString("certificate_file").map {
      WorkspaceLocation.absolute($0, in: folder)
    }
    setsPasswords = try table.boolean("set_passwords", default: false)
    guard secret == nil, certificateFile == nil else { return }
    throw ConfigurationError(
      place: table.place, message: "The application \(TOMLText.quoted(id)) has nothing to show",
      hint: "give it a secret_file or secret_environment, a certificate_file, or both")
  }

  /// The applications of `[tenant]`, each id once.
  static func all(
    in tenant: TOMLTable, folder: String
  ) throws(ConfigurationError) -> [TenantApplicationSection] {
    var found: [TenantApplicationSection] = []
    for table in try tenant.tables("application") {
      let section = try TenantApplicationSection(table, folder: folder)
      if let twin = found.first(where: { $0.id == section.id }) {
        throw ConfigurationError(
          place: table.place(of: "id"),
          message: "The id \(TOMLText.quoted(section.id)) is already that of the application"
            + (twin.place.map { " at \($0)" } ?? ""),
          hint: "give each application an id of its own")
      }
      found.append(section)
    }
    return found
  }
}
