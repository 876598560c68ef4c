import Directory
import Foundation
import SampleDirectory
import SyncStore

/// What one more member costs in a small group and in a large one, from change file to target.
struct MemberBench {
  private static let rounds = 5
  private let folder: String
  private let users: Int

  /// A group of ten and one of up to 100,000 members.
  init(folder: String, others users: Int) {
    self.folder = folder
    self.users = min(max(users, 1000), 101_000)
  }

  /// The median time of a delta cycle that brings one member, for both groups.
  func rows() async throws -> [Measurement] {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let large = users - 1000
    Bench.say("one member: groups of 10 and of \(large)")
    let names = try generate(large: large)
    let world = try BenchWorld(folder: folder, rules: .standard)
    for connector in ["people", "cloud"] { _ = try await world.run(connector, .fullImport) }
    _ = try await world.run("people", .fullSynchronization)
    _ = try await world.run("cloud", .export)
    _ = try await world.run("cloud", .deltaImport)
    _ = try await world.deltaCycle()
    var times: [String: [Double]] = [:]
    for round in 0..<Self.rounds {
      for (place, group) in ["Small", "Large"].enumerated() {
        let before = world.target.sent.values
        try addMember(names[2 * round + place], to: group, number: 2 * round + place)
        times[group, default: []].append(try await world.deltaCycle())
        let sent = world.target.sent.values - before
        guard sent == 1 else {
          throw BenchError(message: "\(sent) values were sent for one member of \(group)")
        }
      }
    }
    let small = Self.median(times["Small"] ?? [])
    let big = Self.median(times["Large"] ?? [])
    return [
      Measurement(
        name: "one more member in a group of 10", figure: Self.milliseconds(small), goal: "-"),
      Measurement(
        name: "one more member in a group of \(large)",
        figure: Self.milliseconds(big) + String(format: " (factor %.2f)", big / small),
        goal: "within a factor of 2"),
    ]
  }

  /// Writes users and the two groups; the answer is the names of users in neither.
  private func generate(large: Int) throws -> [String] {
    _ = try Phase.generate(users: users, in: folder)
    let path = folder + "/directory.ldif"
    let reader = try LDIFReader(path: path)
    var names: [String] = []
    while let item = try reader.next() {
      if case .record(let record) = item, record.dn.hasPrefix("CN=") { names.append(record.dn) }
    }
    let writer = LDIFWriter()
    for (number, group) in [("Small", 10), ("Large", large)].enumerated() {
      writer.line("dn", "CN=\(group.0),DC=contoso,DC=test")
      for name in ["top", "group"] { writer.line("objectClass", name) }
      writer.line("cn", group.0)
      writer.line("displayName", group.0)
      writer.line("sAMAccountName", group.0)
      writer.line("mail", group.0 + "@contoso.test")
      writer.line("groupType", "-2147483646")
      writer.line("objectGUID", [UInt8](repeating: UInt8(number + 1), count: 16))
      for member in names.prefix(group.1) { writer.line("member", member) }
      try writer.endRecord()
    }
    let handle = try FileHandle(forWritingTo: URL(filePath: path))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(writer.bytes))
    try handle.close()
    return Array(names.dropFirst(large))
  }

  private func addMember(_ dn: String, to group: String, number: Int) throws {
    let writer = try LDIFWriter(path: folder + "/changes/member-\(1000 + number).ldif")
    writer.version()
    try writer.record(
      LDIFRecord(
        dn: "CN=\(group),DC=contoso,DC=test",
        body: .modify([LDIFModification(.add, "member", values: [Array(dn.utf8)[...]])])))
    try writer.close()
  }

  private static func median(_ times: [Double]) -> Double { times.sorted()[times.count / 2] }

  private static func milliseconds(_ seconds: Double) -> String {
    String(format: "%.0f ms", seconds * 1000)
  }
}
