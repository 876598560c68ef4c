import Configuration
import DirectoryReplication
import Foundation

/// All password hashes of a domain, read from a controller that is there already.
///
/// `LOCKSTEP_BENCH_CONTROLLER` names it: host, the domain's DNS name, the account, and the file with
/// its password, with commas between.
struct ReplicationBench {
  private static let variable = "LOCKSTEP_BENCH_CONTROLLER"
  let settings: ReplicationSettings

  /// The measurement that the environment asks for; nil, and told, if it asks for none.
  init?() {
    let text = ProcessInfo.processInfo.environment[Self.variable] ?? ""
    let parts = text.split(separator: ",").map(String.init)
    guard parts.count == 4 else {
      Bench.say(
        "SKIPPED: password hashes, for want of a controller: name one in \(Self.variable) as"
          + " HOST,DOMAIN,ACCOUNT,PASSWORDFILE")
      return nil
    }
    let secret = SecretReference(.file(parts[3]))
    settings = ReplicationSettings(hosts: [parts[0]], domain: parts[1], account: parts[2]) {
      try secret.resolve(relativeTo: ".")
    }
  }

  /// Reads the whole domain, then what is new.
  func rows() async throws -> [Measurement] {
    let reader = DirectoryReplicator(settings)
    try await reader.check()
    let processor = Self.processorSeconds()
    var hashes = 0
    var batch: ReplicatedBatch?
    let seconds = try await Measurement.seconds {
      repeat {
        let next = try await reader.changes(since: batch?.cursor)
        for case .account(let account) in next.changes where account.hash != nil { hashes += 1 }
        batch = next
      } while batch?.hasMore == true
    }
    let share = (Self.processorSeconds() - processor) / seconds
    let cursor = batch?.cursor
    let delta = try await Measurement.seconds { _ = try await reader.changes(since: cursor) }
    await reader.close()
    return [
      Measurement(
        name: "password hashes of a domain",
        figure: String(
          format: "%d in %.2f s, %.0f/s; own processor time %.0f %% of it", hashes, seconds,
          Double(hashes) / seconds, share * 100), goal: "bound by the controller"),
      Measurement(
        name: "password hashes, nothing new", figure: String(format: "%.0f ms", delta * 1000),
        goal: "-"),
    ]
  }

  private static func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let times = [usage.ru_utime, usage.ru_stime]
    return times.reduce(0) { $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6 }
  }
}
