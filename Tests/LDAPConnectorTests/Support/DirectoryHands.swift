import Directory
import TestSupport
import Testing

@testable import LDAPConnector

/// Changes a real directory as administrators do, by chance that a seed settles.
struct DirectoryHands {
  /// What differs between directories.
  struct Ways: Sendable {
    /// The name below which all happens.
    var root: String
    /// The attributes of a new person besides the name.
    var person: @Sendable (_ name: String) -> [SearchAttribute]
    /// The attributes of a new group besides the name.
    var group: @Sendable (_ name: String) -> [SearchAttribute]
  }

  private let ways: Ways
  private let connection: LDAPConnection
  private var numbers: SeededRandom
  private var made = 0
  /// What was done, for a person who looks for a fault.
  private(set) var log: [String] = []

  init(_ settings: LDAPSettings, _ ways: Ways, seed: UInt64) async throws {
    self.ways = ways
    numbers = SeededRandom(seed: seed)
    connection = LDAPConnection(settings)
    try await connection.bind()
  }

  /// Does `count` things; some of them the server refuses.
  mutating func act(_ count: Int) async throws {
    for _ in 0..<count { try await act() }
  }

  private mutating func act() async throws {
    let people = try await names("(|(objectClass=person)(objectClass=inetOrgPerson))")
    let groups = try await names("(|(objectClass=group)(objectClass=groupOfNames))")
    let units = try await names("(objectClass=organizationalUnit)")
    let leaf = (people + groups).sorted().randomElement(using: &numbers)
    let unit = units.randomElement(using: &numbers)
    switch Int.random(in: 0..<24, using: &numbers) {
    case 0..<4: try await add(unit, "cn", "P", ways.person)
    case 4: try await add(unit, "cn", "G", ways.group)
    case 5:
      try await add(unit, "ou", "U") { _ in
        [.init(description: "objectClass", values: [Array("organizationalUnit".utf8)])]
      }
    case 6..<9: try await set(leaf, "description", "in \(Int.random(in: 0..<3, using: &numbers))")
    case 9: try await set(leaf, "description", nil)
    case 10..<14: try await member(.add, groups.randomElement(using: &numbers), leaf)
    case 14..<16: try await member(.delete, groups.randomElement(using: &numbers), leaf)
    case 16:
      try await set(
        people.randomElement(using: &numbers), "manager", people.randomElement(using: &numbers))
    case 17: try await rename(leaf, below: nil)
    case 18..<20: try await rename(leaf, below: unit)
    case 20: try await rename(unit, below: nil)
    case 21: try await rename(unit, below: units.randomElement(using: &numbers))
    case 22: try await delete(leaf)
    default:
      // What is marked is a container that a connector's settings name: it may be renamed and moved.
      let others = try await names("(&(objectClass=organizationalUnit)(!(l=kept)))")
      try await delete(others.randomElement(using: &numbers))
    }
  }

  private func names(_ filter: String) async throws -> [String] {
    let search = LDAPSearch(base: ways.root, filter: filter, attributes: ["1.1"])
    return try await connection.entries(search).map(\.dn).filter {
      $0.lowercased() != ways.root.lowercased()
    }.sorted()
  }

  private mutating func note(_ what: String, _ result: LDAPResult) {
    log.append(what + (result.code == 0 ? "" : " (refused: \(result.code))"))
  }

  private mutating func newName(_ kind: String) -> String {
    made += 1
    return "\(kind)\(made) \(["x", "Ünï", "a, b", "#", "ö\"o"][made % 5])"
  }

  private mutating func add(
    _ unit: String?, _ type: String, _ kind: String,
    _ attributes: (String) -> [SearchAttribute]
  ) async throws {
    let name = newName(kind)
    let dn = "\(type)=\(DistinguishedName.escape(name)),\(unit ?? ways.root)"
    note("add \(dn)", try await connection.add(dn, attributes(name)))
  }

  private mutating func set(_ dn: String?, _ name: String, _ value: String?) async throws {
    guard let dn else { return }
    let change = LDAPModification(.replace, name, value.map { [Array($0.utf8)] } ?? [])
    note("\(dn): \(name) = \(value ?? "nothing")", try await connection.modify(dn, [change]))
  }

  private mutating func member(
    _ operation: LDAPModification.Operation, _ group: String?, _ member: String?
  ) async throws {
    guard let group, var member else { return }
    if operation == .delete {
      let entry = try await connection.entry(group, ["member"])
      guard let one = entry?.texts("member").sorted().randomElement(using: &numbers) else { return }
      member = one
    }
    let change = LDAPModification(operation, "member", [Array(member.utf8)])
    note("\(group): \(operation) \(member)", try await connection.modify(group, [change]))
  }

  private mutating func rename(_ dn: String?, below superior: String?) async throws {
    guard let dn, let name = try? DistinguishedName(dn) else { return }
    let type = name.rdn.prefix { $0 != "=" }
    let isMove = superior != nil && Bool.random(using: &numbers)
    let rdn = isMove ? name.rdn : "\(type)=\(DistinguishedName.escape(newName("R")))"
    note(
      "\(dn) becomes \(rdn) below \(superior ?? "the same")",
      try await connection.rename(dn, to: rdn, below: superior))
  }

  private mutating func delete(_ dn: String?) async throws {
    guard let dn else { return }
    note("delete \(dn)", try await connection.delete(dn))
  }
}
