import JSON
import TestSupport
import Testing

@testable import Tenant

extension ODataFilter {
  /// A filter of `depth` levels at most.
  fileprivate static func random(_ depth: Int, _ random: inout SeededRandom) -> ODataFilter {
    guard depth > 0, random.chance(75) else { return leaf(&random) }
    func part() -> ODataFilter { Self.random(depth - 1, &random) }
    switch Int.random(in: 0..<3, using: &random) {
    case 0: return .not(part())
    case 1: return .and(part(), part())
    default: return .or(part(), part())
    }
  }

  private static func leaf(_ random: inout SeededRandom) -> ODataFilter {
    let text = JSONValue.string(random.choose(["Cork", "cork", "C", "it's", "", "ö)", "a or b"]))
    let city = random.choose(["city", "displayName"])
    switch Int.random(in: 0..<6, using: &random) {
    case 0:
      return .compare("accountEnabled", random.choose([.eq, .ne]), .boolean(random.chance(50)))
    case 1: return .compare(city, random.choose([.eq, .ne]), .null)
    case 2:
      let moment = random.choose(["2026-11-22T20:01:02Z", "2020-01-01T00:00:00Z"])
      return .compare(
        "createdDateTime", random.choose([.eq, .ne, .ge, .le, .gt, .lt]), .string(moment))
    case 3: return .any("proxyAddresses", random.choose([.eq, .startswith]), text)
    case 4:
      return random.chance(50)
        ? .count("proxyAddresses", random.choose([.eq, .ge]), Int64(random.choose([0, 1, 2])))
        : .compare(city, random.choose([.startswith, .endswith]), text)
    default: return .compare(city, random.choose([.eq, .ne, .ge, .le, .gt, .lt]), text)
    }
  }

  /// The filter as a client may write it: brackets wherever the order needs them, and some more.
  fileprivate func text(_ random: inout SeededRandom) -> String {
    switch self {
    case .and(let a, let b):
      return a.part(of: "and", &random) + " and " + b.part(of: "and", isRight: true, &random)
    case .or(let a, let b):
      return a.part(of: "or", &random) + " or " + b.part(of: "or", isRight: true, &random)
    case .not(let inner): return random.choose(["not ", "not  "]) + inner.part(of: "not", &random)
    case .compare(let name, let comparison, let value):
      if [.startswith, .endswith].contains(comparison) {
        let function = random.choose([
          comparison.rawValue, comparison == .startswith ? "startsWith" : "endsWith",
        ])
        return "\(function)(\(name), \(Self.literal(value)))"
      }
      return "\(name) \(comparison.rawValue) \(Self.literal(value))"
    case .any(let name, let comparison, let value):
      let inner =
        comparison == .startswith
        ? "startswith(x,\(Self.literal(value)))" : "x eq \(Self.literal(value))"
      return "\(name)/any(x:\(inner))"
    case .anyPart(let name, let part, let value):
      return "\(name)/any(x:x/\(part) eq \(Self.literal(value)))"
    case .count(let name, let comparison, let number):
      return "\(name)/$count \(comparison.rawValue) \(number)"
    }
  }

  private func part(
    of word: String, isRight: Bool = false, _ random: inout SeededRandom
  ) -> String {
    let text = text(&random)
    let isLoose =
      switch self {
      case .or: word != "or" || isRight
      case .and: word == "not" || word == "and" && isRight
      case .not, .compare, .any, .anyPart, .count: false
      }
    return isLoose || random.chance(20) ? "(\(text))" : text
  }

  private static func literal(_ value: JSONValue) -> String {
    switch value {
    case .string(let text):
      // A moment has no quotes.
      Moment.milliseconds(text) == nil ? "'" + text.replacing("'", with: "''") + "'" : text
    default: value.text
    }
  }

