import Directory
import LDIFConnector
import Testing

@Suite("An anchor that not every entry has")
struct NamedAnchorTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private let unit =
    "dn: OU=Staff,DC=x\nobjectClass: top\nobjectClass: organizationalUnit\nou: Staff\n"
  private let uuid = "entryUUID: 0E5B3C10-0000-0000-0000-000000000001\n\n"

  private func imported(_ text: String, reading types: Set<String>?) async throws -> Imported {
    try folder.write("content.ldif", text)
    let connector = folder.connector { $0.anchorAttribute = "sAMAccountName" }
    var request = ImportRequest(watermark: nil, stagedCount: { 0 })
    request.readTypes = types
    let reader = try await connector.openImport(request)
    var result = Imported()
    while let batch = try await reader.next() { result.batches.append(batch) }
    return result
  }

  @Test("Containers that no rule reads are anchored as usual, by a GUID, else by their names")
  func containers() async throws {
    let text =
      "dn: DC=x\nobjectClass: domain\ndc: x\n\n" + unit + uuid
      + user("Ann", "sAMAccountName: ann\n")
    let found = try await imported(text, reading: ["User", "group"])
    #expect(found.errors.isEmpty, "\(found.errors)")
    #expect(
      found.entries.map(\.anchor.text) == ["dc=x", "0e5b3c10-0000-0000-0000-000000000001", "ann"])
  }

  @Test(
    "Who is of a type that rules read needs the attribute, and so does everybody if none is known")
  func read() async throws {
    let text = unit + "\n" + user("Ann")
    let found = try await imported(text, reading: ["user"])
    #expect(found.errors.map(\.type) == [.missingAnchor])
    #expect(found.errors.first?.dn == "CN=Ann,OU=Staff,DC=x")
    #expect(try await imported(text, reading: nil).errors.count == 2)
    let units = try await imported(text, reading: ["organizationalUnit", "user"])
    #expect(units.errors.count == 2)
  }

  @Test(
    "The root of a server is no object, and no error",
    arguments: [
      "dn:\nobjectClass: top\nobjectClass: OpenLDAProotDSE\n",
      "dn: \nobjectClass: top\nvendorName: 389 Project\n",
      "dn:\ncurrentTime: 20261130120000.0Z\ndefaultNamingContext: DC=x\n",
    ])
  func root(_ record: String) async throws {
    let found = try await folder.importing(record + "\n" + user("Ann"))
    #expect(found.errors.isEmpty && found.entries.map(\.dn.rdn) == ["CN=Ann"])
  }

  @Test(
    "A person whose name is lost is an error, so that nobody is taken for deleted",
    arguments: ["dn:\nobjectClass: top\nobjectClass: user\ncn: Bob\n", "dn:\ncn: Bob\n"])
  func lost(_ record: String) async throws {
    let found = try await folder.importing(record + "\n" + user("Ann"))
    #expect(found.errors.count == 1 && found.entries.count == 1)
  }
}
