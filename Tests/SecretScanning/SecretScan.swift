import CSecretScan
package import Glibc
import ProgramTesting

/// Looks for many secrets at a time, in files, texts, processes and core dumps.
///
/// A test of a running engine makes one of all hashes and passwords of its domain, and expects that
/// each of these finds nothing:
///
///     let scan = SecretScan(users.map { .password($0.password, name: $0.name) })
///     #expect(scan.findings(inFolder: workspace) == [])
///     #expect(scan.findings(inProcess: engine) == [])
///     #expect(try scan.findings(inCoreOf: engine) == [])
package final class SecretScan: Sendable {
  /// Where a secret was found.
  package struct Finding: Hashable, Sendable, CustomStringConvertible {
    /// The secret's name and form.
    package var secret: String
    /// A file with the place in it, or an address.
    package var place: String
    /// Both in one line.
    package var description: String { secret + " at " + place }
  }

  /// Why there was nothing to look through.
  package struct Hindrance: Error, CustomStringConvertible {
    package let description: String
  }

  private struct Pattern: Sendable {
    var name: String
    var masked: [UInt8]
  }

  /// After so many findings it is known that something is wrong.
  private static let most = 200

  private let patterns: [UInt64: [Pattern]]
  private let longest: Int
  private nonisolated(unsafe) let filter: UnsafeMutableRawBufferPointer

  /// A search for all forms of `secrets`.
  package init(_ secrets: [KnownSecret]) {
    filter = .allocate(byteCount: Int(CSS_FILTER), alignment: 64)
    filter.initializeMemory(as: UInt8.self, repeating: 0)
    var patterns: [UInt64: [Pattern]] = [:]
    var longest = 8
    for secret in secrets {
      for form in secret.forms {
        let name = secret.name + " as " + form.name
        patterns[Self.key(form.masked), default: []].append(
          Pattern(name: name, masked: form.masked))
        css_note(
          filter.bindMemory(to: UInt8.self).baseAddress, form.masked, KnownSecret.mask)
        longest = max(longest, form.masked.count)
      }
    }
    self.patterns = patterns
    self.longest = longest
  }

  deinit { filter.deallocate() }

  private static func key(_ masked: [UInt8]) -> UInt64 {
    masked.prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  // MARK: Texts and files

  /// The secrets in a text: an error, an answer, the output of a program.
  package func findings(inText text: String, called place: String = "text") -> [Finding] {
    var found: [Finding] = []
    Array(text.utf8).withUnsafeBytes { look($0, at: 0, in: place, except: [], &found) }
    return found
  }

  /// The secrets in the file at `path`.
  package func findings(inFile path: String) -> [Finding] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var found: [Finding] = []
    var info = stat()
    fstat(descriptor, &info)
    look(descriptor, 0..<UInt(info.st_size), in: path, isOwn: false, &found)
    return found
  }

  /// The secrets in all files at and below `path`, save those whose names end with one of `except`.
  package func findings(inFolder path: String, except: [String] = []) -> [Finding] {
    var found: [Finding] = []
    var waiting = [path]
    while let folder = waiting.popLast() {
      guard let handle = opendir(folder) else { continue }
      defer { closedir(handle) }
      while let entry = readdir(handle) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        guard name != ".", name != ".." else { continue }
        let file = folder + "/" + name
        var info = stat()
        guard lstat(file, &info) == 0 else { continue }
        if info.st_mode & S_IFMT == S_IFDIR { waiting.append(file) }
        guard info.st_mode & S_IFMT == S_IFREG, !except.contains(where: file.hasSuffix) else {
          continue
        }
        found += findings(inFile: file)
      }
    }
    return found
  }

  // MARK: Memory

  /// The secrets in all memory that the process `pid` may write.
  ///
  /// - Throws: ``Hindrance`` if its memory may not be read.
  package func findings(inProcess pid: pid_t) throws -> [Finding] {
    let isOwn = pid == getpid()
    let memory = open("/proc/\(pid)/mem", O_RDONLY | O_CLOEXEC)
    let regions = ProcessMemory.regions(of: String(pid))
    guard memory >= 0, !regions.isEmpty else {
      let words = String(cString: strerror(errno))
      throw Hindrance(description: "The memory of process \(pid) can't be read: \(words)")
    }
    defer { close(memory) }
    var found: [Finding] = []
    for region in regions {
      look(memory, region, in: "process \(pid)", isOwn: isOwn, &found)
    }
    return found
  }

  /// The secrets in a core dump of the process `pid`, which `gcore` makes and which is removed at
  /// once; the process goes on.
  ///
  /// - Throws: ``Hindrance`` if there can be none.
  package func findings(inCoreOf pid: pid_t) throws -> [Finding] {
    var template = Array("/tmp/secret-scan.XXXXXX".utf8CString)
    guard let folder = mkdtemp(&template).map({ String(cString: $0) }) else {
      throw Hindrance(description: "There is no room for a core dump")
    }
    let core = folder + "/core.\(pid)"
    defer {
      unlink(core)
      unlink(folder + "/log")
      rmdir(folder)
    }
    let status = Programs.run(
      ["/usr/bin/gcore", "-a", "-o", folder + "/core", String(pid)], log: folder + "/log")
    guard status == 0, access(core, R_OK) == 0 else {
      throw Hindrance(description: "gcore made no core dump of process \(pid): \(status)")
    }
    return findings(inFile: core)
  }

  /// Whether core dumps can be made here.
  package static let canDump = access("/usr/bin/gcore", X_OK) == 0

  // MARK: The search

  private func look(
    _ descriptor: Int32, _ range: Range<UInt>, in place: String, isOwn: Bool,
    _ found: inout [Finding]
  ) {
    let window = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer {
      if let base = window.baseAddress { explicit_bzero(base, window.count) }
      window.deallocate()
    }
    let start = UInt(bitPattern: window.baseAddress)
    let own = isOwn ? [start..<start + UInt(window.count)] : []
    var at = range.lowerBound
    while at < range.upperBound, found.count < Self.most {
      let wanted = min(window.count, Int(range.upperBound - at))
      let count = pread(descriptor, window.baseAddress, wanted, off_t(at))
      guard count > 0 else { break }
      look(
        UnsafeRawBufferPointer(rebasing: window[..<count]), at: at, in: place, except: own, &found)
      let isLast = count < wanted || at + UInt(count) >= range.upperBound || count <= longest
      // Windows overlap, so that nothing hides on their border.
      at += UInt(isLast ? count : count - longest + 1)
    }
  }

  private func look(
    _ data: UnsafeRawBufferPointer, at start: UInt, in place: String, except: [Range<UInt>],
    _ found: inout [Finding]
  ) {
    let bytes = data.bindMemory(to: UInt8.self)
    let filter = filter.bindMemory(to: UInt8.self).baseAddress
    var at = css_next(filter, bytes.baseAddress, data.count, 0)
    while at < data.count {
      var key: UInt64 = 0
      for index in at..<at + 8 { key = key << 8 | UInt64(bytes[index] ^ KnownSecret.mask) }
      for pattern in patterns[key] ?? [] where matches(pattern, bytes, at) {
        let address = start + UInt(at)
        if except.contains(where: { $0.contains(address) }) { continue }
        let finding = Finding(
          secret: pattern.name, place: place + ", 0x" + String(address, radix: 16))
        if !found.contains(finding) { found.append(finding) }
      }
      at = css_next(filter, bytes.baseAddress, data.count, at + 1)
    }
  }

  private func matches(
    _ pattern: Pattern, _ bytes: UnsafeBufferPointer<UInt8>, _ at: Int
  ) -> Bool {
    guard at + pattern.masked.count <= bytes.count else { return false }
    for (index, byte) in pattern.masked.enumerated()
    where bytes[at + index] != byte ^ KnownSecret.mask {
      return false
    }
    return true
  }
}