  /// Whether it holds, read in the plainest way.
  fileprivate func holds(_ object: [String: JSONValue]) -> Bool {
    switch self {
    case .and(let a, let b): return a.holds(object) && b.holds(object)
    case .or(let a, let b): return a.holds(object) || b.holds(object)
    case .not(let inner): return !inner.holds(object)
    case .any(let name, let comparison, let wanted):
      return (object[name]?.array ?? []).contains {
        ODataFilter.compare("x", comparison, wanted).holds(["x": $0])
      }
    case .anyPart(let name, let part, let wanted):
      return (object[name]?.array ?? []).contains { ($0[part] ?? .null) == wanted }
    case .count(let name, let comparison, let number):
      let count = Int64(object[name]?.array?.count ?? 0)
      return comparison == .eq ? count == number : comparison == .ge && count >= number
    case .compare(let name, let comparison, let wanted):
      let value = object[name] ?? .null
      guard let one = value.string, let other = wanted.string else {
        return comparison == .eq ? value == wanted : comparison == .ne ? value != wanted : false
      }
      let (a, b) = (Array(one.lowercased().utf8), Array(other.lowercased().utf8))
      switch comparison {
      case .eq: return a == b
      case .ne: return a != b
      case .startswith: return a.starts(with: b)
      case .endswith: return a.reversed().starts(with: b.reversed())
      case .ge: return !a.lexicographicallyPrecedes(b)
      case .lt: return a.lexicographicallyPrecedes(b)
      case .gt: return b.lexicographicallyPrecedes(a)
      case .le: return !b.lexicographicallyPrecedes(a)
      }
    }
  }

  /// Whether it needs the header of advanced queries: for `not`, `ne` and `endswith`
  /// (learn.microsoft.com, "Advanced query capabilities").
  fileprivate var needsHeader: Bool {
    switch self {
    case .and(let a, let b), .or(let a, let b): a.needsHeader || b.needsHeader
    case .not, .count: true
    case .anyPart: false
    case .compare(_, let comparison, _), .any(_, let comparison, _):
      [.ne, .endswith].contains(comparison)
    }
  }
}

@Suite("Any OData filter")
struct ODataFilterModelTests {
  @Test("A filter is read as it was meant, with no more brackets than it needs", arguments: 1...150)
  func roundTrip(seed: Int) throws {
    var random = SeededRandom(scattering: seed)
    let meant = ODataFilter.random(4, &random)
    let text = meant.text(&random)
    let read = try ODataFilter(parsing: text, type: .user)
    #expect(read == meant, "\(text)")
    #expect(read.isAdvanced == meant.needsHeader, "\(text)")
  }

  @Test("It lets through whom a plain reading lets through", arguments: 1...80)
  func matches(seed: Int) throws {
    var random = SeededRandom(scattering: 1000 + seed)
    let filter = ODataFilter.random(4, &random)
    for _ in 0..<30 {
      var object: [String: JSONValue] = [:]
      let names = [JSONValue.string("Cork"), "CORK", "c", "it's", "it", "", "a or b", "d"]
      if random.chance(80) { object["city"] = random.choose(names) }
      if random.chance(80) { object["displayName"] = random.choose(names) }
      if random.chance(80) { object["accountEnabled"] = .boolean(random.chance(50)) }
      if random.chance(80) {
        object["createdDateTime"] = random.choose(["2026-11-22T20:01:02Z", "2023-01-01T00:00:00Z"])
      }
      if random.chance(80) { object["proxyAddresses"] = .array(random.some(names)) }
      let values = object
      #expect(filter.matches(.user) { values[$0] } == filter.holds(values), "\(filter), \(values)")
    }
  }

