import Directory
import JSON

@testable import SCIMConnector

/// The URN of an extension for tests, with lists and every type.
let extensionURN = "urn:example:2.0:User"
let enterprise = SCIMSchema.enterpriseURN

/// A server whose schemas are RFC 7643's and an extension with the types that those lack.
let sampleServer: SCIMServer = {
  var addresses = SCIMAttribute("proxyAddresses")
  addresses.isMultiValued = true
  var stamp = SCIMAttribute("stamp", .dateTime)
  stamp.mutability = .readOnly
  let schema = SCIMSchema(
    id: extensionURN,
    attributes: [
      addresses, stamp, SCIMAttribute("count", .integer), SCIMAttribute("ratio", .decimal),
      SCIMAttribute("photo", .binary), SCIMAttribute("when", .dateTime),
      SCIMAttribute("syncEnabled", .boolean),
    ])
  var schemas = SCIMServer.commonSchemas
  schemas[schema.id.lowercased()] = schema
  var types = SCIMServer.commonResourceTypes
  types[0].extensions.append(schema.id)
  return SCIMServer(
    features: .init(), resourceTypes: types, schemas: schemas, publishesSchemas: true)
}()

/// A server that publishes no schemas.
let silentServer = SCIMServer(
  features: .init(), resourceTypes: SCIMServer.commonResourceTypes,
  schemas: SCIMServer.commonSchemas, publishesSchemas: false)

let userType = SCIMServer.commonResourceTypes[0]
let groupType = SCIMServer.commonResourceTypes[1]

/// The failure that `body` throws for an object.
func refusal<T>(_ body: () throws(ObjectFailure) -> T) -> ObjectFailure? {
  do throws(ObjectFailure) {
    _ = try body()
    return nil
  } catch {
    return error
  }
}

extension JSONValue {
  /// The value as JSON text.
  var text: String { String(decoding: encoded, as: UTF8.self) }

  /// The value that `text` spells.
  init(text: String) throws { try self.init(parsing: Array(text.utf8)) }
}
