import Configuration

/// Reads one file of `Connectors`.
struct ConnectorFile {
  /// What says how the server works inside, how it connects, or repeats what rules say.
  static let skipped: Set<String> = [
    "ma-run-data", "ma-ui-data", "password-sync", "import-flow-group", "run-configuration",
    "cookie", "water-mark", "extension-config", "parameter-definitions", "importing",
  ]

  /// What is read, and what says only whose connector it is and since when.
  private static let known: Set<String> = [
    "format-version", "id", "name", "category", "description", "subtype", "ma-listname",
    "ma-companyname", "creation-time", "last-modification-time", "version", "internal-version",
    "password-sync-allowed", "schema", "private-configuration", "attribute-inclusion", "join",
    "projection", "export-attribute-flow", "ma-partition-data", "component_mappings",
    "encrypted-attributes",
  ]

  private(set) var notes: [EntraNote] = []

  /// The connector that `root` describes.
  ///
  /// - Throws: ``EntraConfigurationError`` at the first thing that is missing or not understood.
  mutating func connector(_ root: XMLElement) throws(EntraConfigurationError) -> EntraConnector {
    notes += root.unread(known: Self.known.union(Self.skipped))
    let id = try root.required("id").lowercased()
    let name = try root.required("name")
    let partitions = root.child("ma-partition-data")?.all("partition").map(Self.partition) ?? []
    for flows in ["export-attribute-flow", "join", "projection"] {
      guard let element = root.child(flows), !element.children.isEmpty else { continue }
      notes.append(
        EntraNote(
          element.place,
          "<\(flows)> of the connector \"\(name)\" is left out: only "
            + "synchronization rules are read"))
    }
    var parameters: [String: String] = [:]
    for element in root.child("private-configuration")?.children ?? [] {
      parameters.merge(Self.parameters(in: element)) { first, _ in first }
    }
    Self.addParameters(of: partitions, to: &parameters)
    parameters["Connector.ID"] = id
    return EntraConnector(
      id: id, name: name, category: root.text(of: "category"), subtype: root.text(of: "subtype"),
      partitions: partitions, parameters: parameters,
      schema: try root.child("schema").map { element throws(EntraConfigurationError) in
        try EntraSchema(element)
      },
      selectedAttributes: root.child("attribute-inclusion")?.all("attribute").map(\.text) ?? [],
      place: root.place)
  }

  /// Adds the parameters that all selected naming contexts agree on: a forest may have a value for
  /// each domain.
  private static func addParameters(
    of partitions: [EntraPartition], to parameters: inout [String: String]
  ) {
    let selected = partitions.filter(\.isSelected)
    for name in Set(selected.flatMap(\.parameters.keys)) where parameters[name] == nil {
      let values = Set(selected.compactMap { $0.parameters[name] })
      if values.count == 1 { parameters[name] = values.first }
    }
  }

  private static func partition(_ element: XMLElement) -> EntraPartition {
    let filter = element.child("filter")
    func texts(_ list: XMLElement?, _ name: String) -> [String] {
      list?.all(name).map(\.text).filter { !$0.isEmpty } ?? []
    }
    return EntraPartition(
      name: element.text(of: "name"), isSelected: element.text(of: "selected") == "1",
      parameters: parameters(in: element),
      inclusions: texts(filter?.descendant("containers", "inclusions"), "inclusion"),
      exclusions: texts(filter?.descendant("containers", "exclusions"), "exclusion"),
      objectTypes: texts(filter?.child("object-classes"), "object-class"))
  }

  /// The parameters of `element` that rules may name.
  ///
  /// Of all others, which say how to connect, nothing is kept; and nothing that is encrypted.
  private static func parameters(in element: XMLElement) -> [String: String] {
    var found: [String: String] = [:]
    for parameter in element.child("parameter-values")?.all("parameter") ?? [] {
      guard let name = parameter.attributes["name"], !parameter.text.isEmpty,
        parameter.attributes["encrypted"] != "1", isForRules(name, parameter)
      else { continue }
      found[name] = parameter.text
    }
    return found
  }

  private static func isForRules(_ name: String, _ parameter: XMLElement) -> Bool {
    parameter.attributes["intrinsic"] == "1"
      || ["Domain.", "Forest.", "Connector."].contains { name.hasPrefix($0) }
  }
}
