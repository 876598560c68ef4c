import CNettle
import Directory
import Glibc
public import Secrets

/// The key by which hashes that were read from an attribute are told apart without being kept.
///
/// A stamp is an HMAC-SHA256 (RFC 2104, FIPS 180-4) of account, hash and time. Whoever has a store
/// full of stamps but not the key can try no passwords on them, and sees not even who has the same
/// one. A new key makes all stamps new, so that every password is sent once more.
public struct StampKey: Sendable {
  /// The length of a key in bytes.
  public static let length = 32

  private let key: SecretBytes

  /// The key of these bytes.
  public init(_ key: SecretBytes) { self.key = key }

  /// A stamp of an account with the anchor `anchor`, whose password has the hash `hash` and was set
  /// when `changed` says, as the directory writes it; empty if the account has no hash.
  ///
  /// Accounts with the same password have different stamps.
  public func stamp(anchor: String, hash: SecretBytes?, changed: String?) -> String {
    guard let hash else { return "" }
    let digest = digest { add in
      // Each part with its length before it, so that no two lists of parts are the same bytes.
      for text in [anchor, changed ?? ""] {
        let bytes = Array(text.utf8)
        Self.bigEndian(bytes.count).withUnsafeBytes(add)
        bytes.withUnsafeBytes(add)
      }
      hash.withBytes(add)
    }
    return "h1 " + Hexadecimal.encode(digest)
  }

  /// A text that stands for `hash` while it is read, and is the same for the same hash.
  public func token(of hash: SecretBytes) -> String {
    Hexadecimal.encode(digest { add in hash.withBytes(add) })
  }

  private func digest(_ parts: ((UnsafeRawBufferPointer) -> Void) -> Void) -> [UInt8] {
    var context = hmac_sha256_ctx()
    defer { explicit_bzero(&context, MemoryLayout<hmac_sha256_ctx>.size) }
    key.withBytes {
      nettle_hmac_sha256_set_key(&context, $0.count, $0.bindMemory(to: UInt8.self).baseAddress)
    }
    parts { part in
      guard part.count > 0 else { return }
      nettle_hmac_sha256_update(
        &context, part.count, part.bindMemory(to: UInt8.self).baseAddress)
    }
    var out = [UInt8](repeating: 0, count: 32)
    nettle_hmac_sha256_digest(&context, out.count, &out)
    cn_scrub_stack()
    return out
  }

  private static func bigEndian(_ count: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(count).bigEndian) { Array($0) }
  }
}

/// Why the key of stamps can't be had.
public struct StampKeyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What failed, on which file, and why in the system's words.
  public var message: String
  /// What to do next.
  public var hint: String
  /// The error in one line.
  public var description: String { message + ". " + hint }
}

extension StampKey {
  /// The key in the file at `path`, which is made with a random one if it is not there.
  ///
  /// The file is its owner's alone (mode 0600). It appears whole or not at all, and of two who make
  /// it at the same time both take what the first has made.
  ///
  /// - Throws: ``StampKeyError`` if it can't be read or made, is open to others, or holds no key.
  public static func load(file path: String) throws(StampKeyError) -> StampKey {
    if let key = try read(path) { return key }
    try make(path)
    if let key = try read(path) { return key }
    throw StampKeyError(
      message: "The key file \(path) went away as soon as it was made",
      hint: "Let no other program clean up in its folder")
  }

  /// The key that is there; nil if there is no file.
  private static func read(_ path: String) throws(StampKeyError) -> StampKey? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw system("be opened", path)
    }
    defer { close(descriptor) }
    var info = stat()
    guard fstat(descriptor, &info) == 0 else { throw system("be read", path) }
    guard info.st_mode & S_IFMT == S_IFREG else {
      throw StampKeyError(
        message: "The key file \(path) is no regular file", hint: "Take away what stands there")
    }
    guard info.st_mode & 0o077 == 0 else {
      throw StampKeyError(
        message: "The key file \(path) is open to others than its owner",
        hint:
          "Run: chmod 600 \(path). If others may have read it, remove it instead: all passwords "
          + "are then sent once more")
    }
    guard info.st_uid == geteuid() else {
      throw StampKeyError(
        message: "The key file \(path) belongs to another account",
        hint: "Run: chown to the account that runs this program")
    }
    var count = 0
    var isLonger = false
    let key = SecretBytes(count: length) { room in
      while count < length {
        let got = Glibc.read(descriptor, room.baseAddress.map { $0 + count }, length - count)
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { return }
        count += got
      }
      var more: UInt8 = 0
      isLonger = Glibc.read(descriptor, &more, 1) > 0
    }
    guard count == length, !isLonger else {
      throw StampKeyError(
        message: "The key file \(path) does not hold \(length) bytes",
        hint: "Remove it: a new one is made, and all passwords are sent once more")
    }
    return StampKey(key)
  }

  private static func make(_ path: String) throws(StampKeyError) {
    let key = SecretBytes(count: length) { room in
      var generator = SystemRandomNumberGenerator()
      for index in 0..<length { room[index] = UInt8.random(in: 0...255, using: &generator) }
    }
    var name = Array((path + ".XXXXXX").utf8CString)
    let descriptor = mkstemp(&name)
    guard descriptor >= 0 else { throw system("be made", path) }
    defer {
      close(descriptor)
      unlink(name)
    }
    // mkstemp makes it with mode 0600 less what umask takes.
    let isWritten =
      fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0 && fchmod(descriptor, 0o600) == 0
      && key.withBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) } == length
      && fsync(descriptor) == 0
    guard isWritten else { throw system("be written", path) }
    // A link never replaces what is there.
    guard link(name, path) == 0 || errno == EEXIST else { throw system("be made", path) }
    let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let handle = open(folder.isEmpty ? "/" : folder, O_RDONLY | O_CLOEXEC | O_DIRECTORY)
    if handle >= 0 {
      fsync(handle)
      close(handle)
    }
  }

  private static func system(_ what: String, _ path: String) -> StampKeyError {
    let words = String(cString: strerror(errno))
    return StampKeyError(
      message: "The key file \(path) can't \(what): \(words)",
      hint: "Let the engine's account read and write in its folder")
  }
}
