import Foundation

@testable import lockstep

/// A value of JSON, as a program reads what `--json` prints.
indirect enum PrintedValue: Decodable, Equatable {
  case nothing
  case flag(Bool)
  case number(Int64)
  case real(Double)
  case text(String)
  case list([PrintedValue])
  case table([String: PrintedValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .nothing
    } else if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Int64.self) {
      self = .number(number)
    } else if let real = try? container.decode(Double.self) {
      self = .real(real)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else if let list = try? container.decode([PrintedValue].self) {
      self = .list(list)
    } else {
      self = .table(try container.decode([String: PrintedValue].self))
    }
  }

  /// What a report prints for programs.
  init(_ report: Report) throws {
    let text = try report.text(as: .json, width: nil)
    self = try JSONDecoder().decode(PrintedValue.self, from: Data(text.utf8))
  }

  /// The elements of a list; none of anything else.
  var items: [PrintedValue] { if case .list(let items) = self { items } else { [] } }

  /// What a key stands for.
  subscript(key: String) -> PrintedValue {
    if case .table(let table) = self { table[key] ?? .nothing } else { .nothing }
  }

  /// The keys of a table.
  var keys: Set<String> { if case .table(let table) = self { Set(table.keys) } else { [] } }

  /// All texts that stand anywhere in it, byte by byte.
  var texts: Set<[UInt8]> {
    switch self {
    case .text(let text): [Array(text.utf8)]
    case .list(let items): items.reduce(into: []) { $0.formUnion($1.texts) }
    case .table(let table): table.values.reduce(into: []) { $0.formUnion($1.texts) }
    case .nothing, .flag, .number, .real: []
    }
  }

  /// What stands for it in a field of CSV; nil for what has parts.
  var field: String? {
    switch self {
    case .nothing: ""
    case .flag(let flag): flag ? "true" : "false"
    case .number(let number): String(number)
    case .real(let real): String(real)
    case .text(let text): SafeText.line(text)
    case .list, .table: nil
    }
  }
}

extension StringProtocol {
  /// Whether the bytes of `text` stand in it: a mark behind them makes another Character of the last.
  func holds(_ text: String) -> Bool { text.isEmpty || utf8.firstRange(of: text.utf8) != nil }

  /// Whether it begins with the bytes of `text`.
  func begins(with text: String) -> Bool { utf8.starts(with: text.utf8) }
}

/// Comma-separated values, as a program reads what `--csv` prints.
enum CommaText {
  /// The records of a file by RFC 4180, each field to its last byte; nil for what breaks its grammar.
  static func records(_ text: String) -> [[[UInt8]]]? {
    var records: [[[UInt8]]] = []
    var record: [[UInt8]] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      var field: [UInt8] = []
      if rest.first == 0x22 {
        rest = rest.dropFirst()
        while let byte = rest.popFirst() {
          if byte != 0x22 {
            field.append(byte)
          } else if rest.first == 0x22 {
            rest = rest.dropFirst()
            field.append(byte)
          } else {
            break
          }
        }
      } else {
        while let byte = rest.first, byte != 0x2C, byte != 0x0D {
          guard byte != 0x22, byte != 0x0A else { return nil }
          field.append(byte)
          rest = rest.dropFirst()
        }
      }
      record.append(field)
      if rest.first == 0x2C {
        rest = rest.dropFirst()
        continue
      }
      guard rest.popFirst() == 0x0D, rest.popFirst() == 0x0A else { return nil }
      records.append(record)
      record = []
    }
    return record.isEmpty ? records : nil
  }
}

/// The words of a line as a shell has them (POSIX, Shell Command Language §2.2), as far as words in
/// quotation marks need them; nil for what that does not cover.
enum ShellWords {
  static func words(_ line: String) -> [[Unicode.Scalar]]? {
    var words: [[Unicode.Scalar]] = []
    var word: [Unicode.Scalar]?
    var rest = Array(line.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "'":
        guard let end = rest.firstIndex(of: "'") else { return nil }
        word = (word ?? []) + rest[..<end]
        rest = rest[(end + 1)...]
      case "\\":
        guard let next = rest.popFirst() else { return nil }
        word = (word ?? []) + [next]
      case " ":
        if let whole = word { words.append(whole) }
        word = nil
      case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", "/", "=", "@", ":", ",", "+":
        word = (word ?? []) + [scalar]
      default: return nil
      }
    }
    return words + [word].compactMap(\.self)
  }
}
