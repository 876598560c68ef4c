import Directory
import SampleDirectory
import Secrets
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite("The sample directory")
struct SampleDirectoryTests {
  private let folder: Folder
  init() throws { folder = try Folder() }

  @Test("The same seed gives the same bytes, another seed others")
  func deterministic() throws {
    var parameters = SampleDirectory.Parameters()
    parameters.users = 50
    let first = try SampleDirectory(parameters).write(to: folder.path)
    let bytes = try folder.digest("directory.ldif")
    let second = try SampleDirectory(parameters).write(to: folder.path)
    #expect(first == second)
    #expect(try folder.digest("directory.ldif") == bytes)
    parameters.seed = 2
    _ = try SampleDirectory(parameters).write(to: folder.path)
    #expect(try folder.digest("directory.ldif") != bytes)
  }

  @Test("The usual sample has what it promises")
  func counts() throws {
    let summary = try SampleDirectory().write(to: folder.path)
    let (records, faults) = try folder.read("directory.ldif")
    #expect(records.count + faults.count == summary.records)
    #expect(faults.count == 1, "only the broken Base64 breaks the grammar")
    #expect(summary.counts["user"] == 1015)
    #expect(summary.counts["group"] == 62)
    #expect(summary.counts["contact"] == 40)
    let disabled = records.filter { $0.texts("userAccountControl") == ["514"] }.count
    #expect((40...120).contains(disabled))
    #expect(Set(records.map(\.dn)).count == records.count)
    for record in records { _ = try DistinguishedName(record.dn) }
  }

  @Test("Users have the passwords that everyone knows, if they are to have any")
  func passwords() throws {
    var parameters = SampleDirectory.Parameters()
    parameters.users = 20
    _ = try SampleDirectory(parameters).write(to: folder.path)
    func hashes(_ records: [LDIFRecord]) -> [String: String] {
      Dictionary(
        records.compactMap { record in
          record.texts("sambaNTPassword").first.map {
            (record.texts("sAMAccountName").first ?? "", $0)
          }
        }, uniquingKeysWith: { first, _ in first })
    }
    #expect(hashes(try folder.read("directory.ldif").records).isEmpty)
    parameters.withPasswords = true
    _ = try SampleDirectory(parameters).write(to: folder.path)
    let found = hashes(try folder.read("directory.ldif").records)
    #expect(found.count >= 20)
    for (account, text) in found {
      let hash = try #require(PasswordHash.ntHash(hexadecimal: text.utf8))
      let password = SamplePassword.text(of: account)
      #expect(hash.isEqual(to: PasswordHash.ntHash(of: password)), "\(account)")
    }
    _ = try SampleDirectory(parameters).writeChanges(to: folder.path + "/1.ldif", number: 1)
    let changes = try folder.read("1.ldif").records
    let changed = PasswordHash.ntHash(of: SamplePassword.text(of: "u000016", change: 1))
    let isThere = changes.contains { record in
      guard case .modify(let parts) = record.body else { return false }
      return parts.contains { part in
        part.values.contains { value in
          PasswordHash.ntHash(hexadecimal: value)?.isEqual(to: changed) == true
        }
      }
    }
    #expect(isThere)
  }

  @Test("Groups: a large one, an empty one, nested ones and a circle")
  func groups() throws {
    _ = try SampleDirectory().write(to: folder.path)
    let records = try folder.read("directory.ldif").records
    func group(_ name: String) -> LDIFRecord? { records.first { $0.texts("cn") == [name] } }
    #expect((group("All Staff")?.texts("member").count ?? 0) > 850)
    #expect(group("Empty")?.texts("member").isEmpty == true)
    #expect(group("Circle A")?.texts("member").contains { $0.hasPrefix("CN=Circle B") } == true)
    #expect(group("Circle B")?.texts("member").contains { $0.hasPrefix("CN=Circle A") } == true)
    let nested = records.filter { $0.texts("member").contains { $0.hasPrefix("CN=Team ") } }
    #expect(nested.count > 5)
  }

  @Test("Every link leads to an object, but for those that are wrong on purpose")
  func links() throws {
    let summary = try SampleDirectory().write(to: folder.path)
    let records = try folder.read("directory.ldif").records
    let names = Set(records.map(\.dn))
    for record in records {
      for link in record.texts("manager") + record.texts("member") where !names.contains(link) {
        #expect(summary.faults.contains { $0.dn == record.dn }, "\(record.dn) -> \(link)")
      }
    }
  }

