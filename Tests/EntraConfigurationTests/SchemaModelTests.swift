import Configuration
import Directory
import TestSupport
import Testing

@testable import EntraConfiguration

@Suite("Schemas beside a plain graph")
struct SchemaModelTests {
  /// Object types by what they have themselves and whom they take from.
  private struct Graph {
    var own: [Set<Int>]
    var parents: [Set<Int>]

    init(_ random: inout SeededRandom) {
      let count = Int.random(in: 1...7, using: &random)
      own = (0..<count).map { _ in Set(random.some(Array(0..<8), percent: 30)) }
      // Any may be above any, also itself.
      parents = (0..<count).map { _ in Set(random.some(Array(0..<count), percent: 25)) }
    }

    /// What `type` has, found by asking again until nothing is new.
    func all(of type: Int) -> Set<Int> {
      var types: Set<Int> = [type]
      while true {
        let more = types.union(types.flatMap { parents[$0] })
        if more == types { return Set(types.flatMap { own[$0] }) }
        types = more
      }
    }

    /// The schema as a file says it: one parent as the superior, the others by a content rule.
    func xml(_ random: inout SeededRandom) -> String {
      var parts: [String] = []
      for number in 0..<8 {
        let flags = random.choose(["", " single-value=\"true\"", " single-value=\"false\""])
        parts.append(
          "<attribute-type id=\"A\(number)\"\(flags)><name>attribute\(number)</name>"
            + "<syntax>1.3.6.1.4.1.1466.115.121.1.15</syntax></attribute-type>")
      }
      for type in own.indices {
        var left = Array(parents[type])
        let superior = random.chance(60) ? left.popLast() : nil
        let (some, others) = own[type].reduce(into: ([Int](), [Int]())) { sides, number in
          if random.chance(70) { sides.0.append(number) } else { sides.1.append(number) }
        }
        let above = superior.map { " superior=\"#C\($0)\"" } ?? ""
        let has = some.map { "<attribute ref=\"#A\($0)\" />" }.joined()
        parts.append("<class id=\"C\(type)\"\(above)><name>Type\(type)</name>\(has)</class>")
        guard !left.isEmpty || !others.isEmpty else { continue }
        let more = others.map { "<attribute ref=\"A\($0)\" />" }.joined()
        let auxiliary = left.map { "<aux-class ref=\"#C\($0)\" />" }.joined()
        parts.append("<dit-content-rule id=\"C\(type)\">\(more)\(auxiliary)</dit-content-rule>")
      }
      parts.append("<class id=\"stray\"><name>Stray</name><attribute ref=\"#none\" /></class>")
      parts.append("<dit-content-rule id=\"none\"><aux-class ref=\"#C0\" /></dit-content-rule>")
      parts.shuffle(using: &random)
      return "<schema><dsml><directory-schema>" + parts.joined() + "</directory-schema></dsml>"
        + "</schema>"
    }
  }

  private func schema(_ xml: String) throws -> EntraSchema {
    try EntraSchema(try XMLFile(path: "f.xml", root: "schema").parse(Array(xml.utf8)))
  }

  @Test(
    "An object type has what it and all above it have, in whatever order and circle they stand",
    arguments: 1...80)
  func inheritance(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    let graph = Graph(&random)
    let xml = graph.xml(&random)
    let schema = try schema(xml)
    for type in graph.own.indices {
      let expected = Set(graph.all(of: type).map { AttributeName("attribute\($0)") })
      #expect(schema.attributes(of: "type\(type)") == expected, "type\(type) in \(xml)")
      #expect(schema.attributes(of: "TYPE\(type)") == expected)
    }
    #expect(schema.attributes(of: "stray") == [])
    #expect(schema.attributes(of: "type99") == nil && schema.attributes(of: "") == nil)
    let types = (graph.own.indices.map { "Type\($0)" } + ["Stray"]).sorted()
    #expect(schema.directorySchema.objectTypes == types)
    #expect(schema.attributes.count == 8)
  }

