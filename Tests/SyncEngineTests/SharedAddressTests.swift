import Directory
import Foundation
import SyncEngine
import SyncStore
import Synchronization
import Testing

/// A target in which each mail address is one object's.
private struct AddressTarget: AroundDirectory {
  let inner: MemoryDirectory
  /// Whether it tells that the object which has the mail address of a new one is another one.
  var isKnown = true

  func export(_ operations: [ExportOperation]) async throws -> [ExportOutcome] {
    var outcomes: [ExportOutcome] = []
    for operation in operations {
      if let refusal = refusal(operation) {
        outcomes.append(.failed(refusal))
      } else {
        outcomes += try await inner.export([operation])
      }
    }
    return outcomes
  }

  private func refusal(_ operation: ExportOperation) -> ObjectFailure? {
    for name in ["proxyAddresses", "mail"] as [AttributeName] {
      for value in Self.values(of: name, in: operation) {
        let address = Self.address(value)
        let holder = inner.all.first { entry in
          entry.anchor != operation.anchor
            && (entry.attributes["proxyAddresses"] + entry.attributes["mail"])
              .contains { Self.address($0) == address }
        }
        guard let holder else { continue }
        var failure = ObjectFailure(
          .attributeValueMustBeUnique, code: "409", message: "\(value.text) is taken",
          attribute: name.text, value: value.text, conflictingAnchor: holder.anchor)
        // Whose the address is may be known where a new object is looked for.
        if name == "mail", case .add = operation.kind {
          failure.type = .invalidSoftMatch
          failure.isOfAnother = isKnown
        }
        return failure
      }
    }
    return nil
  }

  private static func address(_ value: AttributeValue) -> String {
    value.text.lowercased().replacing("smtp:", with: "")
  }

  private static func values(
    of name: AttributeName, in operation: ExportOperation
  ) -> [AttributeValue] {
    switch operation.kind {
    case .add(let attributes): return attributes[name]
    case .modify(let changes):
      guard case .replace(let new)? = changes.first(where: { $0.name == name })?.operation else {
        return []
      }
      return new
    case .delete: return []
    }
  }
}

@Suite("Who has a mail address that another object of the target has")
struct SharedAddressTests {
  private static let rules = World.rules.replacingOccurrences(
    of: "target = \"title\"\ndirect = \"title\"",
    with: """
      target = "title"
      direct = "title"
      [[rule.flow]]
      target = "proxyAddresses"
      direct = "proxyAddresses"
      [[rule.flow]]
      target = "mail"
      direct = "mail"
      """)

  private func world() throws -> World {
    let definition: World.Definitions = ["proxyAddresses": .init(.string, isMultiValued: true)]
    let world = try World(
      rules: Self.rules, sourceAttributes: definition, targetAttributes: definition)
    world.wrap = { AddressTarget(inner: $0) }
    return world
  }

  private func put(_ world: World, _ name: String, _ addresses: String...) throws {
    world.source.put(
      try world.user(name, ["proxyAddresses": addresses.map { .string($0 + "@mail.test") }]))
  }

  private func addresses(_ world: World, _ name: String) -> [String]? {
    world.outcome["g-" + name]?["proxyaddresses"]
  }

  private func openErrors(_ world: World) throws -> [ErrorRow] {
    try world.reader.openErrors(connector: nil, after: nil, limit: 9)
  }