  @Test("Each fault is written above its object and listed, for every stage")
  func faults() throws {
    let summary = try SampleDirectory().write(to: folder.path)
    let text = try folder.text("directory.ldif")
    #expect((12...20).contains(summary.faults.count))
    let stages = Set(summary.faults.map(\.stage))
    #expect(stages == [.importing, .synchronization, .export, .nowhere])
    for fault in summary.faults {
      #expect(text.contains("# fault: \(fault.text) (shows at: \(fault.stage.rawValue))\ndn:"))
    }
  }

  @Test("Hostile names are carried as they are")
  func hostile() throws {
    _ = try SampleDirectory().write(to: folder.path)
    let names = try folder.read("directory.ldif").records.flatMap { $0.texts("displayName") }
    #expect(names.contains("First line\nSecond line"))
    #expect(names.contains { $0.contains("\u{1B}[2J") })
    #expect(names.contains { $0.contains("\u{202E}") })
  }

  @Test("Names come in many scripts, accounts and addresses in ASCII")
  func scripts() throws {
    _ = try SampleDirectory().write(to: folder.path)
    let records = try folder.read("directory.ldif").records
    let text = records.flatMap { $0.texts("displayName") }.joined()
    let samples = ["ü", "Ε", "Д", "م", "כ", "王", "さ", "김", "श", "ส", "o\u{302}"]
    for sample in samples {
      #expect(text.unicodeScalars.contains(sample.unicodeScalars.last ?? " "), "\(sample)")
    }
    for record in records {
      let addresses = record.texts("mail") + record.texts("sAMAccountName")
      #expect(addresses.allSatisfy { $0.utf8.allSatisfy { $0 < 0x80 } })
    }
  }

  @Test("Without faults there are none")
  func faultless() throws {
    let summary = try SampleDirectory(.large(users: 300)).write(to: folder.path)
    let (records, faults) = try folder.read("directory.ldif")
    #expect(faults.isEmpty)
    #expect(summary.faults.isEmpty)
    #expect(records.count == summary.records)
    let guids = records.flatMap { $0.values("objectGUID") }
    #expect(Set(guids).count == records.count)
    #expect(guids.allSatisfy { GUID(bytes: $0) != nil })
    #expect(records.flatMap { $0.values("objectSid") }.allSatisfy { SID(bytes: $0) != nil })
  }

  @Test("Change files speak of objects that exist", arguments: [1, 2, 3])
  func changes(_ number: Int) throws {
    let sample = SampleDirectory()
    _ = try sample.write(to: folder.path)
    let names = Set(try folder.read("directory.ldif").records.map(\.dn))
    let count = try sample.writeChanges(to: folder.path + "/1.ldif", number: number)
    let (records, faults) = try folder.read("1.ldif")
    #expect(faults.isEmpty)
    #expect(records.count == count)
    var kinds: Set<String> = []
    for record in records {
      switch record.body {
      case .add:
        kinds.insert("add")
        #expect(!names.contains(record.dn))
      case .rename: kinds.insert("rename")
      case .delete:
        kinds.insert("delete")
        #expect(names.contains(record.dn))
      default:
        kinds.insert("modify")
        #expect(names.contains(record.dn))
      }
    }
    #expect(kinds == ["add", "rename", "delete", "modify"])
  }
}

extension LDIFRecord {
  /// The values of `name`.
  func values(_ name: AttributeName) -> [ArraySlice<UInt8>] {
    switch body {
    case .content(let attributes), .add(let attributes):
      attributes.filter { $0.name == name }.map(\.value)
    default: []
    }
  }

  func texts(_ name: AttributeName) -> [String] {
    values(name).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// A folder of its own that goes away with this object.
final class Folder: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/sample-directory.XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func read(_ name: String) throws -> (records: [LDIFRecord], faults: [LDIFFault]) {
    let reader = try LDIFReader(path: path + "/" + name)
    var records: [LDIFRecord] = []
    var faults: [LDIFFault] = []
    while let item = try reader.next() {
      switch item {
      case .record(let record): records.append(record)
      case .fault(let fault): faults.append(fault)
      }
    }
    return (records, faults)
  }

  func digest(_ name: String) throws -> UInt64 {
    var digest = FNV1a()
    digest.add(try text(name).utf8)
    return digest.value
  }

  func text(_ name: String) throws -> String {
    let stream = try #require(fopen(path + "/" + name, "r"))
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, stream)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += chunk[..<count]
    }
  }

  deinit {
    for name in ["directory.ldif", "1.ldif"] { remove(path + "/" + name) }
    rmdir(path)
  }
}
