import Configuration
import TestSupport
import Testing

@testable import EntraConfiguration

@Suite("Which connector stands for which, for any connectors")
struct ConnectorMatchModelTests {
  private let place = SourcePlace(file: "f.xml", line: 1, column: 1)

  private func connector(_ number: Int, _ name: String, isCloud: Bool) -> EntraConnector {
    EntraConnector(
      id: "{\(number)}", name: name, category: isCloud ? "Extensible2" : "AD",
      subtype: isCloud ? "Windows Azure Active Directory (Microsoft)" : "", partitions: [],
      parameters: [:], schema: nil, selectedAttributes: [], place: place)
  }

  private func export(_ connectors: [EntraConnector], used: [EntraConnector]) -> EntraExport {
    EntraExport(
      folder: "folder",
      rules: used.map {
        var rule = EntraRule(place: place)
        rule.connectorID = $0.id
        return rule
      }, connectors: connectors, metaverse: nil, notes: [])
  }

  @Test(
    "What is guessed is of the right kind, is nobody else's, and is the only choice or a namesake",
    arguments: 1...200)
  func guesses(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let names = ["one", "Two", "three", "FOUR"]
    let connectors = (0..<Int.random(in: 1...4, using: &random)).map {
      connector($0, names[$0], isCloud: random.chance(40))
    }
    let used = random.some(connectors, percent: 80)
    let candidates = random.some(["One", "two", "Three", "four", "fifth"], percent: 60).map {
      EntraConnectorMatch.Candidate(name: $0, isSource: random.chance(60))
    }
    var given: [String: [String]] = [:]
    for connector in connectors where random.chance(25) && !candidates.isEmpty {
      let key = random.choose([
        connector.name.uppercased(), connector.id, "\(connector.id.dropFirst().dropLast())",
      ])
      given[key] = [random.choose(candidates).name.lowercased()]
    }
    let export = export(connectors, used: used)
    do throws(EntraConfigurationError) {
      let result = try EntraConnectorMatch.match(export, given: given, candidates: candidates)
      for (key, name) in given {
        let id = connectors.first {
          [$0.name.lowercased(), $0.id, "\($0.id.dropFirst().dropLast())"].contains(
            key.lowercased())
        }?.id
        #expect(result.connectors[id ?? ""]?.map { $0.lowercased() } == name)
      }
      let guessed = Set(result.guessed.map(\.entra))
      for connector in used {
        let found = candidates.first { [$0.name] == result.connectors[connector.id] }
        guard let found else {
          Issue.record("\(connector.name) has no counterpart")
          continue
        }
        guard guessed.contains(connector.name) else { continue }
        #expect(found.isSource == !connector.isCloud)
        let rivals = connectors.filter { $0.isCloud == connector.isCloud }
        #expect(rivals.count == 1 || found.name.lowercased() == connector.name.lowercased())
        #expect(result.connectors.values.filter { $0 == [found.name] }.count == 1)
      }
      let unused = Set(connectors.map(\.id)).subtracting(used.map(\.id))
      #expect(guessed.isDisjoint(with: connectors.filter { unused.contains($0.id) }.map(\.name)))
    } catch {
      // Refused only where somebody used has no clear counterpart.
      let hints = ["say it with --connector '", "add a [[connector]] "]
      #expect(hints.contains { error.hint.hasPrefix($0) }, "\(error)")
      #expect(used.contains { error.message.contains("\"\($0.name)\"") }, "\(error)")
    }
  }

  @Test("The counterparts are the same in whatever order the connectors stand", arguments: 1...60)
  func order(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    var connectors = (0..<3).map { connector($0, "c\($0)", isCloud: $0 == 2) }
    var candidates = ["c0", "c1", "x"].map {
      EntraConnectorMatch.Candidate(name: $0, isSource: $0 != "x")
    }
    connectors.shuffle(using: &random)
    candidates.shuffle(using: &random)
    let used = random.some(connectors)
    let result = try EntraConnectorMatch.match(
      export(connectors, used: used), given: [:], candidates: candidates)
    let expected = ["{0}": ["c0"], "{1}": ["c1"], "{2}": ["x"]]
    #expect(
      result.connectors == expected.filter { pair in used.contains { $0.id == pair.key } })
  }

  @Test("Two words for the same target that say different things are not settled by chance")
  func contradiction() throws {
    let export = export([connector(1, "one", isCloud: true)], used: [])
    for given in [["one": ["a"], "{1}": ["b"]], ["one": ["a", "b"]]] {
      let error = #expect(throws: EntraConfigurationError.self) {
        try EntraConnectorMatch.match(export, given: given, candidates: [])
      }
      #expect(error?.message.contains("\"one\"") == true)
    }
    // The same twice is no contradiction.
    let result = try EntraConnectorMatch.match(
      export, given: ["one": ["a"], "1": ["A"]], candidates: [])
    #expect(result.connectors == ["{1}": ["A"]])
  }

  @Test("For a forest each of its domains may stand, in the order in which they are given")
  func domains() throws {
    let forest = connector(1, "forest", isCloud: false)
    let export = export([forest, connector(2, "cloud", isCloud: true)], used: [forest])
    let candidates = ["one", "two", "three"].map {
      EntraConnectorMatch.Candidate(name: $0, isSource: true)
    }
    let result = try EntraConnectorMatch.match(
      export, given: ["forest": ["Two", "one", "two"]], candidates: candidates)
    #expect(result.connectors == ["{1}": ["two", "one"]])
    #expect(result.guessed.isEmpty)
    let named = try EntraConnectorMatch.named(export, given: ["{1}": ["b", "a"]])
    #expect(named == ["{1}": ["b", "a"], "{2}": ["cloud"]])
  }

  @Test("One connector can't stand for two forests, and where there is none, one is to be added")
  func twoForests() throws {
    let forests = [connector(1, "one", isCloud: false), connector(2, "two", isCloud: false)]
    let candidates = [EntraConnectorMatch.Candidate(name: "own", isSource: true)]
    let export = export(forests, used: forests)
    let twice = #expect(throws: EntraConfigurationError.self) {
      try EntraConnectorMatch.match(
        export, given: ["one": ["own"], "two": ["OWN"]], candidates: candidates)
    }
    #expect(twice?.message.contains("\"one\" and \"two\"") == true)
    #expect(twice?.hint.contains("[[connector]]") == true)
    let missing = #expect(throws: EntraConfigurationError.self) {
      try EntraConnectorMatch.match(export, given: ["one": ["own"]], candidates: candidates)
    }
    #expect(missing?.message.contains("There is none to choose") == true)
    #expect(missing?.hint.hasPrefix("add a [[connector]] with role = \"source\"") == true)
    // What has no rules takes nothing over.
    let unused = try EntraConnectorMatch.match(
      self.export(forests, used: [forests[0]]), given: ["one": ["own"], "two": ["own"]],
      candidates: candidates)
    #expect(unused.connectors["{1}"] == ["own"])
  }

  @Test("A name that two connectors share is no answer; their ids are")
  func sharedNames() throws {
    let twins = [connector(1, "twin", isCloud: false), connector(2, "Twin", isCloud: true)]
    let export = export(twins, used: twins)
    let error = #expect(throws: EntraConfigurationError.self) {
      try EntraConnectorMatch.match(export, given: ["twin": ["a"]], candidates: [])
    }
    #expect(error?.hint.contains("{1}") == true && error?.hint.contains("{2}") == true)
    let result = try EntraConnectorMatch.match(
      export, given: ["{1}": ["a"], "2": ["b"]], candidates: [])
    #expect(result.connectors == ["{1}": ["a"], "{2}": ["b"]])
  }
}
