import JSON
import TestSupport
import Testing

@testable import Tenant

/// How many, which, in which order: beside a list in memory that is filtered, sorted and cut.
@Suite("Any question for many resources")
struct ListModelTests {
  /// What a user of the model is sorted and found by.
  private struct Person {
    var number: Int
    var texts: [String: String] = [:]
    var isActive: Bool?
    var emails: [(value: String, type: String, isPrimary: Bool)] = []
    var photos: [String] = []

    var name: String { "user\(number)@example.com" }

    var body: JSONValue {
      var object = JSONObject(["schemas": [.string(TestTenant.userURN)]])
      object["userName"] = .string(name)
      for path in ["title", "nickName", "externalId"] {
        object[path] = texts[path].map { .string($0) }
      }
      if let family = texts["name.familyName"] { object["name"] = ["familyName": .string(family)] }
      if let part = texts[ListModelTests.department] {
        object[TestTenant.enterpriseURN] = ["department": .string(part)]
      }
      object["active"] = isActive.map { .boolean($0) }
      if !emails.isEmpty {
        object["emails"] = .array(
          emails.map {
            [
              "value": .string($0.value), "type": .string($0.type),
              "primary": .boolean($0.isPrimary),
            ]
          })
      }
      if !photos.isEmpty { object["photos"] = .array(photos.map { ["value": .string($0)] }) }
      return .object(object)
    }

    /// What the user stands by in the order of `path`; nil for nothing.
    func key(_ path: String) -> String? {
      switch path {
      case "userName": name
      case "active": isActive.map { $0 ? "1" : "0" }
      case "emails", "emails.value": preferred?.value.lowercased()
      case "emails.type": preferred?.type.lowercased()
      // The addresses of pictures and a client's own ids know case.
      case "photos", "photos.value": photos.first
      case "externalId": texts[path]
      default: texts[path]?.lowercased()
      }
    }

    private var preferred: (value: String, type: String, isPrimary: Bool)? {
      emails.first { $0.isPrimary } ?? emails.first
    }
  }

  private static let department = TestTenant.enterpriseURN + ":department"
  private static let paths = [
    "userName", "title", "TITLE", "nickName", "externalId", "name.familyName", department, "active",
    "emails", "emails.value", "emails.type", "photos", "photos.value",
  ]
  private static let words = ["a", "A", "ab", "B", "b", "Ba", "z"]

  private static func people(_ random: inout SeededRandom) -> [Person] {
    (0..<20).map { number in
      var person = Person(number: number)
      for path in ["title", "nickName", "externalId", "name.familyName", department]
      where random.chance(70) {
        person.texts[path] = random.choose(words)
      }
      if random.chance(70) { person.isActive = random.chance(50) }
      let primary = Int.random(in: 0...2, using: &random)
      person.emails = (0..<Int.random(in: 0...2, using: &random)).map { index in
        (
          random.choose(words) + "\(index)@example.com", random.choose(["work", "home"]),
          index == primary
        )
      }
      person.photos = random.some(["B.png", "a.png", "A.png"], percent: 40)
      return person
    }
  }

  private func tenant(_ people: [Person]) async throws -> TestTenant {
    let tenant = try TestTenant()
    for person in people {
      let reply = await tenant.send("POST", "/Users", person.body.text)
      try #require(reply.status == 201, "\(reply.detail)")
    }
    return tenant
  }

