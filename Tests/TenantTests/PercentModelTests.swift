import Secrets
import TestSupport
import Testing

@testable import Tenant

@Suite("Percent escapes of any text")
struct PercentModelTests {
  /// Escapes some bytes, in digits of any case; those that mean something are always escaped.
  private func escaped(_ bytes: [UInt8], isQuery: Bool, _ random: inout SeededRandom) -> String {
    var out: [UInt8] = []
    for byte in bytes {
      let isMeaning = byte == 0x25 || byte == 0x2B && isQuery || byte == 0x26 || byte == 0x3D
      if byte == 0x20, isQuery, random.chance(50) {
        out.append(0x2B)
      } else if isMeaning || byte >= 0x80 || random.chance(40) {
        let digits = String(byte, radix: 16, uppercase: random.chance(50))
        out += Array(("%" + (digits.utf8.count == 1 ? "0" : "") + digits).utf8)
      } else {
        out.append(byte)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  @Test("What was escaped is read as it was, to the last byte", arguments: 1...40, [true, false])
  func roundTrip(seed: Int, isQuery: Bool) {
    var random = SeededRandom(scattering: seed)
    for _ in 0..<40 {
      let text = random.text()
      let written = escaped(Array(text.utf8), isQuery: isQuery, &random)
      let read = Percent.decode(written, isQuery: isQuery)
      #expect(read.map { Array($0.utf8) } == Array(text.utf8), "\(written)")
    }
  }

  @Test("Bytes that are no UTF-8 are no text")
  func invalid() {
    for bytes in ["%FF", "%C3", "%C3%28", "%ED%A0%80", "%F8%88%80%80%80", "%C0%AF", "a%80b"] {
      #expect(Percent.decode(bytes, isQuery: false) == nil, "\(bytes)")
    }
    for broken in ["%", "%4", "%G0", "%0G", "%%", "a%", "%-1", "% 1", "%+1", "%é"] {
      #expect(Percent.decode(broken, isQuery: true) == nil, "\(broken)")
      #expect(Percent.parameters("a=" + broken) == nil && Percent.parameters(broken + "=a") == nil)
    }
  }

  @Test("Parameters are read by name and value, whatever stands in them", arguments: 1...40)
  func parameters(seed: Int) {
    var random = SeededRandom(scattering: 100 + seed)
    var meant: [String: String] = [:]
    var pairs: [String] = []
    for number in 0..<Int.random(in: 0...6, using: &random) {
      let name = "n\(number)" + random.text(count: 0...2)
      let value = random.text(count: 0...4)
      meant[name] = value
      let written = escaped(Array(name.utf8), isQuery: true, &random)
      let isBare = value.isEmpty && random.chance(50)
      pairs.append(
        isBare ? written : written + "=" + escaped(Array(value.utf8), isQuery: true, &random))
    }
    if random.chance(30) { pairs.insert("", at: 0) }
    let query = pairs.joined(separator: "&")
    #expect(Percent.parameters(query) == meant, "\(query)")
  }

  @Test("A form gives its fields as a query does, and the password apart", arguments: 1...40)
  func forms(seed: Int) throws {
    var random = SeededRandom(scattering: 200 + seed)
    let password = random.text(count: 0...6)
    let name = random.text(count: 0...3)
    let written = escaped(Array(password.utf8), isQuery: true, &random)
    let user = escaped(Array(name.utf8), isQuery: true, &random)
    var parts = ["username=" + user, "password=" + written, "scope=openid"]
    parts.shuffle(using: &random)
    var bytes = Array(parts.joined(separator: "&").utf8)
    let form = try #require(FormBody(&bytes))
    #expect(form.password?.withBytes { Array($0) } == Array(password.utf8))
    #expect(form.fields == ["username": name, "scope": "openid"])
    #expect(bytes.allSatisfy { $0 == 0 })
  }

  @Test("A secret need not be UTF-8: its bytes are what counts")
  func binaryPassword() throws {
    var bytes = Array("password=%FF%00%C3x+".utf8)
    let form = try #require(FormBody(&bytes))
    #expect(form.password?.withBytes { Array($0) } == [0xFF, 0, 0xC3, 0x78, 0x20])
  }
}
