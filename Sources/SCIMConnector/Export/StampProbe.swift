import Directory
import JSON
import Synchronization

/// What is known of whether a group's `meta.lastModified` moves with its members.
enum MemberStamps: Sendable {
  /// Nobody asks for changes by it.
  case unasked
  /// Not known, and looked at no more after so many changes.
  case unknown(tries: Int)
  case moving, standing
}

/// Finds out by a change of members that is sent anyway whether the group's `meta.lastModified` moves
/// with it.
///
/// A delta import asks for changes by that. Where it stands still, as it does with several identity
/// servers, no delta import ever tells who came and who went.
struct StampProbe: Sendable {
  /// The plan that is watched, by its place in the call.
  let index: Int
  private let client: SCIMClient
  private let path: String
  private let change: Change
  private let stamp: Timestamp

  private struct Change: Sendable {
    var added: Set<String>
    var removed: Set<String>
  }

  private struct Group {
    var stamp: Timestamp
    var members: Set<String>
    /// When it was shown, by the server's clock.
    var date: Timestamp?
  }

  /// A probe of the first of `plans` that changes members; nil if it is known, nobody asks, or
  /// nothing could be learnt from it.
  init?(_ plans: [ExportPlan], client: SCIMClient) async {
    let found = plans.lazy.compactMap { plan in Self.change(plan).map { (plan, $0) } }.first
    guard let (plan, wanted) = found, Self.takeTry(client),
      let group = await Self.group(plan.path, client), let date = group.date
    else { return nil }
    // What was changed in the same second may have the same time; another change tells more.
    guard date.seconds(since: group.stamp) > 2 else {
      Self.giveBackTry(client)
      return nil
    }
    // To add who is there, and to remove who is not, changes nothing.
    change = Change(
      added: wanted.added.subtracting(group.members),
      removed: wanted.removed.intersection(group.members))
    guard !change.added.isEmpty || !change.removed.isEmpty else { return nil }
    index = plan.index
    self.client = client
    path = plan.path
    stamp = group.stamp
  }

  /// Looks at the group after the server took the change.
  func end() async {
    guard let group = await Self.group(path, client) else { return }
    if group.stamp > stamp { return client.memberStamps.withLock { $0 = .moving } }
    // A server that shows writes late says nothing yet.
    guard group.stamp == stamp, change.added.isSubset(of: group.members),
      change.removed.isDisjoint(with: group.members)
    else { return }
    client.memberStamps.withLock { $0 = .standing }
  }

  private static func takeTry(_ client: SCIMClient) -> Bool {
    client.memberStamps.withLock { stamps in
      guard case .unknown(let tries) = stamps, tries > 0 else { return false }
      stamps = .unknown(tries: tries - 1)
      return true
    }
  }

  private static func giveBackTry(_ client: SCIMClient) {
    client.memberStamps.withLock { stamps in
      if case .unknown(let tries) = stamps { stamps = .unknown(tries: tries + 1) }
    }
  }

  /// The change of members that a plan is; nil if it changes something else, too, with which the time
  /// moves whatever it does with members.
  private static func change(_ plan: ExportPlan) -> Change? {
    guard case .modify(let changes) = plan.operation.kind, changes.count == 1,
      changes[0].name == "members",
      case .update(let added, let removed) = changes[0].operation
    else { return nil }
    return Change(added: Set(added.map(\.text)), removed: Set(removed.map(\.text)))
  }

  private static func group(_ path: String, _ client: SCIMClient) async -> Group? {
    // It is worth no failure: the change itself goes its own way.
    guard let response = try? await client.send("GET", path),
      let object = try? response.object(),
      let stamp = object["meta"]?["lastModified"]?.string.flatMap({ Timestamp($0) })
    else { return nil }
    let members = (object["members"]?.array ?? []).compactMap { $0["value"]?.id }
    return Group(stamp: stamp, members: Set(members), date: response.date)
  }
}
