extension SCIMResourceType {
  /// The types of a server in which each endpoint and each name occurs once, and the users and the
  /// groups of RFC 7643 are called so, whatever the server calls them.
  ///
  /// Some servers list several types for one endpoint (`User` and `EnterpriseUser`), which would
  /// show each object twice; or several kinds of accounts, of which one is at `/Users`.
  static func distinct(_ listed: [SCIMResourceType]) -> [SCIMResourceType] {
    var types = oneForEachEndpoint(listed)
    for common in SCIMServer.commonResourceTypes {
      guard let index = index(of: common, in: types) else { continue }
      // What has the name and is not it keeps its place under the name of its endpoint.
      for other in types.indices
      where other != index && types[other].objectType.lowercased() == common.objectType {
        types[other].name = String(types[other].endpoint.split(separator: "/").last ?? "")
      }
      types[index].name = common.name
    }
    var names: Set<String> = []
    return types.filter { names.insert($0.objectType.lowercased()).inserted }
  }

  /// Which of `types` has the objects of `common`: by the core schema at the usual endpoint, then by
  /// the schema alone, then by the endpoint.
  private static func index(of common: SCIMResourceType, in types: [SCIMResourceType]) -> Int? {
    func isAtHome(_ type: SCIMResourceType) -> Bool {
      type.endpoint.lowercased() == common.endpoint.lowercased()
    }
    func hasSchema(_ type: SCIMResourceType) -> Bool {
      type.schema.lowercased() == common.schema.lowercased()
    }
    func isCalled(_ type: SCIMResourceType) -> Bool {
      type.objectType.lowercased() == common.objectType
    }
    return types.firstIndex { isAtHome($0) && hasSchema($0) }
      ?? types.firstIndex { isCalled($0) && hasSchema($0) }
      ?? types.firstIndex(where: isAtHome) ?? types.firstIndex(where: hasSchema)
      ?? types.firstIndex(where: isCalled)
  }

  private static func oneForEachEndpoint(_ listed: [SCIMResourceType]) -> [SCIMResourceType] {
    var types: [SCIMResourceType] = []
    let core = Set(SCIMServer.commonResourceTypes.map { $0.schema.lowercased() })
    for type in listed {
      let endpoint = type.endpoint.lowercased()
      guard let index = types.firstIndex(where: { $0.endpoint.lowercased() == endpoint }) else {
        types.append(type)
        continue
      }
      let isCore = core.contains(type.schema.lowercased())
      let isBetter = isCore && !core.contains(types[index].schema.lowercased())
      let (kept, other) = isBetter ? (type, types[index]) : (types[index], type)
      types[index] = kept
      // Where the second type stands for an extension of the first, its attributes are there too.
      let further = other.extensions + (other.schema.contains(":extension:") ? [other.schema] : [])
      for urn in further
      where !types[index].extensions.contains(where: { $0.lowercased() == urn.lowercased() }) {
        types[index].extensions.append(urn)
      }
    }
    return types
  }
}
