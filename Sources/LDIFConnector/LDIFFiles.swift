import Directory

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// One file of an import, as it was found.
struct LDIFFile: Hashable, Sendable {
  var path: String
  /// The size in bytes.
  var size: Int
  /// What changes when the file is written to: modification time and inode.
  var stamp: String
  /// When it was written to last, in nanoseconds since 1970.
  var modified: Int

  /// The last part of the path.
  var name: String { path.split(separator: "/").last.map(String.init) ?? path }
}

/// Finds files and says what keeps them from being read.
enum LDIFFiles {
  /// The files that `paths` name, folders replaced by their LDIF files in the order of names.
  static func content(_ paths: [String]) throws(ConnectorFailure) -> [LDIFFile] {
    guard !paths.isEmpty else {
      throw ConnectorFailure(
        .badConfiguration, message: "No content file is named",
        hint: "Name the LDIF file, or the folder of files, in the connector's configuration")
    }
    var files: [LDIFFile] = []
    for path in paths {
      let info = try status(path)
      guard info.st_mode & S_IFMT == S_IFDIR else {
        files.append(try regular(path, info))
        continue
      }
      let found = try folder(path)
      guard !found.isEmpty else {
        throw ConnectorFailure(
          .noStartFileNotFound, message: "The folder \(path) holds no *.ldif or *.ldf file",
          hint: "Put the exported files there, or name another folder")
      }
      files += found
    }
    if let empty = files.first(where: { $0.size == 0 }) {
      throw ConnectorFailure(
        .noStartFileOpen, message: "The content file \(empty.path) is empty",
        hint: "Export the directory again; nothing is deleted because of an empty file")
    }
    return files
  }

  /// The LDIF files in the folder `path`, in the order of their names' bytes.
  static func folder(_ path: String) throws(ConnectorFailure) -> [LDIFFile] {
    guard let handle = opendir(path) else { throw failure(path, errno) }
    defer { closedir(handle) }
    var names: [String] = []
    while let entry = readdir(handle) {
      let bytes = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: UInt8.self, capacity: 256) { start in
          Array(UnsafeBufferPointer(start: start, count: strnlen(start, 256)))
        }
      }
      let name = String(decoding: bytes, as: UTF8.self)
      let lower = name.lowercased()
      if !name.hasPrefix("."), lower.hasSuffix(".ldif") || lower.hasSuffix(".ldf") {
        guard Array(name.utf8) == bytes else { throw notUTF8(path, bytes) }
        names.append(name)
      }
    }
    var files: [LDIFFile] = []
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let file = path.hasSuffix("/") ? path + name : path + "/" + name
      files.append(try regular(file, try status(file)))
    }
    return files
  }

  private static func notUTF8(_ folder: String, _ name: [UInt8]) -> ConnectorFailure {
    let shown = name.map { byte -> String in
      (0x20...0x7E).contains(byte) && byte != 0x5C
        ? String(Character(UnicodeScalar(byte))) : "\\x" + Hexadecimal.encode([byte])
    }.joined()
    return ConnectorFailure(
      .noStartFileOpen,
      message: "The folder \(folder) holds a file whose name is not UTF-8: \(shown)",
      hint: "Rename the file; nothing is imported while it is unclear whether it belongs to it")
  }

  private static func regular(_ path: String, _ info: stat) throws(ConnectorFailure) -> LDIFFile {
    guard info.st_mode & S_IFMT != S_IFDIR else {
      throw ConnectorFailure(
        .noStartFileOpen, message: "\(path) is a folder, though it is called as a file is",
        hint: "Give the folder another name, or take it away; folders in folders are not read")
    }
    guard info.st_mode & S_IFMT == S_IFREG else {
      throw ConnectorFailure(
        .noStartFileOpen, message: "\(path) is neither a file nor a folder",
        hint: "Name a regular file")
    }
    let time = info.st_mtim
    return LDIFFile(
      path: path, size: Int(info.st_size), stamp: "\(time.tv_sec).\(time.tv_nsec).\(info.st_ino)",
      modified: time.tv_sec &* 1_000_000_000 &+ time.tv_nsec)
  }

  /// Whether the last byte of a file is a line end.
  static func endsWithLineEnd(_ file: LDIFFile) throws(LDIFFileError) -> Bool {
    guard let stream = fopen(file.path, "re") else {
      throw LDIFFileError(path: file.path, operation: "open", code: errno)
    }
    defer { fclose(stream) }
    guard fseek(stream, -1, SEEK_END) == 0 else { return true }
    return fgetc(stream) == 0x0A
  }

  private static func status(_ path: String) throws(ConnectorFailure) -> stat {
    var info = stat()
    guard stat(path, &info) == 0 else { throw failure(path, errno) }
    return info
  }

  /// The failure to open `path` with the system's error number `code`.
  static func failure(_ path: String, _ code: Int32) -> ConnectorFailure {
    let words = String(cString: strerror(code))
    let message = "\(path) cannot be read"
    switch code {
    case ENOENT, ENOTDIR:
      return ConnectorFailure(
        .noStartFileNotFound, message: message, serverWords: words,
        hint: "Put the file there, or correct the path in the connector's configuration")
    case EACCES, EPERM:
      return ConnectorFailure(
        .noStartFileAccessDenied, message: message, serverWords: words,
        hint: "Let the service's account read the file and enter its folders")
    default:
      return ConnectorFailure(
        .noStartFileOpen, message: message, serverWords: words,
        hint: "Look at the file and its disk")
    }
  }

  /// The failure of a reader, before or while it reads.
  static func failure(_ error: LDIFFileError) -> ConnectorFailure {
    guard error.operation == "open" else {
      return ConnectorFailure(
        .stoppedImportRead, message: "Reading \(error.path) failed", serverWords: error.words,
        hint: "Look at the file and its disk, then run the import again")
    }
    return failure(error.path, error.code)
  }
}
