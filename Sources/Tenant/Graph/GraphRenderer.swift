import GRDB
import JSON

/// Shows resources in Graph's form.
struct GraphRenderer {
  let database: Database
  /// The properties that are given; nil for the usual ones.
  var names: [String]?
  /// Whether what has no value is given as null.
  var givesNull = true

  /// The object, without the context that an answer adds.
  func json(_ resource: StoredResource, deleted: Int64? = nil, isTyped: Bool = false) -> JSONObject
  {
    var object = JSONObject()
    guard let type = GraphType.numbered(resource.typeCode) else {
      return JSONObject([
        "@odata.type": "#microsoft.graph.directoryObject", "id": .string(resource.id),
      ])
    }
    if isTyped { object.members.append(.init(name: "@odata.type", value: .string(type.odataType))) }
    object.members.append(.init(name: "id", value: .string(resource.id)))
    for name in names ?? type.defaultNames where name != "id" {
      guard let property = type.property(name) else { continue }
      let value = Self.value(of: property, resource, deleted: deleted)
      if let value {
        object.members.append(.init(name: name, value: value))
      } else if property.isList {
        object.members.append(.init(name: name, value: []))
      } else if givesNull {
        object.members.append(.init(name: name, value: .null))
      }
    }
    return object
  }

  /// The value of a property; nil if it has none.
  static func value(of property: GraphProperty, _ resource: StoredResource, deleted: Int64? = nil)
    -> JSONValue?
  {
    guard property.place == .computed else {
      return property.place.value(in: resource.body) ?? property.standard
    }
    switch property.name {
    case "id": return .string(resource.id)
    case "createdDateTime": return .string(moment(resource.created))
    case "deletedDateTime": return deleted.map { .string(moment($0)) }
    default: return nil
    }
  }

  // Graph gives directory objects' times in whole seconds.
  private static func moment(_ milliseconds: Int64) -> String {
    Moment.text(milliseconds).prefix(19) + "Z"
  }
}
