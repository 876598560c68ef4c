import Directory

/// The attributes that a server knows, with what they inherit.
struct ServerSchema: Sendable {
  /// The types, by each of their names.
  private(set) var types: [AttributeName: AttributeType] = [:]
  /// Links that another attribute holds, such as `memberOf`; only Active Directory tells them.
  var backLinks: Set<AttributeName> = []
  /// Classes that an object may lose, in lower case; only read of a directory that is written to.
  var retractableClasses: Set<String> = []

  /// The schema that these definitions make; those that can't be read are left out.
  init(definitions: [String] = []) {
    let found = definitions.compactMap { AttributeType($0) }
    for type in found {
      for name in type.names { types[AttributeName(name)] = type }
    }
    let byOID = Dictionary(found.map { ($0.oid, $0) }) { first, _ in first }
    for (name, type) in types { types[name] = completed(type, byOID) }
  }

  /// What is known of `name`; nil if nothing.
  subscript(name: AttributeName) -> AttributeType? { types[name] }

  /// The type with the syntax of those above it.
  private func completed(
    _ type: AttributeType, _ byOID: [String: AttributeType]
  ) -> AttributeType {
    var type = type
    var above = type.superior
    // A chain that is longer than any real one goes in circles.
    for _ in 0..<20 where type.syntax == nil || type.equality == nil {
      guard let name = above, let superior = types[AttributeName(name)] ?? byOID[name] else {
        break
      }
      type.syntax = type.syntax ?? superior.syntax
      type.equality = type.equality ?? superior.equality
      above = superior.superior
    }
    return type
  }
}

/// What the forms of values amount to (RFC 4517 §3.3, RFC 4523, [MS-ADTS] §3.1.1.2.2.2).
enum ValueSyntax {
  private static let base = "1.3.6.1.4.1.1466.115.121.1."

  /// Forms whose values go over the wire under `;binary` alone: certificates, lists and pairs of
  /// them, and algorithms (RFC 4523 §2).
  private static let binaryTransfer: Set<String> = [
    base + "8", base + "9", base + "10", base + "49",
  ]

  /// The form of texts: Directory String.
  static let text = base + "15"

  /// Whether values of the form `oid` need the option `binary` (RFC 4522).
  static func needsBinary(_ oid: String) -> Bool { binaryTransfer.contains(oid) }

  /// How values of the form `oid` are taken.
  static func treatment(_ oid: String) -> ValueReader.Treatment {
    if oid.hasPrefix(base) {
      switch oid.dropFirst(base.count) {
      case "12", "34": return .reference
      case "7": return .boolean
      case "27": return .integer
      case "4", "5", "8", "9", "10", "23", "28", "40", "49": return .binary
      case "3", "6", "11", "14", "15", "22", "24", "25", "26", "33", "36", "37", "38", "39", "41",
        "43", "44", "50", "51", "52", "53":
        return .text
      default: return .unknown
      }
    }
    switch oid {
    case "1.2.840.113556.1.4.906": return .integer
    case "1.2.840.113556.1.4.907": return .binary
    // A DN with bytes or a text before it, and case-ignoring text.
    case "1.2.840.113556.1.4.903", "1.2.840.113556.1.4.904", "1.2.840.113556.1.4.905",
      "1.3.6.1.1.16.1", "1.3.6.1.1.16.4":
      return .text
    default: return .unknown
    }
  }
}

extension LDAPConnection {
  /// Reads what the server publishes of its schema; empty if it publishes nothing that this account
  /// may read.
  ///
  /// - Throws: ``LDAPError`` also if the server has no time for it: values would get other types, and
  ///   no longer be what they were at the last import.
  func schema(
    _ root: RootDSE, withClasses: Bool = false
  ) async throws(LDAPError) -> ServerSchema {
    guard let place = root.subschemaSubentry else { return ServerSchema() }
    let search = LDAPSearch(
      base: place, scope: .base, filter: "(objectClass=*)",
      attributes: ["attributeTypes"] + (withClasses ? ["objectClasses"] : []))
    var schema = ServerSchema()
    do throws(LDAPError) {
      let entry = try await entries(search).first
      schema = ServerSchema(definitions: entry?.texts("attributeTypes") ?? [])
      schema.retractableClasses = AuxiliaryClasses.names(entry?.texts("objectClasses") ?? [])
    } catch {
      guard error.tellsOfSchema else { throw error }
    }
    if let place = root.schemaNamingContext { schema.backLinks = try await backLinks(place) }
    return schema
  }

  /// Attributes whose link number is odd: they show what the attribute with the number before them
  /// holds on the other side ([MS-ADTS] §3.1.1.1.6).
  private func backLinks(_ place: String) async throws(LDAPError) -> Set<AttributeName> {
    let search = LDAPSearch(
      base: place, scope: .oneLevel, filter: "(&(objectClass=attributeSchema)(linkID=*))",
      attributes: ["lDAPDisplayName", "linkID"])
    var links: Set<AttributeName> = []
    do throws(LDAPError) {
      for entry in try await entries(search) {
        guard let number = entry.text("linkID").flatMap({ Int($0) }), number % 2 == 1,
          let name = entry.text("lDAPDisplayName")
        else { continue }
        links.insert(AttributeName(name))
      }
    } catch {
      guard error.tellsOfSchema else { throw error }
    }
    return links
  }
}

extension LDAPError {
  /// Whether it says that there is no schema, or none for this account.
  fileprivate var tellsOfSchema: Bool {
    guard let code = resultCode else { return false }
    return code != LDAPCode.operationsError && !LDAPCode.transient.contains(code)
  }
}
