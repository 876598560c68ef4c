import Directory
import Threads

/// Whether one server can be reached, and how long its certificate lasts.
struct ServerCheck: Sendable {
  let server: LDAPServer
  let settings: LDAPSettings

  /// Days before a certificate's end from which on it is a finding.
  private static let warning = 21

  /// What was seen; the attempt is made on a thread of its own, since it waits for the network.
  func finding() async -> ConnectionFinding {
    await ProbeThread().run(ConnectionProbe(server: server, settings: settings), self)
  }

  fileprivate func finding(_ probe: ConnectionProbe) -> ConnectionFinding {
    do throws(ConnectionProbe.Trouble) {
      guard let facts = try probe.run() else { return .good("\(server) answers") }
      return certificate(facts, now: .now)
    } catch {
      return .bad(probe.error(error).failure(isStart: true))
    }
  }

  /// A certificate that is accepted, and whether it soon is no more.
  func certificate(_ facts: CertificateFacts, now: Timestamp) -> ConnectionFinding {
    let days = Int(facts.notAfter.seconds(since: now) / 86_400)
    let text = "\(server) answers; certificate \(facts.summary)"
    guard days < Self.warning else { return .good(text) }
    return .bad(
      text + ", which is in \(days) days", "Renew it, or no connection will be made any more.")
  }
}

/// A thread for waiting in.
private actor ProbeThread {
  private let executor = ThreadExecutor()
  nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  func run(_ probe: ConnectionProbe, _ check: ServerCheck) -> ConnectionFinding {
    check.finding(probe)
  }
}
