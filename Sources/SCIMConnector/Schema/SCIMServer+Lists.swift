import Directory
import JSON

/// Several types of resources at one endpoint: its list is read once, whatever it shows.
extension SCIMServer {
  /// Of types that a server lists, one for each endpoint, by which the endpoint's list is read.
  ///
  /// It has the name of the one that ``kinds(_:at:)`` gives first, and the schemas of all of them.
  static func lists(_ types: [SCIMResourceType]) -> [SCIMResourceType] {
    var endpoints: Set<String> = []
    return types.filter { endpoints.insert($0.place).inserted }.map { type in
      let kinds = kinds(types, at: type)
      var list = kinds.first ?? type
      var known = Set(([list.schema] + list.extensions).map { $0.lowercased() })
      for urn in kinds.flatMap({ [$0.schema] + $0.extensions })
      where known.insert(urn.lowercased()).inserted {
        list.extensions.append(urn)
      }
      return list
    }
  }

  /// Those of `types` that have the endpoint of `type`, in the same order however the server lists
  /// them: first those with a schema of RFC 7643.
  static func kinds(
    _ types: [SCIMResourceType], at type: SCIMResourceType
  ) -> [SCIMResourceType] {
    func order(_ type: SCIMResourceType) -> (Int, String) {
      let isCore = commonResourceTypes.contains {
        $0.schema.lowercased() == type.schema.lowercased()
      }
      return (isCore ? 0 : 1, type.name)
    }
    return types.filter { $0.place == type.place }.sorted { order($0) < order($1) }
  }

  /// The endpoints that several types share, each with their names, for a person to know.
  var sharedEndpoints: [(endpoint: String, types: [String])] {
    Self.lists(resourceTypes).compactMap { list in
      let names = Self.kinds(resourceTypes, at: list).map(\.objectType)
      return Set(names).count > 1 ? (list.endpoint, names) : nil
    }
  }
}

extension SCIMResourceType {
  /// The endpoint as it is compared with others.
  fileprivate var place: String {
    endpoint.lowercased().split(separator: "/").joined(separator: "/")
  }
}

/// Reads the resources of one list, each as one of the types that the list may show.
struct ListReader: Sendable {
  private let readers: [ResourceReader]
  private let first: ResourceReader

  /// A reader of what the list of `type` shows, which may be any of the types `all` at its endpoint.
  init(server: SCIMServer, type: SCIMResourceType, among all: [SCIMResourceType]) {
    readers = SCIMServer.kinds(all, at: type).map { ResourceReader(server: server, type: $0) }
    first = readers.first ?? ResourceReader(server: server, type: type)
  }

  /// The entry that `json` describes.
  ///
  /// - Throws: ``DiscoveryError`` of this one item.
  func entry(_ json: JSONValue, location: String) throws(DiscoveryError) -> DirectoryEntry {
    try reader(of: json).entry(json, location: location)
  }

  /// By the schemas that the resource has, and where several fit, by the type that it names.
  private func reader(of json: JSONValue) -> ResourceReader {
    guard readers.count > 1 else { return first }
    let urns = Set(json["schemas"]?.array?.compactMap { $0.string?.lowercased() } ?? [])
    let fitting = readers.filter { urns.isEmpty || urns.contains($0.type.schema.lowercased()) }
    let name = json["meta"]?["resourceType"]?.string
    return fitting.first { $0.type.name == name } ?? fitting.first ?? first
  }
}
