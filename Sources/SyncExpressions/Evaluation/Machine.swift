import Directory

/// Works through a program on a stack of values.
struct Machine {
  /// An IIF whose condition is true for some values and false for others.
  struct Pending {
    let merge: Int
    let conditions: [Value]
  }

  /// A Select or Where in the middle of its values.
  struct Loop {
    let values: [Value]
    var index = 0
    var results: [Value] = []
  }

  let program: Program
  let stack: UnsafeMutablePointer<Value>
  let recorder: TraceRecorder?
  var top: Int
  var pc = 0
  var work = Work()
  var pending: [Pending] = []
  var loops: [Loop] = []

  private init(
    _ program: Program, _ stack: UnsafeMutablePointer<Value>, _ recorder: TraceRecorder?
  ) {
    self.program = program
    self.stack = stack
    self.recorder = recorder
    stack.initialize(repeating: .null, count: program.variableCount)
    top = program.variableCount
  }

  /// The result of `program` for `input`.
  static func run(
    _ program: Program, _ input: some ExpressionInput, recorder: TraceRecorder? = nil
  ) -> Result<Value, Fault> {
    withUnsafeTemporaryAllocation(of: Value.self, capacity: program.stackDepth) { buffer in
      guard let stack = buffer.baseAddress else { return .success(.null) }
      var machine = Machine(program, stack, recorder)
      defer { stack.deinitialize(count: machine.top) }
      do throws(ExpressionFailure) {
        try machine.run(input)
        return .success(stack[machine.top - 1])
      } catch {
        return .failure(Fault(failure: error, pc: machine.pc))
      }
    }
  }

  /// A failure and the instruction that failed.
  struct Fault: Error {
    var failure: ExpressionFailure
    var pc: Int
  }

  private mutating func run(_ input: some ExpressionInput) throws(ExpressionFailure) {
    let count = program.instructions.count
    while pc < count {
      let instruction = program.instructions[pc]
      let a = Int(instruction.a)
      try work.spend(1)
      switch instruction.operation {
      case .constant: push(program.constants[a])
      case .attribute:
        if instruction.b != 0 { try checkWhole(a, input) }
        push(Value(input.values(of: program.attributes[a])))
      case .imported:
        if instruction.b != 0 { try checkWhole(a, input) }
        push(Value(input.importedValues(of: program.attributes[a])))
      case .valueCount: push(.integer(Int64(input.valueCount(of: program.attributes[a]))))
      case .parameter: push(try parameter(a, input))
      case .variable: push(stack[a])
      case .now: push(.date(input.now))
      case .call:
        let function = program.functions[a]
        let certificates = function.form == .certificate ? input.certificates : nil
        try call(function, Int(instruction.b), certificates)
      case .infix: try infix(a)
      case .negate: try negate()
      case .shortcut:
        if try shortcut(a) {
          pc = Int(instruction.b)
          recorder?.skipped(pc - 2)
          recorder?.completed(pc - 1, stack[top - 1])
          continue
        }
      case .branch:
        if try branch(merge: Int(instruction.b)) {
          recorder?.skipped(a - 2)
          pc = a
          continue
        }
      case .otherwise:
        if pending.last?.merge != a {
          recorder?.skipped(a - 1)
          pc = a
          continue
        }
      case .merge: try merge()
      case .choose: try choose(a)
      case .failure: stack[top - 1] = .failure(stack[top - 1].text ?? "")
      case .store: move(to: a)
      case .select, .filter:
        if try startLoop(slot: a) {
          pc = Int(instruction.b)
          recorder?.completed(pc - 1, stack[top - 1])
          continue
        }
      case .next:
        if try endRound(of: a) {
          pc = a + 1
          continue
        }
      }
      recorder?.completed(pc, stack[top - 1])
      pc += 1
    }
  }

  @inline(__always)
  mutating func push(_ value: Value) {
    (stack + top).initialize(to: value)
    top += 1
  }

  @inline(__always)
  mutating func pop() -> Value {
    top -= 1
    return (stack + top).move()
  }

  private mutating func move(to slot: Int) {
    stack[slot] = pop()
  }

  /// Refuses to look into a part of the values as if it were all.
  private func checkWhole(
    _ index: Int, _ input: some ExpressionInput
  ) throws(ExpressionFailure) {
    let name = program.attributes[index]
    guard input.isShortened(name) else { return }
    throw .shortened(name, count: input.values(of: name).count)
  }

  private func parameter(
    _ index: Int, _ input: some ExpressionInput
  ) throws(ExpressionFailure) -> Value {
    let name = program.parameters[index]
    if let text = input.parameter(name) { return .string(text) }
    throw ExpressionFailure(
      .missing, "The parameter %\(Text.prefix(name, 60))% is not defined",
      hint: "define it for the connector")
  }

  private mutating func call(
    _ function: Function, _ count: Int, _ certificates: (any CertificateReading)?
  ) throws(ExpressionFailure) {
    let first = stack + (top - count)
    let value = try function.call(
      UnsafeBufferPointer(start: first, count: count), certificates, &work)
    first.deinitialize(count: count)
    top -= count
    push(value)
  }

  private mutating func infix(_ raw: Int) throws(ExpressionFailure) {
    guard let infix = Infix(rawValue: UInt8(raw)) else { return }
    let value = try infix.apply(stack[top - 2], stack[top - 1], &work)
    _ = pop()
    stack[top - 1] = value
  }

  private mutating func negate() throws(ExpressionFailure) {
    stack[top - 1] = try Infix.subtract.apply(
      stack[top - 1].isNull ? .null : .integer(0), stack[top - 1], &work)
  }
}