  @Test("What a filter demands stands in all whom it lets through", arguments: 1...80)
  func demanded(seed: Int) {
    var random = SeededRandom(scattering: 2000 + seed)
    let filter = ODataFilter.random(4, &random)
    guard let wanted = filter.demanded else { return }
    // Without the value that it demands nobody passes.
    for _ in 0..<40 {
      let other = random.choose([JSONValue.null, "none", "zzz"])
      let city: JSONValue = wanted.name == "city" ? other : random.choose(["Cork", "C", .null])
      let name: JSONValue = wanted.name == "displayName" ? other : random.choose(["Cork", .null])
      let list: JSONValue = wanted.name == "proxyAddresses" ? [] : ["Cork", "it's"]
      let object = [
        "city": city, "displayName": name, "proxyAddresses": list, "accountEnabled": true,
        "createdDateTime": "2026-11-22T20:01:02Z",
      ]
      let isDemanded = wanted.name == "createdDateTime"
      #expect(isDemanded || !filter.matches(.user) { object[$0] }, "\(filter) and \(wanted)")
    }
  }

  @Test("A list of choices is those choices joined by or, up to fifteen")
  func choices() throws {
    for count in 1...15 {
      let names = (1...count).map { "'n\($0)'" }
      let list = try ODataFilter(
        parsing: "displayName in (\(names.joined(separator: ",")))", type: .user)
      let joined = try ODataFilter(
        parsing: names.map { "displayName eq \($0)" }.joined(separator: " or "), type: .user)
      #expect(list == joined)
    }
    let many = (1...16).map { "'n\($0)'" }
    for text in [
      "displayName in (\(many.joined(separator: ",")))",
      many.map { "displayName eq \($0)" }.joined(separator: " or "),
    ] {
      let error = #expect(throws: GraphError.self) { try ODataFilter(parsing: text, type: .user) }
      #expect(error?.status == 400)
    }
  }

  @Test(
    "What makes no sense is refused as such",
    arguments: [
      "", " ", "displayName", "displayName eq", "displayName eq 'a", "displayName eq a'",
      "displayName eq 'a' and", "and displayName eq 'a'", "(displayName eq 'a'", "not",
      "displayName eq 'a')", "displayName is 'a'", "displayName eq 5", "displayName eq true",
      "accountEnabled eq 'true'", "accountEnabled gt true", "startswith(displayName)",
      "startswith(displayName,null)", "startswith(accountEnabled,true)",
      "contains(displayName,'a')",
      "displayName in ()", "displayName in ('a'", "displayName in 'a'", "displayName in ('a' 'b')",
      "proxyAddresses eq 'a'", "displayName/any(x:x eq 'a')", "proxyAddresses/any(x:y eq 'a')",
      "proxyAddresses/any(x:x ne 'a')", "proxyAddresses/all(x:x eq 'a')",
      "passwordProfile eq null", "createdDateTime gt 'yesterday'", "createdDateTime gt 2026-11-22",
      "displayName eq 'a' displayName eq 'b'", "displayName eq 'a' xor displayName eq 'b'",
      "startswith(createdDateTime,2026-11-22T20:01:02Z)", "displayName ge null",
    ])
  func refused(text: String) {
    let error = #expect(throws: GraphError.self) { try ODataFilter(parsing: text, type: .user) }
    #expect(error?.status == 400)
  }

  @Test("Signs and words put together by chance end the parser in no other way", arguments: 1...30)
  func soup(seed: Int) {
    var random = SeededRandom(scattering: 3000 + seed)
    let words = [
      "displayName", "accountEnabled", "proxyAddresses/any", "startswith", "eq", "in", "and", "or",
      "not", "(", ")", ",", ":", "'", "'a'", "true", "null", " ", " ", "2026-11-22T20:01:02Z", "x",
      "\u{301}", "é", "\0", "\u{2028}", "١",
    ]
    for _ in 0..<300 {
      let text = random.text(words, count: 0...14)
      do {
        _ = try ODataFilter(parsing: text, type: .user)
      } catch let error as GraphError {
        #expect(error.status == 400)
      } catch {
        Issue.record("\(error) for \(text.debugDescription)")
      }
    }
    for deep in ["not ", "("] {
      #expect(throws: GraphError.self) {
        try ODataFilter(
          parsing: String(repeating: deep, count: 4_000) + "city eq 'a'", type: .user)
      }
    }
  }
}
