import Directory

/// Notes what becomes of each part of an expression while a machine evaluates it.
final class TraceRecorder {
  /// The most steps of a trace; a loop over many values has more.
  static let maximumSteps = 2000
  // Longer texts and lists are shortened.
  private static let longestText = 200
  private static let mostValues = 20

  private let program: Program
  private let bytes: [UInt8]
  private let isASCII: Bool
  private(set) var steps: [ExpressionTrace.Step] = []

  init(_ program: Program, text: String) {
    self.program = program
    bytes = Array(text.utf8)
    isASCII = Text.isASCII(text)
  }

  /// The part that instruction `pc` completes has a value.
  func completed(_ pc: Int, _ value: @autoclosure () -> Value) {
    switch program.instructions[pc].operation {
    case .constant, .shortcut, .branch, .otherwise, .store, .select, .filter: return
    default: add(pc, Self.result(of: value()))
    }
  }

  /// The part that instruction `pc` would complete is not needed.
  func skipped(_ pc: Int) { add(pc, .skipped) }

  /// The part that instruction `pc` would complete failed.
  func failed(_ pc: Int, _ failure: ExpressionFailure) { add(pc, .failure(failure)) }

  private func add(_ pc: Int, _ result: ExpressionTrace.Result) {
    guard steps.count < Self.maximumSteps else { return }
    let source = program.sources[pc]
    let start = Int(source.start)
    let column = isASCII ? start + 1 : Place.column(of: start, in: bytes)
    // Four bytes are the longest character, and one more character tells that the text goes on.
    let end = min(Int(source.end), start + 4 * Self.longestText + 4)
    let text = String(decoding: bytes[start..<end], as: UTF8.self)
    steps.append(
      ExpressionTrace.Step(text: Self.shortened(text), column: column, result: result))
  }

  private static func shortened(_ text: String) -> String {
    let prefix = Text.prefix(text, longestText)
    return prefix.utf8.count < text.utf8.count ? prefix + "…" : text
  }

  private static func result(of value: Value) -> ExpressionTrace.Result {
    let values: [Value]
    if case .list(let list) = value { values = list } else { values = value.elements }
    var texts = values.prefix(mostValues).map { shortened(text(of: $0)) }
    if values.count > mostValues { texts.append("… \(values.count - mostValues) more") }
    return .value(type: value.typeName, texts: texts)
  }

  private static func text(of value: Value) -> String {
    switch value {
    case .date(let moment): moment.description
    case .failure(let text): "Error: " + text
    default: value.text ?? value.attributeValue?.text ?? value.typeName
    }
  }
}

extension Place {
  /// The column of the byte at `offset` if the whole text were one line.
  static func column(of offset: Int, in bytes: some Collection<UInt8>) -> Int {
    1 + bytes.prefix(offset).count { $0 & 0xC0 != 0x80 }
  }
}