  /// A filter with what it lets through.
  private static func filter(
    _ random: inout SeededRandom
  ) -> (text: String, isMet: (Person) -> Bool) {
    let word = random.choose(words)
    let path = random.choose(["title", "nickName", "externalId", department])
    func same(_ person: Person) -> Bool {
      guard let text = person.texts[path] else { return false }
      return path == "externalId" ? text == word : text.lowercased() == word.lowercased()
    }
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return (#"\#(path) eq "\#(word)""#, same)
    case 1: return (#"not (\#(path) eq "\#(word)")"#, { !same($0) })
    case 2: return ("\(path) pr", { $0.texts[path] != nil })
    case 3: return ("active ne true", { $0.isActive != true })
    case 4:
      return (
        #"emails[type eq "work" and value sw "\#(word)"]"#,
        {
          $0.emails.contains {
            $0.type == "work" && $0.value.lowercased().hasPrefix(word.lowercased())
          }
        }
      )
    default: return ("userName pr", { _ in true })
    }
  }

  private static func sorted(_ people: [Person], by path: String, descending: Bool) -> [Person] {
    // One after the other into its place: equal ones stay as they are.
    people.reduce(into: []) { sorted, person in
      let key = person.key(path == "TITLE" ? "title" : path)
      let place = sorted.firstIndex { other in
        let known = other.key(path == "TITLE" ? "title" : path)
        if known == key { return false }
        guard let known else { return !descending }
        guard let key else { return descending }
        return descending ? key > known : key < known
      }
      sorted.insert(person, at: place ?? sorted.count)
    }
  }

  @Test("Filtered, sorted and cut, they are those of the list in memory", arguments: 1...12)
  func pages(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let people = Self.people(&random)
    let tenant = try await tenant(people)
    for _ in 0..<40 {
      let (filter, isMet) = Self.filter(&random)
      var query = ["filter=" + Percent.encode(filter)]
      var wanted = people.filter(isMet)
      if random.chance(80) {
        let (path, descending) = (random.choose(Self.paths), random.chance(50))
        query += ["sortBy=" + Percent.encode(path)]
        if descending { query.append("sortOrder=descending") }
        wanted = Self.sorted(wanted, by: path, descending: descending)
      }
      let (start, count) = (
        Int.random(in: -1...22, using: &random), Int.random(in: -1...9, using: &random)
      )
      query += ["startIndex=\(start)", "count=\(count)"]
      if random.chance(30) { query.append("attributes=userName") }
      let reply = await tenant.send("GET", "/Users?" + query.joined(separator: "&"))
      let page = wanted.dropFirst(max(start, 1) - 1).prefix(max(count, 0))
      let found = (reply["Resources"]?.array ?? []).compactMap { $0["userName"]?.string }
      #expect(found == page.map(\.name), "\(query)")
      #expect(reply["totalResults"] == .integer(Int64(wanted.count)), "\(query)")
      #expect(reply["itemsPerPage"] == .integer(Int64(page.count)), "\(query)")
      #expect(reply["startIndex"] == .integer(Int64(max(start, 1))), "\(query)")
    }
  }

  @Test("A search asks the same as a query", arguments: 20...24)
  func searches(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let tenant = try await tenant(Self.people(&random))
    for _ in 0..<20 {
      let (filter, path) = (Self.filter(&random).text, random.choose(Self.paths))
      let order = random.choose(["ascending", "descending", "Descending"])
      let (start, count) = (random.choose([1, 3, 99]), random.choose([0, 2, 50]))
      let query =
        "filter=\(Percent.encode(filter))&sortBy=\(Percent.encode(path))&sortOrder=\(order)"
        + "&startIndex=\(start)&count=\(count)&attributes=title,emails.value"
      let asked = await tenant.send("GET", "/Users?" + query)
      let body: JSONValue = [
        "schemas": [.string(ListParameters.searchSchema)], "filter": .string(filter),
        "sortBy": .string(path), "sortOrder": .string(order), "startIndex": .integer(Int64(start)),
        "count": .integer(Int64(count)), "attributes": ["title", "emails.value"],
      ]
      let searched = await tenant.send("POST", "/Users/.search", body.text)
      #expect(searched.status == 200 && searched.body == asked.body, "\(query)")
    }
  }

  @Test("By cursor everybody comes once, whoever comes and goes meanwhile", arguments: 30...37)
  func cursors(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let tenant = try await tenant(Self.people(&random))
    let (filter, count) = (Self.filter(&random).text, random.choose([1, 2, 5]))
    let all = await tenant.names("Users", filter, "&count=1000")
    var (seen, gone, cursor, number) = ([String](), Set<String>(), "", 0)
    repeat {
      let page = await tenant.find("Users", filter, "&count=\(count)&cursor=\(cursor)")
      try #require(page.status == 200, "\(page.detail)")
      seen += (page["Resources"]?.array ?? []).compactMap { $0["userName"]?.string }
      cursor = page["nextCursor"]?.string.map(Percent.encode) ?? ""
      number += 1
      // Somebody who has not come yet leaves, or one who has; and another one comes at the end.
      if random.chance(40), let name = all.randomElement(using: &random), !gone.contains(name) {
        let found = await tenant.find("Users", #"userName eq "\#(name)""#)
        let id = found["Resources"]?.array?.first?["id"]?.string
        _ = await tenant.send("DELETE", "/Users/\(try #require(id))")
        gone.insert(name)
      }
      if random.chance(30) { try await tenant.user("late\(number)@example.com") }
      try #require(number < 60)
    } while !cursor.isEmpty
    let old = seen.filter { !$0.hasPrefix("late") }
    #expect(Set(seen).count == seen.count && old == all.filter { old.contains($0) })
    #expect(Set(all).subtracting(old).isSubset(of: gone))
  }
}
