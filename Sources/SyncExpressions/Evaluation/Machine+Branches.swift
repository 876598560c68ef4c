extension Machine {
  /// Whether the left side decides `&&` or `||`; the top is then its value.
  mutating func shortcut(_ raw: Int) throws(ExpressionFailure) -> Bool {
    let value = stack[top - 1]
    if case .list = value { return false }
    let isTrue = try Conditions.isTrue(value)
    stack[top - 1] = .boolean(isTrue)
    return isTrue == (raw == Int(Infix.or.rawValue))
  }

  /// Takes the condition of an IIF; whether its second branch is the one to evaluate.
  mutating func branch(merge: Int) throws(ExpressionFailure) -> Bool {
    let condition = pop()
    guard case .list(let values) = condition else { return try !Conditions.isTrue(condition) }
    var trueCount = 0
    for value in values where try Conditions.isTrue(value) { trueCount += 1 }
    try work.spend(values.count)
    if trueCount == values.count { return false }
    if trueCount == 0 { return true }
    pending.append(Pending(merge: merge, conditions: values))
    return false
  }

  /// Ends an IIF whose branches were both evaluated.
  mutating func merge() throws(ExpressionFailure) {
    guard let last = pending.last, last.merge == pc else { return }
    pending.removeLast()
    let negative = pop()
    stack[top - 1] = try Lists.choose(last.conditions, stack[top - 1], negative, &work)
  }

  /// Chooses among pairs of condition and value.
  mutating func choose(_ count: Int) throws(ExpressionFailure) {
    var result = Value.null
    for _ in 0..<count {
      let value = pop()
      let condition = pop()
      if case .list(let conditions) = condition {
        result = try Lists.choose(conditions, value, result, &work)
      } else if try Conditions.isTrue(condition) {
        result = value
      }
    }
    push(result)
    if case .failure(let text) = result { throw ExpressionFailure(.errorFunction, text) }
    if case .list(let values) = result {
      for case .failure(let text) in values { throw ExpressionFailure(.errorFunction, text) }
    }
  }
}

extension Machine {
  /// Starts to go through the values on top; whether there are none, and null is the result.
  mutating func startLoop(slot: Int) throws(ExpressionFailure) -> Bool {
    let values = pop().elements
    try work.make(count: values.count)
    guard let first = values.first else {
      push(.null)
      return true
    }
    loops.append(Loop(values: values))
    stack[slot] = first
    return false
  }

  /// Takes the result of a round; whether there is another.
  mutating func endRound(of start: Int) throws(ExpressionFailure) -> Bool {
    let result = pop()
    let instruction = program.instructions[start]
    let current = loops.count - 1
    if instruction.operation == .select {
      try work.spend(result.elements.count)
      loops[current].results += result.elements
    } else if try Conditions.isTrue(result) {
      loops[current].results.append(loops[current].values[loops[current].index])
    }
    loops[current].index += 1
    if loops[current].index < loops[current].values.count {
      stack[Int(instruction.a)] = loops[current].values[loops[current].index]
      return true
    }
    try work.make(count: loops[current].results.count)
    push(Value(compacting: loops[current].results))
    loops.removeLast()
    return false
  }
}
