/// Reads `GlobalSettings/MV.xml`.
enum MetaverseFile {
  /// The metaverse that `root` describes.
  ///
  /// - Throws: ``EntraConfigurationError`` at the first thing that is missing or not understood.
  static func metaverse(_ root: XMLElement) throws(EntraConfigurationError) -> EntraMetaverse {
    guard let data = root.child("mv-data"), let schema = data.child("schema") else {
      throw root.problem(
        "The metaverse has no schema", hint: "export the configuration again")
    }
    var parameters: [String: String] = [:]
    for parameter in data.child("parameter-values")?.all("parameter") ?? [] {
      guard let name = parameter.attributes["name"], parameter.attributes["encrypted"] != "1"
      else { continue }
      parameters[name] = parameter.text
    }
    return EntraMetaverse(
      server: root.attributes["server"] ?? "",
      exportDate: root.attributes["export-date"] ?? "", schema: try EntraSchema(schema),
      parameters: parameters)
  }
}
