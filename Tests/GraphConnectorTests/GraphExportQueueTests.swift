import Directory
import JSON
import Testing

@testable import GraphConnector

@Suite("The order in which an export's requests leave")
struct GraphExportQueueTests {
  private static let settings = GraphConnectorSettings(
    graphRoot: "https://graph.microsoft.com", loginRoot: "https://login.microsoftonline.com",
    tenant: "contoso.test", credentials: .bearer { "" })

  private func plan(_ operation: ExportOperation, _ index: Int) throws -> GraphExportPlan {
    try GraphExportPlan(operation, index: index, settings: Self.settings)
  }

  /// A group that gets `count` members: one request takes twenty.
  private func group(_ index: Int, members count: Int) throws -> GraphExportPlan {
    let members = (0..<count).map { AttributeValue.reference("m\($0)") }
    return try plan(
      try Operations.modify(
        "group", Anchor("g\(index)"),
        [AttributeChange("member", .update(added: members, removed: []))], id: Int64(index)), index)
  }

  private func user(_ index: Int) throws -> GraphExportPlan {
    try plan(try Operations.user("u\(index)", id: Int64(index)), index)
  }

  private func disabled(_ index: Int) throws -> GraphExportPlan {
    let change = AttributeChange("accountEnabled", .replace([.boolean(false)]))
    return try plan(
      try Operations.modify("user", Anchor("u\(index)"), [change], id: Int64(index)), index)
  }

  /// The indexes in the order in which the queue gives them, a list for each request.
  private func all(_ plans: [GraphExportPlan], requests: Int = 1) -> [[Int]] {
    var queue = GraphExportQueue(plans, count: plans.count)
    var taken: [[Int]] = []
    while true {
      let batch = queue.take(sharedBy: requests, longUnderWay: 0)
      if batch.isEmpty { return taken }
      taken.append(batch.map(\.index))
    }
  }

  @Test("What takes access away leaves first, then people, then memberships")
  func ranks() throws {
    let plans = try [group(0, members: 3), user(1), disabled(2), user(3)]
    #expect(all(plans) == [[2], [1, 3], [0]])
  }

  @Test("A request takes twenty of one rank", arguments: [19, 20, 21, 45])
  func size(count: Int) throws {
    let taken = try all((0..<count).map(user))
    #expect(taken.flatMap(\.self) == Array(0..<count))
    #expect(taken.dropLast().allSatisfy { $0.count == 20 })
    #expect(taken.count == (count + 19) / 20)
  }

  @Test("Few are shared among the requests that may be under way")
  func shares() throws {
    #expect(try all((0..<8).map(user), requests: 4).map(\.count) == [2, 2, 1, 1, 1, 1])
  }

  @Test("A group whose members fill requests of their own begins before short ones, and alone")
  func longFirst() throws {
    let plans = try [group(0, members: 20), group(1, members: 421), group(2, members: 40)]
    #expect(all(plans) == [[1], [0, 2]])
  }

  @Test("Groups with many members wait for people, and not for other groups that are made")
  func longAmongCreations() throws {
    let creation = try plan(
      ExportOperation(
        id: 0, kind: .add(AttributeSet([Attribute("displayName", ["Team"])])),
        objectType: "group", anchor: nil, dn: DistinguishedName("CN={00},OU=a")), 0)
    let plans = try [creation, group(1, members: 1000), user(2)]
    #expect(all(plans) == [[2], [1], [0]])
  }

  @Test("Long ones leave a request for the others")
  func longUnderWay() throws {
    let plans = try [group(0, members: 1000), group(1, members: 2)]
    var queue = GraphExportQueue(plans, count: 2)
    #expect(queue.take(sharedBy: 4, longUnderWay: 3).map(\.index) == [1])
    // Nobody else is there to use what would be left.
    #expect(queue.take(sharedBy: 4, longUnderWay: 3).map(\.index) == [0])
  }

  @Test("A long one leaves by the only request there is")
  func oneRequest() throws {
    var queue = GraphExportQueue([try group(0, members: 1000)], count: 1)
    #expect(queue.take(sharedBy: 1, longUnderWay: 0).map(\.index) == [0])
  }

  @Test("One that waits for its time is passed over, and leaves once all waits are ended")
  func waits() throws {
    var late = try user(0)
    late.notBefore = .now + .seconds(3600)
    var queue = GraphExportQueue([late, try user(1)], count: 2)
    #expect(queue.take(sharedBy: 1, longUnderWay: 0).map(\.index) == [1])
    #expect(queue.take(sharedBy: 1, longUnderWay: 0).isEmpty)
    #expect(queue.nextMoment == late.notBefore)
    queue.endWaits()
    let taken = queue.take(sharedBy: 1, longUnderWay: 0)
    #expect(taken.map(\.index) == [0])
    #expect(taken.first?.notBefore == nil)
    #expect(queue.nextMoment == nil)
  }

  @Test("One that comes back takes the place that it had")
  func comesBack() throws {
    let plans = try (0..<5).map(user)
    var queue = GraphExportQueue(Array(plans[1...]), count: 5)
    queue.append(plans[0])
    #expect(queue.take(sharedBy: 1, longUnderWay: 0).map(\.index) == [0, 1, 2, 3, 4])
  }

  @Test("What is removed leaves no more")
  func removal() throws {
    var queue = GraphExportQueue(try (0..<4).map(user), count: 4)
    #expect(queue.remove { $0.index % 2 == 0 }.map(\.index) == [0, 2])
    #expect(queue.take(sharedBy: 1, longUnderWay: 0).map(\.index) == [1, 3])
  }

  @Test("A new user's password is long, of four kinds of signs, and never twice the same")
  func passwords() throws {
    let texts = try (0..<50).map { index -> String in
      let body = try user(index).calls.first?.call.body
      return body?["passwordProfile"]?["password"]?.string ?? ""
    }
    #expect(Set(texts).count == 50)
    for text in texts {
      #expect(text.count == 44)
      #expect(text.utf8.allSatisfy { (0x21...0x7E).contains($0) })
      for kind in ["a"..."z", "A"..."Z", "0"..."9"] as [ClosedRange<Character>] {
        #expect(text.contains { kind.contains($0) })
      }
    }
    // Each place has many signs over the fifty: none of them is fixed, or made from another.
    for place in 4..<44 {
      #expect(Set(texts.map { Array($0)[place] }).count > 10, "\(place)")
    }
  }
}
