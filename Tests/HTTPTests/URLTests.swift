import Testing

@testable import HTTP

@Suite("Addresses")
struct URLTests {
  @Test(
    "have the host that a client would go to",
    arguments: [
      ("https://graph.microsoft.com/v1.0/users", "graph.microsoft.com"),
      ("HTTPS://Graph.Microsoft.COM", "graph.microsoft.com"), ("http://host:8080/a", "host"),
      ("http://host?x=http://other/", "host"), ("http://host#@other", "host"),
      ("http://user:secret@host:1/", "host"), ("http://user@mail@host/", "host"),
      // What stands before the last @ is a name, however much it looks like a host.
      ("http://127.0.0.1@evil.test/", "evil.test"), ("http://127.0.0.1:80@evil.test", "evil.test"),
      ("http://host/path@127.0.0.1", "host"), ("http://[2001:DB8::1]:443/x", "2001:db8::1"),
      ("http://user@[::1]/", "::1"), ("ldap://dc1.contoso.test:389", "dc1.contoso.test"),
    ])
  func hosts(url: String, host: String) {
    #expect(HTTPURL.host(url) == host)
  }

  @Test(
    "without a host have none",
    arguments: [
      "", "host", "host/path", "//host", "http:/host", "http:host", "http://", "http:///path",
      "http://:80/", "http://user@/", "http://[::1", "http://?x", "://",
    ])
  func hostless(url: String) {
    #expect(HTTPURL.host(url) == nil)
    #expect(!HTTPURL.isLoopback(url))
  }

  @Test(
    "of this machine are all of 127.0.0.0/8, ::1 and localhost",
    arguments: [
      "http://127.0.0.1", "http://127.0.0.1:8080/scim", "http://127.255.255.254/",
      "http://localhost",
      "http://LOCALHOST:9", "http://tenant.localhost/", "http://[::1]:8080/", "http://u@127.0.0.1/",
    ])
  func loopback(url: String) {
    #expect(HTTPURL.isLoopback(url))
  }

  @Test(
    "of other machines are not taken for it",
    arguments: [
      "http://128.0.0.1", "http://27.0.0.1", "http://127.0.0.1.evil.test/", "http://127.0.0",
      "http://127.0.0.256", "http://127.0.0.1.", "http://127.0.0.1@evil.test",
      "http://localhost.test",
      "http://notlocalhost/", "http://evil.test/localhost", "http://evil.test?127.0.0.1",
      "http://evil.test#@localhost", "http://[::2]/", "http://[::ffff:10.0.0.1]/", "http://0.0.0.0",
      "http://127.0.0.-1", "http://127..0.1", "http://127.0.0.x", "http://127.+0.0.1",
      "http://127.0.0.0x1", "http://127.0.0.٣",
      "http://localhost\0.test", "http://127.0.0.1\0", "http://localhost\0.localhost",
    ])
  func others(url: String) {
    #expect(!HTTPURL.isLoopback(url))
  }

  @Test("Only what RFC 3986 §2.3 does not reserve stays as it is")
  func unreserved() {
    let kept = Set(
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".unicodeScalars)
    for code in UInt8(0)..<128 {
      let scalar = Unicode.Scalar(code)
      let digits = String(code, radix: 16, uppercase: true)
      let encoded = "%" + (code < 16 ? "0" : "") + digits
      #expect(HTTPURL.encode(String(scalar)) == (kept.contains(scalar) ? String(scalar) : encoded))
    }
    #expect(HTTPURL.encode("é日😀") == "%C3%A9%E6%97%A5%F0%9F%98%80")
    #expect(HTTPURL.encode("\r\nX: y") == "%0D%0AX%3A%20y")
    #expect(HTTPURL.encode("") == "")
  }

  @Test("What is encoded is decoded to the same bytes", arguments: 0..<20)
  func decoded(seed: Int) {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    var text = ""
    for _ in 0..<60 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      if let scalar = Unicode.Scalar(
        UInt32(state >> 33) % (seed.isMultiple(of: 2) ? 0x180 : 0x11_0000))
      {
        text.unicodeScalars.append(scalar)
      }
    }
    var bytes: [UInt8] = []
    var rest = Array(HTTPURL.encode(text).utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == 0x25 else {
        bytes.append(byte)
        continue
      }
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      bytes.append(UInt8(digits, radix: 16) ?? 0)
      rest = rest.dropFirst(2)
    }
    #expect(bytes == Array(text.utf8))
  }

  @Test(
    "A text is found in another by its bytes, at its first place",
    arguments: [
      ("abcabc", "bc", 1), ("abc", "abc", 0), ("abc", "abcd", -1), ("", "a", -1), ("aab", "ab", 1),
      ("é://", "://", 2), ("e\u{301}x", "x", 3), ("a:\u{301}//://", "://", 6),
    ])
  func found(text: String, part: String, offset: Int) {
    let range = text.range(of: part)
    #expect(
      range.map { text.utf8.distance(from: text.startIndex, to: $0.lowerBound) } ?? -1 == offset)
    if let range { #expect(Array(text.utf8[range]) == Array(part.utf8)) }
  }
}
