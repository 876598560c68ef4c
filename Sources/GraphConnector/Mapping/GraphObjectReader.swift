import Directory
import HTTP
import JSON

/// Turns an object as Graph shows it into an entry of the connector space.
struct GraphObjectReader: Sendable {
  let type: GraphObjectType
  /// The directory extension that holds the source anchor of groups.
  var anchorExtension: String?
  /// How users are sent, if not by Graph itself: where their source anchor is follows from it.
  var bulkUpload: BulkUploadSettings?

  /// The entry that `json` describes, with these references.
  ///
  /// - Throws: ``DiscoveryError`` of this one object.
  func entry(
    _ json: JSONObject, references: [AttributeName: [String]], location: String
  ) throws(DiscoveryError) -> DirectoryEntry {
    guard let id = json["id"]?.string, !id.isEmpty else {
      throw DiscoveryError(
        .missingAnchor, dn: ServerWords.shown(json["displayName"]?.string ?? "", limit: 100),
        location: location, message: "a \(type.name) came without an id",
        hint: "Ask the operator of the service; the object is left out.", attribute: "id")
    }
    let dn = GraphNames.dn(sourceAnchor: anchor(json), id: id)
    let name: DistinguishedName
    do {
      name = try DistinguishedName(dn)
    } catch {
      throw DiscoveryError(
        .dnNotLDAPConformant, dn: dn, location: location, message: error.description,
        hint: "Ask the operator of the service why an id has this form.")
    }
    var attributes = AttributeSet(
      type.attributes.map { Attribute($0.name, values($0, json)) })
    for (name, ids) in references { attributes[name] = ids.map { .reference($0) } }
    if type.name == "group" || bulkUpload?.match == .employeeID, let anchor = anchor(json) {
      attributes[GraphNames.sourceAnchor] = [.string(anchor)]
    }
    attributes[GraphNames.dn] = [.string(dn)]
    attributes[GraphNames.cloudAnchor] = [
      .string(type.name.prefix(1).uppercased() + type.name.dropFirst() + "_" + id)
    ]
    let isSynced = json["onPremisesSyncEnabled"]?.boolean == true || anchor(json) != nil
    attributes[GraphNames.cloudMastered] = [.boolean(!isSynced)]
    return DirectoryEntry(
      anchor: Anchor(id), dn: name, objectType: type.name, attributes: attributes)
  }

  /// The source anchor of a user as a provisioning job leaves it.
  static func sourceAnchor(_ json: JSONObject, _ settings: BulkUploadSettings?) -> String? {
    func text(_ name: String) -> String? {
      json[name]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
    return text("onPremisesImmutableId")
      ?? (settings?.match == .employeeID ? text("employeeId") : nil)
  }

  private func anchor(_ json: JSONObject) -> String? {
    if type.name == "user" { return Self.sourceAnchor(json, bulkUpload) }
    let name = type.name == "group" ? anchorExtension : "onPremisesImmutableId"
    return name.flatMap { json[$0]?.string }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private func values(_ attribute: GraphAttribute, _ json: JSONObject) -> [AttributeValue] {
    switch attribute.shape {
    case .text: json[attribute.property]?.string.map { [.string($0)] } ?? []
    case .flag: json[attribute.property]?.boolean.map { [.boolean($0)] } ?? []
    case .texts, .onlyText:
      (json[attribute.property]?.array ?? []).compactMap(\.string).map { .string($0) }
    case .numbered:
      json["onPremisesExtensionAttributes"]?[attribute.property]?.string.map { [.string($0)] } ?? []
    case .links, .link: []
    }
  }
}