  @Test(
    "Syntaxes are those of LDAP and of Active Directory",
    arguments: [
      // RFC 4517 §3.3.
      ("1.3.6.1.4.1.1466.115.121.1.7", .boolean), ("1.3.6.1.4.1.1466.115.121.1.27", .integer),
      ("1.3.6.1.4.1.1466.115.121.1.12", .reference), ("1.3.6.1.4.1.1466.115.121.1.40", .binary),
      ("1.3.6.1.4.1.1466.115.121.1.15", .string), ("1.3.6.1.4.1.1466.115.121.1.24", .string),
      ("1.3.6.1.4.1.1466.115.121.1.26", .string), ("1.3.6.1.4.1.1466.115.121.1.38", .string),
      ("1.3.6.1.4.1.1466.115.121.1.44", .string), ("1.3.6.1.4.1.1466.115.121.1.53", .string),
      // [MS-ADTS] §3.1.1.2.2.2: large integers, security descriptors, names with binary data.
      ("1.2.840.113556.1.4.906", .integer), ("1.2.840.113556.1.4.907", .binary),
      ("1.2.840.113556.1.4.903", .binary), ("1.2.840.113556.1.4.905", .string),
      ("1.2.840.113556.1.4.1221", .reference), ("", .string), ("1.2.3", .string),
    ] as [(String, DirectorySchema.AttributeDefinition.Kind)])
  func syntaxes(syntax: String, kind: DirectorySchema.AttributeDefinition.Kind) {
    #expect(EntraSchema.kind(of: syntax) == kind)
  }

  @Test("A flag of an attribute is what its definition says, and one without is the usual")
  func flags() throws {
    let names = ["single-value", "indexable", "user-modification"]
    for number in 0..<27 {
      let words = [number % 3, number / 3 % 3, number / 9].map { ["", "true", "false"][$0] }
      let written = zip(names, words).filter { !$1.isEmpty }.map { " \($0)=\"\($1)\"" }.joined()
      let schema = try schema(
        "<schema><dsml><directory-schema><attribute-type id=\"a\"\(written)><name>a</name>"
          + "</attribute-type></directory-schema></dsml></schema>")
      let attribute = try #require(schema.attributes["a"])
      #expect(attribute.isMultiValued == (words[0] != "true"), "\(written)")
      #expect(attribute.isIndexed == (words[1] == "true"), "\(written)")
      #expect(attribute.isReadOnly == (words[2] == "false"), "\(written)")
      let directory = schema.directorySchema["a"]
      #expect(directory.isMultiValued == attribute.isMultiValued)
      #expect(directory.isReadOnly == attribute.isReadOnly)
    }
  }

  @Test(
    "A schema without its parts is refused with its place",
    arguments: [
      ("<schema/>", "has no <directory-schema>"),
      ("<schema><dsml/></schema>", "has no <directory-schema>"),
      (
        "<schema><dsml><directory-schema><class id=\"a\"/></directory-schema></dsml></schema>",
        "<class> has no <name>"
      ),
      (
        "<schema><dsml><directory-schema><attribute-type><name/></attribute-type>"
          + "</directory-schema></dsml></schema>", "<name> is empty"
      ),
    ])
  func missing(xml: String, message: String) {
    let error = #expect(throws: EntraConfigurationError.self) { try schema(xml) }
    #expect(error?.message.contains(message) == true)
    #expect(error?.place.hasPrefix("f.xml:1:") == true)
  }

  @Test("A chain of very many object types is followed to its end")
  func longChain() throws {
    var xml = "<schema><dsml><directory-schema><attribute-type id=\"a\"><name>a</name>"
    xml += "</attribute-type>"
    let count = 5_000
    for number in 0..<count {
      let has = number == 0 ? "<attribute ref=\"#a\" />" : ""
      xml += "<class id=\"C\(number)\" superior=\"#C\(max(0, number - 1))\"><name>t\(number)</name>"
      xml += has + "</class>"
    }
    let schema = try schema(xml + "</directory-schema></dsml></schema>")
    #expect(schema.attributes(of: "t\(count - 1)") == ["a"])
  }
}
