import Foundation
import GRDB

/// A database that this account can't write to, and that nobody is writing to: on a disk that is
/// mounted for reading, or in another account's folder.
///
/// SQLite would make files beside it to read it (sqlite.org/wal.html §5). Without them it takes nobody
/// else's writes into account, so it is read so only as long as there is no journal.
enum StillStore {
  /// Opens `path` as it stands; nil if this account may write there, or if it has a journal.
  static func open(
    _ path: String, configuration: GRDB.Configuration,
    isWritable: (String) -> Bool = Self.isWritable
  ) throws -> DatabaseQueue? {
    guard let uri = uri(of: path, isWritable: isWritable) else { return nil }
    var configuration = configuration
    configuration.readonly = true
    return try DatabaseQueue(path: uri, configuration: configuration)
  }

  /// By what SQLite opens `path` as a file that does not change (sqlite.org/uri.html §3.2); nil where
  /// it may.
  static func uri(of path: String, isWritable: (String) -> Bool = Self.isWritable) -> String? {
    let path = FileCare.real(path)
    guard !isWritable(path) || !isWritable(FileCare.folder(of: path)), !hasJournal(path),
      let name = path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
    else { return nil }
    return "file:" + name + "?mode=ro&immutable=1"
  }

  /// Whether somebody has written to `path`, or may be about to.
  static func hasJournal(_ path: String) -> Bool {
    FileCare.journals.contains { access(FileCare.real(path) + $0, F_OK) == 0 }
  }

  private static func isWritable(_ path: String) -> Bool { access(path, W_OK) == 0 }
}
