import Directory
import SampleDirectory
import Testing

/// A size that a sample may have.
struct SampleSize: CustomTestStringConvertible {
  var users: Int
  var groups: Int
  var contacts: Int
  var withFaults: Bool

  var testDescription: String { "\(users) users, \(groups) groups, \(contacts), \(withFaults)" }

  static let all: [SampleSize] = [1, 2, 3, 9, 10, 11, 25].flatMap { users in
    [0, 1, 2, 3, 4, 5, 13].flatMap { groups in
      [true, false].map {
        SampleSize(users: users, groups: groups, contacts: groups % 3, withFaults: $0)
      }
    }
  }

  func parameters(seed: UInt64 = 1) -> SampleDirectory.Parameters {
    var parameters = SampleDirectory.Parameters()
    parameters.seed = seed
    (parameters.users, parameters.groups, parameters.contacts) = (users, groups, contacts)
    (parameters.withFaults, parameters.withPasswords) = (withFaults, groups % 2 == 0)
    return parameters
  }
}

@Suite("Sample directories of any size")
struct SampleSizeTests {
  private let folder: Folder
  init() throws { folder = try Folder() }

  @Test("Each has what was asked for, under names that are its own", arguments: SampleSize.all)
  func sizes(size: SampleSize) throws {
    let summary = try SampleDirectory(size.parameters()).write(to: folder.path)
    let (records, faults) = try folder.read("directory.ldif")
    #expect(records.count + faults.count == summary.records)
    #expect(summary.counts["user"] == size.users + (size.withFaults ? 15 : 0))
    #expect((summary.counts["group"] ?? 0) == size.groups + (size.withFaults ? 2 : 0))
    #expect((summary.counts["contact"] ?? 0) == size.contacts)
    #expect(faults.count == (size.withFaults ? 1 : 0))
    #expect(summary.faults.isEmpty != size.withFaults)
    #expect(Set(records.map(\.dn)).count == records.count)
    for record in records { _ = try DistinguishedName(record.dn) }
    let accounts = records.flatMap { $0.texts("sAMAccountName") }
    #expect(Set(accounts.map { $0.lowercased() }).count == accounts.count)
    let sids = records.flatMap { $0.values("objectSid") }
    #expect(Set(sids).count == sids.count && sids.allSatisfy { SID(bytes: $0) != nil })
    // Two objects have the same GUID only where that is the fault.
    let guids = records.flatMap { $0.values("objectGUID") }
    #expect(guids.count - Set(guids).count == (size.withFaults ? 1 : 0))
  }

  @Test("No link leads nowhere, but for those that are wrong on purpose", arguments: SampleSize.all)
  func links(size: SampleSize) throws {
    let summary = try SampleDirectory(size.parameters(seed: 3)).write(to: folder.path)
    let (records, _) = try folder.read("directory.ldif")
    let names = Set(records.map(\.dn)).union(summary.faults.map(\.dn))
    for record in records {
      for link in record.texts("manager") + record.texts("member") where !names.contains(link) {
        #expect(summary.faults.contains { $0.dn == record.dn }, "\(record.dn) -> \(link)")
      }
      let members = record.texts("member")
      #expect(Set(members).count == members.count, "\(record.dn)")
      #expect(record.texts("manager") != [record.dn], "\(record.dn) leads itself")
    }
  }

  @Test("Everybody stands in a container that is there", arguments: SampleSize.all.prefix(20))
  func containers(size: SampleSize) throws {
    _ = try SampleDirectory(size.parameters(seed: 5)).write(to: folder.path)
    let (records, _) = try folder.read("directory.ldif")
    let names = Set(try records.map { try DistinguishedName($0.dn).normalized })
    for record in records.dropFirst() {
      let parent = try #require(try DistinguishedName(record.dn).parent)
      #expect(names.contains(parent.normalized), "\(record.dn)")
    }
  }

  @Test("Change files of a directory that is large enough touch different people each")
  func changes() throws {
    let parameters = SampleSize(users: 200, groups: 3, contacts: 0, withFaults: false).parameters()
    let sample = SampleDirectory(parameters)
    _ = try sample.write(to: folder.path)
    var there = Set(try folder.read("directory.ldif").records.map(\.dn))
    var touched: Set<String> = []
    for number in 1...10 {
      try sample.writeChanges(to: folder.path + "/\(number).ldif", number: number)
      let (records, faults) = try folder.read("\(number).ldif")
      #expect(faults.isEmpty)
      for record in records {
        let isShared = record.dn.hasPrefix("CN=All Staff,") || record.dn.hasPrefix("OU=Excluded,")
        switch record.body {
        case .add: #expect(there.insert(record.dn).inserted, "\(record.dn) in \(number)")
        case .delete: #expect(there.remove(record.dn) != nil, "\(record.dn) in \(number)")
        case .rename: #expect(isShared)
        default: #expect(there.contains(record.dn), "\(record.dn) in \(number)")
        }
        if !isShared { #expect(touched.insert(record.dn).inserted, "\(record.dn) in \(number)") }
      }
    }
  }

  @Test("Lines beside those that all have fill a user up to what was asked for")
  func attributes() throws {
    for count in [0, 15, 16, 40] {
      var parameters = SampleDirectory.Parameters.large(users: 3)
      parameters.attributesPerUser = count
      _ = try SampleDirectory(parameters).write(to: folder.path)
      let (records, _) = try folder.read("directory.ldif")
      for record in records where !record.texts("sAMAccountName").isEmpty {
        #expect(record.texts("description").count == max(0, count - 15))
      }
    }
  }
}
