import CSystem
import Configuration
import Foundation
import Secrets
import Workspace

/// Reads a password from a terminal without showing it, from standard input, or from a file.
///
/// It is never an argument: those are seen by everybody on the machine.
enum PasswordInput {
  /// The longest password in bytes of UTF-8.
  static let longest = 4096

  /// The password in the first line of what `descriptor` gives, or typed there after `prompt`.
  ///
  /// - Parameters:
  ///   - descriptor: The terminal, or what has the password in its first line.
  ///   - prompt: What is shown at a terminal.
  ///   - signals: A descriptor that can be read once the program is told to end; -1 for none.
  /// - Throws: ``WorkspaceError`` if there is none, it is too long, or the person gave up.
  static func read(
    from descriptor: Int32 = STDIN_FILENO, prompt: String, signals: Int32 = -1
  ) throws(WorkspaceError) -> SecretBytes {
    // No memory image of a program that holds one.
    _ = cs_disable_core_dumps()
    let isTerminal = isatty(descriptor) == 1
    let password =
      isTerminal
      ? try typed(descriptor, prompt, signals)
      : try line { byte in Glibc.read(descriptor, &byte, 1) == 1 }
    guard password.count > 0 else {
      throw WorkspaceError(
        .usage, message: "No password was given",
        hint: "Type it when asked, give it on standard input, or name a --password-file")
    }
    return password
  }

  /// The password in the file at `path`, which must be open to its owner only.
  ///
  /// - Throws: ``ConfigurationError``.
  static func read(file path: String) throws(ConfigurationError) -> SecretBytes {
    _ = cs_disable_core_dumps()
    let secret = try SecretReference(.file(path)).resolve(
      relativeTo: FileManager.default.currentDirectoryPath)
    return secret.withValue { SecretBytes($0.utf8) }
  }

  private static func line(
    _ next: (inout UInt8) -> Bool
  ) throws(WorkspaceError) -> SecretBytes {
    var (length, isTooLong) = (0, false)
    let room = SecretBytes(count: longest) { room in
      var byte: UInt8 = 0
      while next(&byte), byte != 0x0A {
        guard length < longest else {
          isTooLong = true
          return
        }
        room[length] = byte
        length += 1
      }
      // A line from Windows ends with both.
      if length > 0, room[length - 1] == 0x0D { length -= 1 }
    }
    guard !isTooLong else { throw tooLong }
    return room.withBytes { SecretBytes($0.prefix(length)) }
  }

  private static var tooLong: WorkspaceError {
    WorkspaceError(
      .usage, message: "The password has more than \(longest) bytes",
      hint: "Give the password alone, on one line")
  }

  // MARK: A terminal

  /// The keys that mean something else than themselves.
  private enum Key {
    static let end: Set<UInt8> = [0x0A, 0x0D]
    static let back: Set<UInt8> = [0x08, 0x7F]
    static let clear: UInt8 = 0x15
    static let giveUp: Set<UInt8> = [0x03, 0x04, 0x1C]
  }

  /// Each key is taken by itself, so that the terminal is put back whatever is pressed.
  private static func typed(
    _ terminal: Int32, _ prompt: String, _ signals: Int32
  ) throws(WorkspaceError) -> SecretBytes {
    var before = termios()
    guard tcgetattr(terminal, &before) == 0 else {
      throw WorkspaceError(
        .system, message: "The terminal can't be asked not to show what is typed",
        hint: "Give the password on standard input")
    }
    var hidden = before
    hidden.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | ISIG | IEXTEN)
    StandardStreams.write(prompt, to: STDERR_FILENO)
    tcsetattr(terminal, TCSAFLUSH, &hidden)
    defer {
      tcsetattr(terminal, TCSAFLUSH, &before)
      StandardStreams.write("\n", to: STDERR_FILENO)
    }
    var (length, hasGivenUp, isTooLong) = (0, false, false)
    let room = SecretBytes(count: longest) { room in
      var byte: UInt8 = 0
      while true {
        var watched = [
          pollfd(fd: terminal, events: Int16(POLLIN), revents: 0),
          pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        ]
        _ = poll(&watched, 2, -1)
        // Who is told to end gives the terminal back first.
        if watched[1].revents != 0 {
          hasGivenUp = true
          return
        }
        guard watched[0].revents != 0 else { continue }
        let count = Glibc.read(terminal, &byte, 1)
        // Without a byte nothing has failed: the terminal is gone.
        guard count == 1 else {
          if count < 0, errno == EINTR { continue }
          return
        }
        switch byte {
        case _ where Key.end.contains(byte): return
        case _ where Key.giveUp.contains(byte):
          hasGivenUp = true
          return
        case _ where Key.back.contains(byte):
          // A character takes its continuations along.
          while length > 0 {
            length -= 1
            if room[length] & 0xC0 != 0x80 { break }
          }
        case Key.clear: length = 0
        default:
          guard length < longest else {
            isTooLong = true
            return
          }
          room[length] = byte
          length += 1
        }
      }
    }
    guard !hasGivenUp else {
      throw WorkspaceError(
        .interrupted, message: "No password was given", hint: "Nothing was asked of the tenant")
    }
    guard !isTooLong else { throw tooLong }
    return room.withBytes { SecretBytes($0.prefix(length)) }
  }
}
