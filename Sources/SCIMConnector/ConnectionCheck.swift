import Directory
import HTTP

/// The connection test of a SCIM server, a finding a line.
struct ConnectionCheck: Sendable {
  let client: SCIMClient

  /// What was tried and seen; it ends with the first thing without which nothing else can work.
  func run() async -> [ConnectionFinding] {
    var findings = address()
    do throws(RequestError) {
      let server = try await client.describe()
      findings.append(
        ConnectionFinding(
          isGood: true, text: "\(url) answers as a SCIM server and takes the token"))
      findings += features(server) + leftOut(server) + dialect
      findings += shared(server)
      findings += hidden(server)
      findings += try await totals(server)
    } catch {
      findings.append(failed(error))
    }
    return findings
  }

  private var url: String { client.settings.baseURL }

  private func address() -> [ConnectionFinding] {
    guard url.lowercased().hasPrefix("http://"), !HTTPURL.isLoopback(url) else { return [] }
    return [
      ConnectionFinding(
        isGood: false, text: "\(url) is not encrypted: everybody on the way can read the token",
        hint: "Use https.")
    ]
  }

  private func failed(_ error: RequestError) -> ConnectionFinding {
    let failure = error.failure(url: url, isStart: true)
    return ConnectionFinding(
      isGood: false,
      text: failure.message + (failure.serverWords.isEmpty ? "" : ": " + failure.serverWords),
      hint: failure.hint)
  }

  private func features(_ server: SCIMServer) -> [ConnectionFinding] {
    let features = server.features
    return [
      ConnectionFinding(
        isGood: features.canFilter, text: "filter: \(word(features.canFilter))",
        hint: features.canFilter
          ? "" : "Every import is a full one, and an unknown outcome can't be found out."),
      ConnectionFinding(
        isGood: true, text: "PATCH: \(word(features.canPatch))",
        hint: features.canPatch
          ? ""
          : "To change an object, all of it is read and sent (PUT), with all members of a group."
      ),
      ConnectionFinding(
        isGood: true,
        text: features.hasBulk
          ? "Bulk: up to \(features.maxOperations) operations, \(features.maxPayloadSize) bytes"
          : "Bulk: not supported; objects are sent one by one"),
      ConnectionFinding(isGood: true, text: "ETag: \(word(features.hasETags))"),
      ConnectionFinding(
        isGood: true, text: "paging: " + (features.hasCursors ? "by cursor" : "by index")),
      ConnectionFinding(
        isGood: server.publishesSchemas, text: "schemas: \(word(server.publishesSchemas))",
        hint: server.publishesSchemas ? "" : "Those of RFC 7643 are assumed."),
    ]
  }

  private func leftOut(_ server: SCIMServer) -> [ConnectionFinding] {
    server.leftOut.map { name, endpoint in
      ConnectionFinding(
        isGood: false,
        text: ServerWords.shown(
          "the resource type \"\(name)\" is left out: its endpoint \"\(endpoint)\" is no path below "
            + url, limit: 400),
        hint: "If its objects are to be synchronized, ask the server's operator for an endpoint "
          + "relative to the base URL (RFC 7643 §6), or correct the URL.")
    }
  }

  private var dialect: [ConnectionFinding] {
    guard client.settings.dialect == .entra else { return [] }
    return [
      ConnectionFinding(
        isGood: true, text: "dialect: that of Entra's provisioning service",
        hint: "Who leaves a group is told by a list, which a server that goes by RFC 7644 takes "
          + "for all members. Until the server has shown what it does, the others are looked after, and "
          + "added again where they went, too.")
    ]
  }

  /// Rules name types, and it matters of which an object is.
  private func shared(_ server: SCIMServer) -> [ConnectionFinding] {
    server.sharedEndpoints.map { endpoint, types in
      let names = types.map { "\"" + $0 + "\"" }
      return ConnectionFinding(
        isGood: true,
        text: ServerWords.shown(
          "\(endpoint) is the endpoint of \(types.count) types: " + names.joined(separator: ", "),
          limit: 200),
        hint: ServerWords.shown(
          "It is read once, and each object is of the type whose schema it has; of \(names[0]) where "
            + "several fit and its meta.resourceType names none. Have the rules name that one.",
          limit: 400))
    }
  }

  // Where all of an object is sent, what was not shown before is lost.
  private func hidden(_ server: SCIMServer) -> [ConnectionFinding] {
    server.resourceTypes.compactMap { type in
      let names = server.neverShown(type)
      guard !names.isEmpty else { return nil }
      guard !server.features.canPatch else {
        return ConnectionFinding(
          isGood: false,
          text: "\(type.endpoint): " + names.joined(separator: ", ") + " is never shown",
          hint: "Nobody can see whether it arrived, so it is sent again with each cycle; what "
            + "somebody else changes of it is not noticed.")
      }
      return ConnectionFinding(
        isGood: false,
        text: "\(type.endpoint): " + names.joined(separator: ", ") + " is never shown, and an "
          + "object can't be changed without sending all of it",
        hint: "No \(type.name) that is there is changed, since that would be lost: ask the "
          + "server's operator for PATCH.")
    }
  }

  private func totals(
    _ server: SCIMServer
  ) async throws(RequestError) -> [ConnectionFinding] {
    var findings: [ConnectionFinding] = []
    var clock: ConnectionFinding?
    for type in SCIMServer.lists(server.resourceTypes) {
      let asked = Timestamp.now
      let (total, date) = try await client.count(type, server.features)
      let size = total.map { "\($0) objects" } ?? "can be listed, and is not counted"
      findings.append(ConnectionFinding(isGood: true, text: "\(type.endpoint): " + size))
      clock = .clock(date, asked: asked, now: .now)
    }
    return findings + [clock].compactMap(\.self)
  }

  private func word(_ isSupported: Bool) -> String { isSupported ? "supported" : "not supported" }
}
