public import Configuration
import Glibc

/// The themes to choose from.
public struct ThemeCatalog: Sendable {
  private let folders: [String]

  /// A catalogue over folders; of two themes with one name, that of the earlier folder counts.
  public init(folders: [String]) { self.folders = folders }

  /// The themes by name; `terminal` is always among them.
  ///
  /// No file is read: whether a theme can be used is told when somebody wants it, so that a console
  /// does not begin with reading them all.
  public var names: [String] {
    var found: Set = [Theme.builtInName]
    for folder in folders {
      for file in Self.files(in: folder) { found.insert(Theme.baseName(file)) }
    }
    return found.sorted()
  }

  /// Loads a theme by name, or by path when the name has a slash in it.
  ///
  /// - Throws: ``ConfigurationError`` when there is none of that name, or its file is not valid.
  public func theme(named name: String) throws(ConfigurationError) -> Theme {
    if name.contains("/") { return try Theme.load(file: name) }
    for folder in folders {
      let file = "\(folder)/\(name).toml"
      if FileStamp(path: file) != nil { return try Theme.load(file: file) }
    }
    if name == Theme.builtInName { return .builtIn }
    throw ConfigurationError(
      message: "there is no theme \"\(name)\"",
      hint: Spelling.hint(for: name, among: names))
  }

  private static func files(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var files: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name.hasSuffix(".toml"), !name.hasPrefix(".") { files.append("\(folder)/\(name)") }
    }
    return files
  }
}

/// A file's state, to be told when it becomes another.
struct FileStamp: Hashable, Sendable {
  var path: String
  private var inode: UInt
  private var size: Int
  private var seconds: Int
  private var nanoseconds: Int

  /// The file's state now; nil when there is none.
  init?(path: String) {
    var info = stat()
    guard stat(path, &info) == 0 else { return nil }
    self.path = path
    inode = UInt(info.st_ino)
    size = Int(info.st_size)
    seconds = info.st_mtim.tv_sec
    nanoseconds = info.st_mtim.tv_nsec
  }
}