  @Test("is there without it, and that is an error of the object until it gets it")
  func withoutIt() async throws {
    let world = try world()
    try put(world, "ann", "SMTP:ann", "smtp:desk", "smtp:shared")
    try await world.cycle()
    try put(world, "bob", "SMTP:bob", "smtp:SHARED", "smtp:desk")
    let cycle = try await world.cycle()
    #expect(addresses(world, "bob") == ["SMTP:bob@mail.test"])
    let export = try #require(cycle.steps.first { $0.type == .export })
    #expect(export.adds == 1 && export.errors == 1)
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "AttributeValueMustBeUnique" && error.attribute == "proxyAddresses")
    #expect(error.message.contains("desk@mail.test is taken"))
    #expect(error.message.contains("SHARED@mail.test is taken"))
    #expect(error.message.contains("all else was taken"))
    #expect(error.otherDisplay == "ann")
    try expectStatisticsAddUp(world.reader)
    // It keeps nothing else from him, and is tried again.
    world.source.change("g-bob") { $0["title"] = ["Boss"] }
    try await world.cycle()
    #expect(world.outcome["g-bob"]?["title"] == ["Boss"])
    #expect(addresses(world, "bob") == ["SMTP:bob@mail.test"])
    #expect(try openErrors(world).map(\.retries) == [1])
    try await world.cycle()
    #expect(try openErrors(world).map(\.retries) == [2])
    #expect(try openErrors(world)[0].message.contains("desk@mail.test is taken"))
    #expect(try openErrors(world)[0].message.contains("SHARED@mail.test is taken"))
    world.source.change("g-ann") { $0["proxyAddresses"] = ["SMTP:ann@mail.test"] }
    for _ in 0..<2 { try await world.cycle() }
    #expect(addresses(world, "bob")?.count == 3)
    #expect(try openErrors(world) == [])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("gets it at once, and without an error, where the other one gives it up in the same export")
  func givenUp() async throws {
    let world = try world()
    try put(world, "bob", "SMTP:bob")
    try put(world, "ann", "SMTP:ann", "smtp:shared")
    try await world.cycle()
    // Bob's change is sent before hers.
    try put(world, "bob", "SMTP:bob", "smtp:shared")
    try put(world, "ann", "SMTP:ann")
    let cycle = try await world.cycle()
    #expect(cycle.severity == .success)
    #expect(addresses(world, "bob") == ["SMTP:bob@mail.test", "smtp:shared@mail.test"])
    #expect(try await world.cycle().isQuiet)
  }

  @Test("is not there where something else of it is refused, too")
  func otherRefusal() async throws {
    let world = try world()
    try put(world, "ann", "SMTP:ann", "smtp:shared")
    try await world.cycle()
    world.target.state.withLock { $0.refuseValue = "evil" }
    try put(world, "evil", "SMTP:evil", "smtp:shared")
    try await world.cycle()
    #expect(world.outcome["g-evil"] == nil)
    #expect(try openErrors(world).count == 1)
    world.target.state.withLock { $0.refuseValue = nil }
    try await world.cycle()
    #expect(addresses(world, "evil") == ["SMTP:evil@mail.test"])
  }

  private func put(_ world: World, _ name: String, mail: String?) throws {
    world.source.put(
      try world.user(name, mail.map { ["mail": [.string($0 + "@mail.test")]] } ?? [:]))
  }

  @Test("is there without it, too, where it is the one mail address of the object")
  func mail() async throws {
    let world = try world()
    try put(world, "ann", mail: "shared")
    try await world.cycle()
    try put(world, "bob", mail: "SHARED")
    try await world.cycle()
    #expect(world.outcome["g-bob"] != nil && world.outcome["g-bob"]?["mail"] == nil)
    let error = try #require(try openErrors(world).first)
    #expect(error.type == "InvalidSoftMatch" && error.attribute == "mail")
    #expect(error.message.contains("all else was taken") && error.otherDisplay == "ann")
    // It keeps nothing else from him.
    world.source.change("g-bob") { $0["title"] = ["Boss"] }
    try await world.cycle()
    #expect(world.outcome["g-bob"]?["title"] == ["Boss"])
    #expect(try openErrors(world).map(\.type) == ["AttributeValueMustBeUnique"])
    try put(world, "ann", mail: nil)
    for _ in 0..<2 { try await world.cycle() }
    #expect(world.outcome["g-bob"]?["mail"] == ["SHARED@mail.test"])
    #expect(try openErrors(world) == [])
  }

  @Test("gets it at once where the other one gives up the same as a proxy address")
  func mailGivenUp() async throws {
    let world = try world()
    try put(world, "bob", mail: nil)
    try put(world, "ann", "SMTP:ann", "smtp:shared")
    try await world.cycle()
    try put(world, "bob", mail: "shared")
    try put(world, "ann", "SMTP:ann")
    #expect(try await world.cycle().severity == .success)
    #expect(world.outcome["g-bob"]?["mail"] == ["shared@mail.test"])
  }

  @Test("is not there where it may be the same object, and a person has to say")
  func unknownHolder() async throws {
    let world = try world()
    world.wrap = { AddressTarget(inner: $0, isKnown: false) }
    try put(world, "ann", mail: "shared")
    try await world.cycle()
    try put(world, "bob", mail: "shared")
    try await world.cycle()
    #expect(world.outcome["g-bob"] == nil)
    #expect(try openErrors(world).map(\.type) == ["InvalidSoftMatch"])
  }
}
