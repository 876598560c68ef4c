import TestSupport
import Testing

@testable import Workspace

@Suite("Addresses to which a secret may go")
struct SafeURLTests {
  @Test(
    "HTTPS with a host is one, and plain HTTP at this machine",
    arguments: [
      "https://graph.microsoft.com/v1.0", "HTTPS://Host", "https://host:8443/a?b#c",
      "https://[::1]",
      "https://10.0.0.1", "https://xn--bcher-kva.example/", "https://host.", "http://localhost",
      "http://LOCALHOST:80/scim", "http://127.0.0.1", "http://127.0.0.1:1/", "http://127.9.9.9?x",
      "http://127.0.0.1#x", "http://[::1]", "http://[::1]:8080/x", "HTTP://localhost/",
    ])
  func safe(url: String) { #expect(SafeURL.isSafe(url)) }

  @Test(
    "Plain HTTP elsewhere, other protocols, names in it, and what has no host are none",
    arguments: [
      "", "https", "https:", "https:/host", "https://", "https:///", "https:///host",
      "https://:443",
      "https://?x", "https://#x", "http://", "http:///", "http://host", "http://10.0.0.1",
      "http://localhost.evil.test", "http://127.0.0.1.evil.test", "http://evil.test/localhost",
      "http://evil.test?127.0.0.1", "http://evil.test#localhost", "http://127.0.0.1@evil.test",
      "http://localhost:80@evil.test", "https://user@host", "https://user:secret@host",
      "https://host/path@x", "http://[::1]evil.test", "http://[::1].evil.test/", "http://[::1",
      "http://[::2]", "http://0.0.0.0", "http://127.1.evil", "http://127.0.0.256",
      "ftp://localhost",
      "file:///etc/passwd", "//localhost", "localhost", " https://host", "\thttps://host",
      "http://localhost\\@evil.test", "http://localhost\\.evil.test",
      "http://localhost%2eevil.test",
      "http://localhost evil.test", "http://localhost\0.evil.test", "http://loc\u{AD}alhost",
      "http://ｌocalhost", "http://localhost\u{301}", "http://127。0。0。1", "http://127.0.0.1\u{3002}",
    ])
  func unsafe(url: String) { #expect(!SafeURL.isSafe(url), "\(url.debugDescription)") }

  /// The host that a client goes to by RFC 3986 §3.2, read byte by byte; nil without one.
  private func host(_ url: String) -> String? {
    var rest = Array(url.utf8)[...]
    for byte in "http://".utf8 {
      guard let next = rest.popFirst(), next | 0x20 == byte | 0x20 else { return nil }
    }
    var authority = rest.prefix { !"/?#".utf8.contains($0) }
    if let at = authority.lastIndex(of: 0x40) { authority = authority[(at + 1)...] }
    let isBracketed = authority.first == 0x5B
    let end = isBracketed ? authority.firstIndex(of: 0x5D) : authority.firstIndex(of: 0x3A)
    if isBracketed {
      guard let end else { return nil }
      return String(decoding: authority[(authority.startIndex + 1)..<end], as: UTF8.self)
    }
    return String(decoding: authority[..<(end ?? authority.endIndex)], as: UTF8.self)
  }

  @Test(
    "Whatever is put before, into and behind the name of this machine, no other host is taken for it",
    arguments: 1...60)
  func anyPlace(seed: Int) {
    var random = SeededRandom(scattering: seed)
    let pieces = [
      "localhost", "127.0.0.1", "[::1]", "evil.test", "@", ":", "/", "?", "#", "\\", ".", "%",
      "%40",
      "80", "[", "]", " ", "\t", "\0", "\u{301}", "é", "//", "http://", ";", "&", "=",
    ]
    for _ in 0..<200 {
      let url = "http://" + random.text(pieces, count: 1...6)
      guard SafeURL.isSafe(url) else { continue }
      let found = host(url).map { $0.lowercased() } ?? ""
      let isHere = ["localhost", "::1"].contains(found) || found.hasPrefix("127.0.0.1")
      #expect(isHere && !found.hasSuffix("test"), "\(url.debugDescription): \(found)")
      #expect(!url.contains("@"))
    }
  }
}
