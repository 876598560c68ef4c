public import Configuration
import Glibc

/// The themes to choose from.
public struct ThemeCatalog: Sendable {
  /// One theme of the list.
  public struct Entry: Hashable, Sendable {
    /// Its name.
    public var name: String
    /// One line about it.
    public var summary: String
    /// Its file; nil for the compiled-in one.
    public var file: String?
    /// Why it can't be used, if so.
    public var problem: ConfigurationError?
  }

  private let folders: [String]

  /// A catalogue over folders; of two themes with one name, that of the earlier folder counts.
  public init(folders: [String]) { self.folders = folders }

  /// The themes by name; `terminal` is always among them.
  public var entries: [Entry] {
    var found: [String: Entry] = [:]
    for folder in folders {
      for file in Self.files(in: folder) {
        let name = Theme.baseName(file)
        if found[name] == nil { found[name] = Self.entry(name: name, file: file) }
      }
    }
    if found[Theme.builtInName] == nil {
      found[Theme.builtInName] = Entry(
        name: Theme.builtInName, summary: Theme.builtIn.summary, file: nil, problem: nil)
    }
    return found.values.sorted { $0.name < $1.name }
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
      hint: Spelling.hint(for: name, among: entries.map(\.name)))
  }

  private static func entry(name: String, file: String) -> Entry {
    do {
      return Entry(name: name, summary: try Theme.load(file: file).summary, file: file)
    } catch {
      return Entry(name: name, summary: "", file: file, problem: error)
    }
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
