import Directory
import LDIFConnector
import Testing

/// A directory in memory that does what imported changes say.
private struct Model: Equatable {
  var objects: [DistinguishedName: AttributeSet] = [:]

  mutating func apply(_ imported: Imported) {
    for change in imported.changes { apply(change) }
  }

  private mutating func apply(_ change: ImportedChange) {
    switch change {
    case .entry(let entry): objects[entry.dn] = entry.attributes
    case .delete(let address):
      if let dn = address.dn { objects[dn] = nil }
    case .rename(let address, let newDN): rename(address, newDN)
    case .modify(let address, let changes):
      guard let dn = address.dn, var attributes = objects[dn] else { return }
      for change in changes {
        switch change.operation {
        case .replace(let values): attributes[change.name] = values
        case .update(let added, let removed):
          attributes[change.name] = attributes[change.name].filter { !removed.contains($0) } + added
        }
      }
      objects[dn] = attributes
    case .present: break
    }
  }

  private mutating func rename(_ address: ObjectAddress, _ newDN: DistinguishedName) {
    guard let old = address.dn else { return }
    for (dn, attributes) in objects {
      guard let moved = dn.replacing(old, by: newDN) else { continue }
      objects[dn] = nil
      objects[moved] = attributes
    }
  }
}

/// Writes change files that any history could have left.
private struct History {
  private var state: UInt64
  private var count = 40

  init(seed: UInt64) { state = seed }

  private mutating func below(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }

  private mutating func dn() -> String { "CN=User \(below(count)),OU=Unit \(below(3)),DC=x" }

  mutating func content() -> String {
    (0..<count).map { number in
      "dn: CN=User \(number),OU=Unit \(number % 3),DC=x\nobjectClass: user\ncn: User \(number)\n\n"
    }.joined()
  }

  mutating func file() -> String { (0..<15).map { _ in record() }.joined() }

  private mutating func record() -> String {
    let dn = dn()
    switch below(6) {
    case 0:
      count += 1
      return "dn: CN=User \(count),OU=Unit 1,DC=x\nchangetype: add\nobjectClass: user\n\n"
    case 1: return "dn: \(dn)\nchangetype: delete\n\n"
    case 2:
      let superior = below(2) == 0 ? "" : "newsuperior: OU=Unit \(below(3)),DC=x\n"
      return "dn: \(dn)\nchangetype: moddn\nnewrdn: CN=User \(below(count))\n"
        + "deleteoldrdn: \(below(2))\n\(superior)\n"
    case 3:
      let operation = ["add", "delete"][below(2)]
      return "dn: \(dn)\nchangetype: modify\n\(operation): mail\nmail: \(below(4))\n-\n\n"
    case 4: return "dn: \(dn)\nchangetype: modify\ndelete: mail\n-\n\n"
    default:
      return "dn: \(dn)\nchangetype: modify\nreplace: title\ntitle: \(below(9))\n-\n"
        + "add: mail\nmail: \(below(4))\nmail: \(below(2) + 5)\n-\n\n"
    }
  }
}

@Suite("Delta equals full")
struct DeltaEqualsFullTests {
  @Test(
    "Whenever deltas are taken, they lead where one full import leads",
    arguments: 1...12 as ClosedRange<UInt64>)
  func history(_ seed: UInt64) async throws {
    let folder = try TemporaryFolder()
    let connector = folder.connector(changes: true)
    var history = History(seed: seed)
    try folder.write("content.ldif", history.content())
    var model = Model()
    var imported = try await connector.run()
    model.apply(imported)
    for number in 10..<18 {
      try folder.write("changes/\(number).ldif", history.file())
      // Sometimes several files have come since the last delta.
      guard number % Int(seed % 3 + 1) == 0 || number == 17 else { continue }
      let mark = try #require(imported.watermark)
      imported = try await connector.run(since: mark)
      #expect(imported.errors.isEmpty, "\(imported.errors)")
      model.apply(imported)
    }
    var fresh = Model()
    let full = try await connector.run()
    fresh.apply(full)
    #expect(model == fresh)
    #expect(model.objects.count > 20)
    #expect(full.watermark == imported.watermark)
  }
}
