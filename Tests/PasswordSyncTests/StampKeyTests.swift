import Glibc
import SecretScanning
import Secrets
import Testing

@testable import PasswordSync

@Suite("The key of stamps")
struct StampKeyTests {
  /// A folder of its own that goes away with it.
  private final class Folder {
    let path: String
    init() throws {
      var template = Array("/tmp/stamp-key.XXXXXX".utf8CString)
      path = try #require(mkdtemp(&template).map { String(cString: $0) })
    }
    deinit {
      for name in files { unlink(path + "/" + name) }
      rmdir(path)
    }
    var files: [String] {
      guard let handle = opendir(path) else { return [] }
      defer { closedir(handle) }
      var names: [String] = []
      while let entry = readdir(handle) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name != ".", name != ".." { names.append(name) }
      }
      return names
    }
  }

  private let hash = PasswordHash.ntHash(of: "Pa$$w0rd")

  private func key(_ byte: UInt8) -> StampKey {
    StampKey(SecretBytes([UInt8](repeating: byte, count: StampKey.length)))
  }

  @Test("It is made at first, whole and for its owner alone, and is the same one from then on")
  func made() throws {
    let folder = try Folder()
    let file = folder.path + "/stamp.key"
    let first = try StampKey.load(file: file)
    let second = try StampKey.load(file: file)
    var info = stat()
    #expect(stat(file, &info) == 0)
    #expect(info.st_mode & 0o777 == 0o600)
    #expect(info.st_size == StampKey.length)
    #expect(folder.files == ["stamp.key"], "nothing half-made is left")
    let stamps = [first, second].map { $0.stamp(anchor: "a", hash: hash, changed: nil) }
    #expect(stamps[0] == stamps[1])
    let other = try StampKey.load(file: folder.path + "/other.key")
    #expect(other.stamp(anchor: "a", hash: hash, changed: nil) != stamps[0])
  }

  @Test("Many who make it at the same time all have the same one")
  func race() async throws {
    let folder = try Folder()
    let file = folder.path + "/stamp.key"
    let hash = hash
    let stamps = try await withThrowingTaskGroup(of: String.self) { group in
      for _ in 0..<32 {
        group.addTask {
          try StampKey.load(file: file).stamp(anchor: "a", hash: hash, changed: nil)
        }
      }
      return try await group.reduce(into: Set<String>()) { $0.insert($1) }
    }
    #expect(stamps.count == 1)
    #expect(folder.files == ["stamp.key"])
  }

  @Test(
    "One that others may read is refused, and told how to mend", arguments: [0o644, 0o640, 0o604])
  func open(_ mode: mode_t) throws {
    let folder = try Folder()
    let file = folder.path + "/stamp.key"
    _ = try StampKey.load(file: file)
    chmod(file, mode)
    let error = try #require(throws: StampKeyError.self) { try StampKey.load(file: file) }
    #expect(error.message.contains("open to others"))
    #expect(error.hint.contains("chmod 600 \(file)"))
  }

  @Test("One of another length is refused", arguments: [0, 31, 33])
  func length(_ count: Int) throws {
    let folder = try Folder()
    let file = folder.path + "/stamp.key"
    let descriptor = Glibc.open(file, O_WRONLY | O_CREAT, 0o600)
    #expect(write(descriptor, [UInt8](repeating: 1, count: 40), count) == count)
    Glibc.close(descriptor)
    let error = try #require(throws: StampKeyError.self) { try StampKey.load(file: file) }
    #expect(error.message.contains("32 bytes"))
  }

  @Test("A link, a folder, and a place that is not there are refused")
  func noFile() throws {
    let folder = try Folder()
    let file = folder.path + "/stamp.key"
    _ = try StampKey.load(file: file)
    symlink(file, folder.path + "/link")
    #expect(throws: StampKeyError.self) { try StampKey.load(file: folder.path + "/link") }
    #expect(throws: StampKeyError.self) { try StampKey.load(file: folder.path) }
    let error = try #require(throws: StampKeyError.self) {
      try StampKey.load(file: folder.path + "/none/stamp.key")
    }
    #expect(error.message.contains("No such file"))
  }

  @Test("A stamp differs with account, hash, time and key, and with nothing else")
  func stamps() {
    let other = PasswordHash.ntHash(of: "other")
    let stamps = [
      key(1).stamp(anchor: "a", hash: hash, changed: "1"),
      key(1).stamp(anchor: "b", hash: hash, changed: "1"),
      key(1).stamp(anchor: "a", hash: other, changed: "1"),
      key(1).stamp(anchor: "a", hash: hash, changed: "2"),
      key(1).stamp(anchor: "a", hash: hash, changed: nil),
      key(2).stamp(anchor: "a", hash: hash, changed: "1"),
      key(1).stamp(anchor: "a1", hash: hash, changed: nil),
    ]
    #expect(Set(stamps).count == stamps.count)
    #expect(
      key(1).stamp(anchor: "a", hash: PasswordHash.ntHash(of: "Pa$$w0rd"), changed: "1")
        == stamps[0])
    #expect(key(1).stamp(anchor: "a", hash: nil, changed: "1") == "")
  }

  @Test("A stamp is the HMAC that RFC 2104 says, of parts whose lengths go before them")
  func vector() {
    // By Python: hmac.new(b"\x01" * 32, (1).to_bytes(8, "big") + b"a" + (1).to_bytes(8, "big")
    // + b"1" + hash, "sha256").
    let expected = "9358152fb418ff2d68263e31ab7b1dd041094cbc19eecfd5ad826d3abf9be7f7"
    #expect(key(1).stamp(anchor: "a", hash: hash, changed: "1") == "h1 " + expected)
  }

  @Test("Of a hash no stamp shows anything, and making one leaves no hash behind")
  func leftovers() {
    let masked = (0..<16).map { _ in UInt8.random(in: 0...255) ^ 0xA5 }
    let scan = MemoryScan(count: 16) { masked[$0] ^ 0xA5 }
    let key = key(7)
    let counts = MemoryScan.counts([scan]) {
      let hash = SecretBytes(
        masked, changedBy: { memory in for index in 0..<16 { memory[index] ^= 0xA5 } })
      _ = key.stamp(anchor: "anchor", hash: hash, changed: "1")
      _ = key.token(of: hash)
    }
    #expect(counts == [0])
  }
}
