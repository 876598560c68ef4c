import Foundation
import Testing

@testable import Secrets

@Suite("The memory of secrets")
struct LockedMemoryTests {
  /// The kernel's flags of the mapping that has `address` in it.
  private func flags(of address: UInt) throws -> String? {
    var isThere = false
    let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/smaps"))
    let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    for line in text.split(separator: "\n") {
      let range = line.split(separator: " ")[0].split(separator: "-")
      if range.count == 2, let from = UInt(range[0], radix: 16), let end = UInt(range[1], radix: 16)
      {
        isThere = from <= address && address < end
      } else if isThere, line.hasPrefix("VmFlags:") {
        return line + " "
      }
    }
    return nil
  }

  @Test("It is left out of dumps", arguments: [1, 16, 17, 4096])
  func dumps(count: Int) throws {
    let secret = SecretBytes(count: count) { _ in }
    let address = secret.withBytes { UInt(bitPattern: $0.baseAddress) }
    #expect(try flags(of: address)?.contains(" dd ") == true)
  }

  @Test("No secret lies in another one's, also where others were before")
  func apart() {
    func secret(_ number: Int) -> SecretBytes {
      SecretBytes([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number * 37 % 5000))
    }
    var secrets = (0..<900).map(secret)
    for number in secrets.indices where number.isMultiple(of: 3) { secrets[number] = secret(0) }
    for number in secrets.indices where number.isMultiple(of: 3) {
      secrets[number] = secret(number)
    }
    for (number, secret) in secrets.enumerated() {
      #expect(secret.count == number * 37 % 5000)
      let byte = UInt8(truncatingIfNeeded: number)
      #expect(secret.withBytes { $0.allSatisfy { $0 == byte } })
    }
  }

  @Test("What a secret leaves is zero for the next one")
  func zero() {
    for count in [16, 100, 4096, 5000] {
      do { _ = SecretBytes([UInt8](repeating: 7, count: count)) }
      let piece = LockedMemory.allocate(count)
      #expect(count > 4096 || piece.allSatisfy { $0 == 0 })
      LockedMemory.release(piece)
    }
  }
}
