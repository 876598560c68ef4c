import GRDB
import JSON

/// What can be asked of the groups that an object is in, be it by way of other groups.
enum MembershipCheck: String, Sendable {
  case checkMemberGroups, checkMemberObjects, getMemberGroups, getMemberObjects

  /// The parameter with the ids that are asked about; nil if all groups are wanted.
  var parameter: String? {
    switch self {
    case .checkMemberGroups: "groupIds"
    case .checkMemberObjects: "ids"
    case .getMemberGroups, .getMemberObjects: nil
    }
  }
}

// Whether and where an object is a member (learn.microsoft.com, "directoryObject:
// checkMemberGroups", "getMemberGroups" and their like). Groups are all that have members here.
extension GraphService {
  /// The most ids that are asked about at a time.
  private static let mostAsked = 20
  /// The most groups that are given.
  private static let mostGiven = 11_000

  /// Answers with ids of groups.
  func membership(
    _ type: GraphType, _ name: String, _ check: MembershipCheck, _ request: GraphRequest
  ) async throws -> Reply {
    try allow(["POST"], request)
    let body = try request.object()
    let asked = try check.parameter.map { try Self.ids(body, $0, most: Self.mostAsked) }
    let isSecurityOnly = body["securityEnabledOnly"] == true
    let ids = try await store.read { database -> [String] in
      let object = try Self.object(database, type, name)
      let walk = LinkWalk(
        number: ResourceType.membersLink, isReversed: true, isTransitive: true)
      if let asked {
        let groups = try walk.ids(database, from: object.seq)
        return asked.filter(groups.contains)
      }
      let groups = try walk.page(database, from: object.seq, limit: Self.mostGiven + 1)
      guard groups.count <= Self.mostGiven else {
        throw GraphError(
          400, "Directory_ResultSizeLimitExceeded",
          "The object is in more than \(Self.mostGiven) groups; ask for transitiveMemberOf.")
      }
      return groups.filter { !isSecurityOnly || Self.isSecurity($0) }.map(\.id)
    }
    return json(
      200,
      .object(
        contextual(
          JSONObject(["value": .array(ids.map { .string($0) })]), "Collection(Edm.String)")))
  }

  /// The ids that a parameter of an action has, each once.
  static func ids(_ body: JSONObject, _ name: String, most: Int) throws -> [String] {
    let given = body[name]?.array?.map(\.string) ?? []
    guard !given.isEmpty, !given.contains(nil) else {
      throw GraphError.bad("The parameter '\(name)' must be an array of ids.")
    }
    guard given.count <= most else {
      throw GraphError.bad("The parameter '\(name)' has \(given.count) ids; \(most) are allowed.")
    }
    var seen: Set<String> = []
    return given.compactMap(\.self).map(ResourceID.folded).filter { seen.insert($0).inserted }
  }

  private static func isSecurity(_ group: StoredResource) -> Bool {
    GraphType.group.property("securityEnabled")?.place.value(in: group.body) != .boolean(false)
  }
}
