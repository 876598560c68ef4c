import Foundation
import JSON
import TestSupport
import Testing

@testable import Tenant

/// Faults that a test turns on, counted by hand.
@Suite("Any history of faults")
struct FaultHistoryTests {
  /// How many of the next requests meet what.
  private struct Counters {
    var throttled = 0
    var unavailable = 0
    var broken = 0
    var concurrent = 0
    var dropped = 0
    var expired = 0

    /// What the next write is answered with; nil for no answer at all.
    mutating func next(isGraph: Bool) -> (status: Int?, isDone: Bool) {
      func take(_ count: inout Int) -> Bool {
        guard count > 0 else { return false }
        count -= 1
        return true
      }
      // Who asks is looked at first, then whether the service is there, then the work.
      if isGraph, take(&expired) { return (401, false) }
      if take(&throttled) { return (429, false) }
      if take(&unavailable) { return (503, false) }
      if take(&broken) { return (500, false) }
      let isRefused = isGraph && take(&concurrent)
      if take(&dropped) { return (nil, !isRefused) }
      return isRefused ? (409, false) : (201, true)
    }

    var knobs: TenantFaults.Knobs {
      var knobs = TenantFaults.Knobs()
      (knobs.throttleNext, knobs.unavailableNext) = (throttled, unavailable)
      (knobs.serverErrorNext, knobs.concurrencyNext) = (broken, concurrent)
      (knobs.dropAfterWorkNext, knobs.expireTokenNext) = (dropped, expired)
      return knobs
    }

    init(_ random: inout SeededRandom) {
      func count() -> Int { random.choose([0, 0, 1, 2]) }
      (throttled, unavailable, broken) = (count(), count(), count())
      (concurrent, dropped, expired) = (count(), count(), count())
    }
  }

  @Test(
    "Each fault meets as many requests as was said, and the work is done or not", arguments: 1...4)
  func counted(seed: Int) async throws {
    var random = SeededRandom(scattering: seed)
    let tenant = try await RunningTenant()
    var (number, done) = (0, [String]())
    for _ in 0..<4 {
      var counters = Counters(&random)
      tenant.server.faults.knobs = counters.knobs
      for _ in 0..<8 {
        number += 1
        let (name, isGraph) = ("user\(number)", random.chance(50))
        let wanted = counters.next(isGraph: isGraph)
        let answer = try? await create(tenant, name, isGraph: isGraph)
        #expect(answer?.status == wanted.status, "\(name) \(counters)")
        if wanted.status == 429 { #expect(answer?.header("Retry-After") == "1") }
        if wanted.isDone { done.append(name) }
        #expect(tenant.server.faults.knobs == counters.knobs)
      }
      tenant.server.faults.reset()
      let list = try await tenant.send("GET", "/scim/v2/Users?count=1000&attributes=userName")
      let names = (list.json?["Resources"]?.array ?? []).compactMap { $0["userName"]?.string }
      #expect(names == done.map { $0 + "@contoso.com" })
    }
    await tenant.server.stop()
  }

  private func create(
    _ tenant: RunningTenant, _ name: String, isGraph: Bool
  ) async throws -> RunningTenant.Answer {
    guard isGraph else { return try await tenant.user(name + "@contoso.com") }
    return try await tenant.send(
      "POST", "/v1.0/users", TestGraph.user(name), headers: ["Content-Type": "application/json"])
  }

  @Test("Of a batch so many requests are throttled as was said, each for itself", arguments: 0...4)
  func batches(_ count: Int) async throws {
    let graph = try TestGraph()
    graph.service.faults.knobs.throttleInBatchNext = count
    let requests = (0..<4).map {
      """
      {"id":"\($0)","method":"POST","url":"/users","body":\(TestGraph.user("u\($0)")),
       "headers":{"Content-Type":"application/json"}}
      """
    }
    let reply = try await graph.send(
      "POST", "/$batch", #"{"requests":[\#(requests.joined(separator: ","))]}"#)
    let answers = reply["responses"]?.array ?? []
    #expect(answers.count { $0["status"] == 429 } == count)
    let made = Set(answers.filter { $0["status"] == 201 }.compactMap { $0["id"]?.string })
    #expect(Set(try await graph.names("/users")) == Set(made.map { "u" + $0 }))
    #expect(graph.service.faults.knobs == TenantFaults.Knobs())
  }

  // MARK: Turning

  private func changed(_ knobs: TenantFaults.Knobs, _ text: String) throws -> TenantFaults.Knobs {
    try knobs.changed(by: try object(text))
  }

  @Test("What is read of the knobs can be put back, and changes nothing")
  func roundTrip() throws {
    var random = SeededRandom(seed: 3)
    for _ in 0..<40 {
      var knobs = TenantFaults.Knobs()
      for member in knobs.json.object?.members ?? [] where random.chance(40) {
        let number = random.choose([0, 1, 100, 3_600_000])
        knobs = try changed(knobs, #"{"\#(member.name)":\#(number)}"#)
        #expect(knobs.json[member.name] == .integer(Int64(number)))
      }
      #expect(try TenantFaults.Knobs().changed(by: try #require(knobs.json.object)) == knobs)
      #expect(try knobs.changed(by: try #require(TenantFaults.Knobs().json.object)) == .init())
    }
  }

  @Test(
    "A knob that can't be turned so leaves all of them as they were",
    arguments: [
      #"{"throttleNext":1,"nothing":1}"#, #"{"throttleNext":3600001}"#, #"{"throttleNext":"1"}"#,
      #"{"throttleNext":1.5}"#, #"{"throttleNext":null}"#, #"{"bulkStopAfter":-1}"#,
      #"{"throttleNext":true}"#, #"{"quotaPercent":[1]}"#, #"{"":1}"#,
      #"{"throttleNext":9223372036854775807}"#, #"{"throttleNext":1e3}"#,
    ])
  func refused(_ text: String) throws {
    let knobs = try changed(TenantFaults.Knobs(), #"{"unavailableNext":2}"#)
    #expect(throws: SCIMError.self) { try changed(knobs, text) }
  }
}
