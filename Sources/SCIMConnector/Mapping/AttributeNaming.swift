import Directory

/// The names that the attributes of a server have in the connector space.
///
/// With SCIM's own names there is nothing to do. With the names of Entra Connect's connector, a
/// rule set that was made for it runs unchanged: what SCIM has an attribute for is carried there,
/// and all else in an extension whose attributes have the same names, where the server offers one.
struct AttributeNaming: Sendable {
  /// The start of the URN of extensions that hold attributes under the connector's own names.
  static let extensionPrefix = "urn:lockstep:params:scim:schemas:extension:entra:2.0:"
  /// The start of the URN of extensions that tie an object to a directory on premises.
  static let onPremisesPrefix = "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:"
  /// The start of the URN of extensions that hold what only Microsoft Graph has.
  static let graphPrefix = "urn:lockstep:params:scim:schemas:extension:graph:2.0:"

  /// Whether an attribute of no other name can be written under this one: it is a path of SCIM's own.
  static func isPath(_ name: AttributeName) -> Bool {
    name.text.utf8.contains { $0 == 0x3A || $0 == 0x2E || $0 == 0x5B }
  }

  /// The names of one resource type.
  struct Table: Sendable {
    /// Whether the server has the extension that ties an object to a directory on premises.
    var onPremises: String?
    fileprivate var paths: [AttributeName: AttributeName] = [:]
    fileprivate var names: [AttributeName: AttributeName] = [:]

    /// The SCIM path of `name`; nil if there is no place for it under another name.
    func path(_ name: AttributeName) -> AttributeName? { paths[name] }

    /// Whether what has this SCIM path goes by another name in the connector space.
    func hasOtherName(_ path: AttributeName) -> Bool {
      names[path] != nil && paths[path] == nil
    }

    /// The name in the connector space of what has this SCIM path.
    func name(_ path: AttributeName) -> AttributeName { names[path] ?? path }
  }

  private let tables: [String: Table]

  /// The names for `server`; what it has no place for has no path.
  init(server: SCIMServer) {
    var tables: [String: Table] = [:]
    for type in server.resourceTypes {
      tables[type.objectType.lowercased()] = Self.table(type, server)
    }
    self.tables = tables
  }

  /// The names of objects of a type.
  func table(_ objectType: String) -> Table { tables[objectType.lowercased()] ?? Table() }

  private static func table(_ type: SCIMResourceType, _ server: SCIMServer) -> Table {
    var table = Table()
    let writer = ResourceWriter(server: server, type: type)
    func add(_ name: String, _ path: String) {
      let (name, path) = (AttributeName(name), AttributeName(path))
      guard table.paths[name] == nil else { return }
      table.paths[name] = path
      if table.names[path] == nil { table.names[path] = name }
    }
    for (name, path) in EntraNames.paths(of: type) {
      guard let parsed = SCIMAttributePath(path), server.attribute(parsed, of: type) != nil,
        (try? writer.target(AttributeName(path))) != nil
      else { continue }
      add(name, path)
    }
    for urn in type.extensions {
      if urn.lowercased().hasPrefix(onPremisesPrefix) { table.onPremises = urn }
      guard urn.lowercased().hasPrefix(extensionPrefix) else { continue }
      for attribute in server.schema(urn)?.attributes ?? [] {
        add(attribute.name, urn + ":" + attribute.name)
      }
    }
    return table
  }
}

// What the server says of its attributes, under the names of the connector space.
extension AttributeNaming {
  /// `schema` with the names of the connector space.
  func renamed(_ schema: DirectorySchema) -> DirectorySchema {
    var attributes: [AttributeName: DirectorySchema.AttributeDefinition] = [:]
    func add(_ name: AttributeName, _ definition: DirectorySchema.AttributeDefinition) {
      attributes[name] = definition.shared(with: attributes[name])
    }
    for (path, definition) in schema.attributes {
      let names = Set(tables.values.compactMap { $0.names[path] })
      for name in names { add(name, definition) }
      guard names.isEmpty else { continue }
      // What has no place under a name of its own can be read, as the id is, and not be written.
      var definition = definition
      if !Self.isPath(path) { definition.isReadOnly = true }
      add(path, definition)
    }
    add(EntraNames.dn, .init(.string))
    add(EntraNames.cloudAnchor, .init(.string, isReadOnly: true))
    add(EntraNames.cloudMastered, .init(.boolean, isReadOnly: true))
    return DirectorySchema(attributes: attributes, objectTypes: schema.objectTypes)
  }
}
