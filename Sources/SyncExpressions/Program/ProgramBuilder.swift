import Directory

/// Puts a program together while the parser reads: operands first, then what is done with them.
struct ProgramBuilder {
  private(set) var instructions: [Instruction] = []
  private(set) var sources: [SourceRange] = []
  private(set) var constants: [Value] = []
  private(set) var functions: [Function] = []
  private(set) var attributes: [AttributeName] = []
  private(set) var parameters: [String] = []
  private(set) var maximumDepth = 0
  var variableCount = 0
  /// Whether what has only constants in it is calculated at once; a trace wants every step.
  let folds: Bool

  private var depth = 0
  private var functionIndices: [ObjectIdentifier: Int32] = [:]
  private var attributeIndices: [AttributeName: Int32] = [:]
  private var parameterIndices: [String: Int32] = [:]

  // Longer constants are not made before they are needed.
  private static let longestFolded = 4096

  init(folds: Bool) { self.folds = folds }

  /// The place of the next instruction.
  var here: Int { instructions.count }

  /// Adds an instruction that takes `pops` values from the stack and pushes `pushes`.
  mutating func emit(
    _ operation: Instruction.Operation, _ a: Int = 0, _ b: Int = 0, pops: Int = 0, pushes: Int = 0,
    at source: SourceRange
  ) {
    instructions.append(Instruction(operation: operation, a: Int32(a), b: Int32(b)))
    sources.append(source)
    depth += pushes - pops
    maximumDepth = max(maximumDepth, depth)
  }

  mutating func constant(_ value: Value, _ source: SourceRange) {
    constants.append(value)
    emit(.constant, constants.count - 1, pushes: 1, at: source)
  }

  mutating func attribute(
    _ operation: Instruction.Operation, _ name: AttributeName, _ source: SourceRange
  ) {
    let index =
      attributeIndices[name]
      ?? {
        attributes.append(name)
        attributeIndices[name] = Int32(attributes.count - 1)
        return Int32(attributes.count - 1)
      }()
    emit(operation, Int(index), pushes: 1, at: source)
  }

  mutating func parameter(_ name: String, _ source: SourceRange) {
    let index = parameterIndices[name] ?? Int32(parameters.count)
    if index == parameters.count {
      parameters.append(name)
      parameterIndices[name] = index
    }
    emit(.parameter, Int(index), pushes: 1, at: source)
  }

  /// Adds a call, or its result if it can be known.
  mutating func call(_ function: Function, _ count: Int, _ source: SourceRange) {
    if function.isPure, let values = trailingConstants(count) {
      var work = Work()
      if let value = try? function.evaluate(values, nil, &work), replace(count, value, source) {
        return
      }
    }
    let key = ObjectIdentifier(function)
    let index = functionIndices[key] ?? Int32(functions.count)
    if index == functions.count {
      functions.append(function)
      functionIndices[key] = index
    }
    emit(.call, Int(index), count, pops: count, pushes: 1, at: source)
  }

  /// Adds an operator, or its result if it can be known.
  mutating func infix(_ infix: Infix, _ source: SourceRange) {
    if let values = trailingConstants(2) {
      var work = Work()
      if let value = try? infix.apply(values[0], values[1], &work), replace(2, value, source) {
        return
      }
    }
    emit(.infix, Int(infix.rawValue), pops: 2, pushes: 1, at: source)
  }

  /// Lets the instruction at `place` go on at the next one; `second` chooses the operand.
  mutating func patch(_ place: Int, second: Bool = false, to target: Int? = nil) {
    let target = Int32(target ?? here)
    if second { instructions[place].b = target } else { instructions[place].a = target }
  }

  /// The text that the last instruction pushes, if `start` is its place and it is such a constant.
  func constantText(at start: Int) -> String? {
    guard start == here - 1, instructions[start].operation == .constant,
      case .string(let text) = constants[Int(instructions[start].a)]
    else { return nil }
    return text
  }

  /// Takes back the last instruction, which pushed a value.
  mutating func removeLast() {
    let removed = instructions.removeLast()
    sources.removeLast()
    if removed.operation == .constant { constants.removeLast() }
    depth -= 1
  }

  /// Makes the value of the last instruction, if that is a call of `Error`, one of `Switch`.
  mutating func deferFailure() {
    guard let last = instructions.last, last.operation == .call,
      functions[Int(last.a)].name.description == "Error"
    else { return }
    instructions[here - 1] = Instruction(operation: .failure)
  }

  private func trailingConstants(_ count: Int) -> [Value]? {
    guard folds, count > 0, count <= here else { return nil }
    let last = instructions[(here - count)...]
    guard last.allSatisfy({ $0.operation == .constant }) else { return nil }
    return last.map { constants[Int($0.a)] }
  }

  private mutating func replace(_ count: Int, _ value: Value, _ source: SourceRange) -> Bool {
    switch value {
    case .string(let text) where text.utf8.count > Self.longestFolded: return false
    case .binary(let bytes) where bytes.count > Self.longestFolded: return false
    case .list, .failure: return false
    default: break
    }
    for _ in 0..<count { removeLast() }
    constant(value, source)
    return true
  }
}
