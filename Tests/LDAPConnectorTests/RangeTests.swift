import Directory
import Synchronization
import Testing

@testable import LDAPConnector

/// A directory as Windows has them, whose groups come in parts though nobody asked for that
/// ([MS-ADTS] §3.1.1.3.1.3.3).
private final class WindowsLike: Sendable {
  static let suffix = "DC=contoso,DC=test"
  static let group = "CN=Staff,DC=contoso,DC=test"
  let members: Int
  let most: Int
  /// What is done to the group before each part is read.
  let changes = Mutex<[Int: Int]>([:])
  private let parts = Atomic<Int>(0)
  private let usn = Atomic<Int>(100)

  init(members: Int, most: Int) {
    self.members = members
    self.most = most
  }

  func answer(_ request: FakeServer.Request) -> FakeServer.Answer {
    switch request.base {
    case "":
      return .controllerRoot(Self.suffix)
    case Self.suffix where request.attributes == ["objectGUID"]:
      return .init([SearchEntry(dn: Self.suffix, attributes: [.guid(1)])])
    case Self.suffix: return .init([group(0, in: request)])
    default:
      let change = changes.withLock { $0[parts.load(ordering: .relaxed)] }
      parts.add(1, ordering: .relaxed)
      if let change { usn.add(change, ordering: .relaxed) }
      let option = request.attributes[0].split(separator: "=")[1]
      let range = ValueRange(option) ?? ValueRange(first: 0, last: nil)
      return .init([group(range.first, in: request)])
    }
  }

  private func group(_ first: Int, in request: FakeServer.Request) -> SearchEntry {
    let last = min(first + most, members) - 1
    let values = (first...max(first, last)).map { Array("CN=P\($0),\(Self.suffix)".utf8) }
    let name = last == members - 1 ? "member;range=\(first)-*" : "member;range=\(first)-\(last)"
    return SearchEntry(
      dn: Self.group,
      attributes: [
        SearchAttribute("objectClass", "top", "group"), .guid(2),
        SearchAttribute("uSNChanged", String(usn.load(ordering: .relaxed))),
        SearchAttribute(description: "member", values: []),
        SearchAttribute(description: name, values: values),
      ])
  }
}

struct RangeTests {
  @Test(arguments: [1, 9, 10, 11, 20, 95]) func aGroupThatComesInPartsIsReadToItsEnd(
    members: Int
  ) async throws {
    let windows = WindowsLike(members: members, most: 10)
    let server = try FakeServer { windows.answer($0) }
    defer { server.stop() }
    let imported = try await server.connector().run()
    #expect(imported.errors.isEmpty)
    let group = try #require(imported.entry(WindowsLike.group))
    #expect(Set(group.attributes["member"]).count == members)
    #expect(group.objectType == "group")
    #expect(group.anchor.text == "02020202-0202-0202-0202-020202020202")
  }

  @Test func aGroupThatChangesMeanwhileIsReadAnew() async throws {
    let windows = WindowsLike(members: 95, most: 10)
    windows.changes.withLock { $0 = [3: 1, 12: 1] }
    let server = try FakeServer { windows.answer($0) }
    defer { server.stop() }
    let imported = try await server.connector().run()
    #expect(imported.errors.isEmpty)
    #expect(imported.entry(WindowsLike.group)?.attributes["member"].count == 95)
  }

  @Test func aGroupThatNeverHoldsStillIsAnErrorAndNotHalfAGroup() async throws {
    let windows = WindowsLike(members: 95, most: 10)
    windows.changes.withLock { changes in for part in 0..<200 { changes[part] = 1 } }
    let server = try FakeServer { windows.answer($0) }
    defer { server.stop() }
    let imported = try await server.connector().run()
    #expect(imported.entries.isEmpty)
    let error = try #require(imported.errors.first)
    #expect(error.dn == WindowsLike.group)
    #expect(error.attribute == "member")
    #expect(error.message == "member changed each time that it was read to its end")
    #expect(error.location == "ldap://127.0.0.1:\(server.port)")
  }

  @Test func partsThatDoNotFitAreAnError() async throws {
    let windows = WindowsLike(members: 95, most: 10)
    let server = try FakeServer { request in
      var answer = windows.answer(request)
      guard request.base == WindowsLike.group, var entry = answer.entries.first else {
        return answer
      }
      // Nine values under the name of ten.
      let attributes = entry.attributes.map { attribute in
        attribute.description.hasPrefix("member;")
          ? SearchAttribute(
            description: attribute.description, values: Array(attribute.values.dropLast()))
          : attribute
      }
      entry = SearchEntry(dn: entry.dn, attributes: attributes)
      answer.entries = [entry]
      return answer
    }
    defer { server.stop() }
    let imported = try await server.connector().run()
    #expect(imported.entries.isEmpty)
    #expect(
      imported.errors.first?.message
        == "member came as range=0-9 with 9 values, asked for as range=0-9")
  }

  @Test func rangesAreAskedForWhereTheConfigurationSaysSo() async throws {
    let windows = WindowsLike(members: 5, most: 10)
    let server = try FakeServer { windows.answer($0) }
    defer { server.stop() }
    _ = try await server.connector { $0.rangeSize = 1500 }.run()
    let asked = server.requests.filter { $0.base == WindowsLike.suffix }.flatMap(\.attributes)
    #expect(asked.contains("member;range=0-1499"))
    #expect(asked.contains("*"))
  }
}
