/// A place in a configuration file.
public struct SourcePlace: Hashable, Sendable, CustomStringConvertible {
  /// The file, as it was named when it was loaded.
  public var file: String
  /// The line, from 1.
  public var line: Int
  /// The column in characters, from 1.
  public var column: Int

  /// The place at `line` and `column` of `file`.
  public init(file: String, line: Int, column: Int) {
    self.file = file
    self.line = line
    self.column = column
  }

  /// The place as compilers print it: `rules.toml:12:5`.
  public var description: String { "\(file):\(line):\(column)" }
}
