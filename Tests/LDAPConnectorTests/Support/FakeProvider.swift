@testable import LDAPConnector

/// What an OpenLDAP server with content synchronization (RFC 4533) answers, as far as a test does not
/// say otherwise.
enum FakeProvider {
  static let suffix = "dc=example,dc=org"

  /// The answer to `request`; that to one for what changed is `changes`, which begin at `cookie`.
  static func answer(
    _ request: FakeServer.Request, cookie: String = "rid=000",
    changes: () -> FakeServer.Answer = { .init([]) }
  ) -> FakeServer.Answer {
    guard !request.base.isEmpty else {
      return .init([
        SearchEntry(
          dn: "",
          attributes: [
            SearchAttribute("objectClass", "top", "OpenLDAProotDSE"),
            SearchAttribute("supportedControl", ControlOID.syncRequest),
            SearchAttribute("namingContexts", suffix),
          ])
      ])
    }
    guard request.controls.contains(ControlOID.syncRequest) else {
      return .init([
        SearchEntry(
          dn: suffix,
          attributes: [
            SearchAttribute("objectClass", "organization"),
            SearchAttribute("entryUUID", "00000000-0000-0000-0000-000000000001"),
          ])
      ])
    }
    // The beginning is asked for by a filter that nothing matches.
    guard request.filter.first == 0xA2 else { return changes() }
    var answer = FakeServer.Answer([])
    let value = BERWriter.piece(
      BERTag.sequence, BERWriter.piece(BERTag.octets, Array(cookie.utf8)))
    answer.controls = [ServerControl(SyncControls.done, value: value)]
    return answer
  }
}
