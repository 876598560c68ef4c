import Configuration
import Directory
import TestSupport
import Testing

@testable import EntraConfiguration

@Suite("Containers beside a server that looks at each object")
struct ContainerModelTests {
  private static let root = "DC=forest,DC=example"

  /// Every container of a small tree, the root first.
  private static let containers: [String] = {
    var all = [root]
    for outer in ["OU=A", "OU=B", "OU=A\\, x"] {
      all.append("\(outer),\(root)")
      for inner in ["OU=A", "OU=In"] {
        all.append("\(inner),\(outer),\(root)")
        all.append("CN=deep,\(inner),\(outer),\(root)")
      }
    }
    return all
  }()

  private func name(_ text: String) throws -> DistinguishedName { try DistinguishedName(text) }

  /// Whether the server reads an object: what is nearest above it decides.
  private func isRead(
    _ object: DistinguishedName, _ included: [DistinguishedName], _ excluded: [DistinguishedName]
  ) -> Bool {
    func depth(_ names: [DistinguishedName]) -> Int {
      names.filter { object == $0 || object.isBelow($0) }.map(\.relativeNames.count).max() ?? -1
    }
    return depth(included) > depth(excluded)
  }

  /// Names in another spelling are the same.
  private func spelled(_ text: String, _ random: inout SeededRandom) -> String {
    random.choose([text, text.lowercased(), text.replacing(",OU", with: ", ou")])
  }

  @Test(
    "What settings say of containers reads what the server read, or they can't say it",
    arguments: 1...150)
  func sameObjects(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    let named = random.some(Self.containers, percent: 25)
    var included: [String] = []
    var excluded: [String] = []
    for container in named {
      if random.chance(50) { included.append(container) } else { excluded.append(container) }
    }
    let partition = EntraPartition(
      name: Self.root, isSelected: true, parameters: [:],
      inclusions: included.map { spelled($0, &random) },
      exclusions: excluded.map { spelled($0, &random) }, objectTypes: [])
    var all = try included.map { try name($0) }
    if included.isEmpty, excluded.isEmpty { all = [try name(Self.root)] }
    let none = try excluded.map { try name($0) }
    for base in Self.containers {
      let base = try name(base)
      let objects = try Self.containers.map { try name("CN=object," + $0) }
        .filter { $0.isBelow(base) }
      let read = objects.filter { isRead($0, all, none) }
      guard let found = EntraContainers(partition, below: base) else {
        // Of what is within others, or of nothing, settings know nothing.
        let isWithin = all.contains { inner in none.contains { inner.isBelow($0) } }
        #expect(
          isWithin || read.isEmpty || isRead(base, all, none) == false,
          "\(base): \(included) without \(excluded)")
        continue
      }
      let said = objects.filter { object in
        (found.included.isEmpty || found.included.contains { object.isBelow($0) })
          && !found.excluded.contains { object.isBelow($0) }
      }
      #expect(said == read, "\(base): \(included) without \(excluded)")
      #expect(found.isWhole == (found.included.isEmpty && found.excluded.isEmpty))
    }
  }

  @Test("A container whose name can't be read is not passed over, on whichever side it stands")
  func unreadable() throws {
    for (included, excluded) in [
      (["OU=A,\(Self.root)", "no name"], []), (["OU=A,\(Self.root)"], ["no name"]),
      ([], ["OU=A,\(Self.root)", "OU=B\\"]),
    ] as [([String], [String])] {
      let partition = EntraPartition(
        name: Self.root, isSelected: true, parameters: [:], inclusions: included,
        exclusions: excluded, objectTypes: [])
      #expect(EntraContainers(partition, below: nil) == nil, "\(included) without \(excluded)")
    }
    let nameless = EntraPartition(
      name: "default", isSelected: true, parameters: [:], inclusions: [], exclusions: [],
      objectTypes: [])
    #expect(EntraContainers(nameless, below: nil) == nil)
  }

  @Test("The nearest naming context holds a container, however long the others' names are written")
  func nearest() throws {
    func partition(_ name: String) -> EntraPartition {
      EntraPartition(
        name: name, isSelected: true, parameters: [:], inclusions: [], exclusions: [],
        objectTypes: [])
    }
    let names = [
      "DC=example", "DC = forest , DC = example", "DC=a,DC=forest,DC=example", "default",
      "DC=other,DC=example",
    ]
    var connector = EntraConnector(
      id: "{1}", name: "n", category: "AD", subtype: "", partitions: names.map(partition),
      parameters: [:], schema: nil, selectedAttributes: [],
      place: SourcePlace(file: "f", line: 1, column: 1))
    for (base, expected) in [
      ("OU=x,DC=a,DC=forest,DC=example", names[2]), ("DC=A,dc=forest,DC=example", names[2]),
      ("OU=x,DC=forest,DC=example", names[1]), ("DC=forest,DC=example", names[1]),
      ("DC=b,DC=forest,DC=example", names[1]), ("DC=third,DC=example", names[0]),
      ("DC=xother,DC=example", names[0]), ("DC=test", nil), ("OU=default", nil),
    ] as [(String, String?)] {
      for _ in 0..<2 {
        #expect(connector.partition(holding: try name(base))?.name == expected, "\(base)")
        connector.partitions.reverse()
      }
    }
  }
}
