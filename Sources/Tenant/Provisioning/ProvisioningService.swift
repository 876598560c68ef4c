import Foundation
import GRDB
import JSON
import Synchronization

/// API-driven provisioning: takes operations into a queue on the disk, carries them out when they are
/// due, and tells in a log what became of each.
///
/// What is due is carried out before the next request is answered, whichever it is: no client can
/// tell that from a service that works by itself.
final class ProvisioningService: Sendable {
  let store: TenantStore
  let values: ValueReader
  let faults: TenantFaults
  let jobs: [ProvisioningJob]
  /// How many requests are taken in how many milliseconds.
  private let burst: (count: Int, milliseconds: Int64)

  private struct State {
    /// When the oldest operation came that waits; 0 if that is not known, `max` if none waits.
    var oldest: Int64 = 0
    /// When requests of the last day came.
    var calls: [Int64] = []
  }
  private let state = Mutex(State())

  init(
    store: TenantStore, values: ValueReader, faults: TenantFaults, jobs: [ProvisioningJob],
    burst: (count: Int, milliseconds: Int64) = (40, 5000)
  ) {
    self.burst = burst
    self.store = store
    self.values = values
    self.faults = faults
    self.jobs = jobs
  }

  /// Takes the operations of a request.
  ///
  /// - Throws: ``GraphError``.
  func accept(_ users: [JSONObject], job: ProvisioningJob) async throws {
    try admit(Moment.now)
    try await store.write { context in
      let statement = try context.database.cachedStatement(
        sql: "INSERT INTO upload (job, received, data) VALUES (?, ?, ?)")
      for user in users {
        try statement.execute(arguments: [
          job.id, context.now, Data(JSONValue.object(user).encoded),
        ])
      }
      self.state.withLock { $0.oldest = min($0.oldest, context.now) }
    }
  }

  // 40 requests in 5 seconds and 6,000 in a day (learn.microsoft.com, "Troubleshoot inbound
  // provisioning API issues").
  private func admit(_ now: Int64) throws(GraphError) {
    let wait = state.withLock { state -> Int64? in
      state.calls.removeAll { $0 <= now - 86_400_000 }
      if state.calls.count >= 6000 { return state.calls[0] + 86_400_000 - now }
      let recent = state.calls.suffix(burst.count)
      if recent.count == burst.count, let first = recent.first, first > now - burst.milliseconds {
        return first + burst.milliseconds - now
      }
      state.calls.append(now)
      return nil
    }
    guard let wait else { return }
    let seconds = max(1, (wait + 999) / 1000)
    throw GraphError(
      429, "TooManyRequests", "Too many requests; try again in \(seconds) s.",
      headers: ["Retry-After": String(seconds)])
  }

  /// Carries out what is due.
  ///
  /// - Throws: what the store does.
  func applyDue() async throws {
    let delay = Int64(faults.knobs.provisioningDelayMilliseconds)
    // A transaction's stamp may be a little ahead of the clock.
    let moment = delay == 0 ? .max - 1 : Moment.now - delay
    while state.withLock({ $0.oldest }) <= moment {
      do {
        try await store.write { try self.applyPart($0, until: moment) }
      } catch {
        state.withLock { $0.oldest = 0 }
        throw error
      }
    }
  }

  private func applyPart(_ context: WriteContext, until moment: Int64) throws {
    let database = try context.database
    let rows = try Row.fetchAll(
      database,
      sql: "SELECT seq, job, data FROM upload WHERE received <= ? ORDER BY seq LIMIT 500",
      arguments: [moment])
    for row in rows {
      let (seq, id, bytes): (Int64, String, Data) = (row[0], row[1], row[2])
      if let job = jobs.first(where: { $0.id == id }),
        let data = try JSONValue(parsing: Array(bytes)).object
      {
        let outcome = ProvisioningRun(job: job, context: context, values: values).apply(data)
        try log(outcome, of: data, job, context)
      }
      try database.cachedStatement(sql: "DELETE FROM upload WHERE seq = ?")
        .execute(arguments: [seq])
    }
    // Logs are kept for 30 days.
    try database.cachedStatement(sql: "DELETE FROM provisioning_log WHERE time < ?")
      .execute(arguments: [context.now - 30 * 86_400_000])
    let next = try Int64.fetchOne(database, sql: "SELECT min(received) FROM upload")
    state.withLock { $0.oldest = next ?? .max }
  }

  private func log(
    _ outcome: ProvisioningRun.Outcome, of data: JSONObject, _ job: ProvisioningJob,
    _ context: WriteContext
  ) throws {
    let (id, change) = (UUID().uuidString.lowercased(), UUID().uuidString.lowercased())
    let name = data["displayName"] ?? data["userName"] ?? ""
    let error: JSONValue =
      outcome.code.isEmpty
      ? .null
      : [
        "errorCode": .string(outcome.code), "reason": .string(outcome.reason),
        "additionalDetails": .null, "errorCategory": "nonServiceFailure",
        "recommendedAction": .null,
      ]
    let line: JSONValue = [
      "id": .string(id), "activityDateTime": .string(Moment.text(context.now)),
      "jobId": .string(job.id), "cycleId": .string(id), "changeId": .string(change),
      "provisioningAction": .string(outcome.action), "durationInMilliseconds": 0,
      "servicePrincipal": ["id": .string(job.servicePrincipal), "displayName": "Provisioning"],
      "sourceIdentity": [
        "identityType": "User", "id": data["externalId"] ?? "", "displayName": name,
        "details": .object(JSONObject()),
      ],
      "targetIdentity": [
        "identityType": "User", "id": .string(outcome.id), "displayName": name,
        "details": .object(JSONObject()),
      ],
      "provisioningStatusInfo": [
        "status": .string(outcome.status), "errorInformation": error,
      ],
    ]
    try context.database.cachedStatement(
      sql: "INSERT INTO provisioning_log (job, time, line) VALUES (?, ?, ?)"
    ).execute(arguments: [job.id, context.now, Data(line.encoded)])
  }
}
