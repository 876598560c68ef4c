import Directory

extension EntraSchema {
  /// The schema in `element`, which holds a `directory-schema`.
  ///
  /// - Throws: ``EntraConfigurationError`` if an attribute or object type has no name.
  init(_ element: XMLElement) throws(EntraConfigurationError) {
    guard let root = element.descendant("dsml", "directory-schema") else {
      throw element.problem(
        "The schema has no <directory-schema>", hint: "export the configuration again")
    }
    var names: [String: AttributeName] = [:]
    attributes = [:]
    for type in root.all("attribute-type") {
      let attribute = try Self.attribute(type)
      attributes[attribute.name] = attribute
      if let id = type.attributes["id"] { names[id] = attribute.name }
    }
    var types: [String: ObjectType] = [:]
    var keys: [String: String] = [:]
    for element in root.all("class") {
      let name = try element.required("name")
      if let id = element.attributes["id"] { keys[id] = name }
      types[name.lowercased()] = ObjectType(
        name: name, attributes: Self.references(element, "attribute").compactMap { names[$0] },
        parents: element.attributes["superior"].map { [Self.id($0)] } ?? [])
    }
    for element in root.all("dit-content-rule") {
      guard let name = element.attributes["id"].flatMap({ keys[$0] })?.lowercased() else {
        continue
      }
      types[name]?.attributes +=
        Self.references(element, "attribute").compactMap { names[$0] }
      types[name]?.parents += Self.references(element, "aux-class")
    }
    objectTypes = types.mapValues { type in
      var type = type
      type.parents = type.parents.compactMap { keys[$0] }
      return type
    }
  }

  private static func attribute(
    _ element: XMLElement
  ) throws(EntraConfigurationError) -> Attribute {
    Attribute(
      name: AttributeName(try element.required("name")), syntax: element.text(of: "syntax"),
      isMultiValued: element.attributes["single-value"] != "true",
      isIndexed: element.attributes["indexable"] == "true",
      isReadOnly: element.attributes["user-modification"] == "false")
  }

  private static func references(_ element: XMLElement, _ name: String) -> [String] {
    element.all(name).compactMap { $0.attributes["ref"].map(id) }
  }

  private static func id(_ reference: String) -> String {
    reference.hasPrefix("#") ? String(reference.dropFirst()) : reference
  }
}
