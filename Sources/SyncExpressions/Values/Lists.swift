/// Operations on the places of several lists.
enum Lists {
  /// Applies `operation` to each pair of places; a single value goes with each place of a list.
  static func zip(
    _ a: Value, _ b: Value, _ name: String, _ work: inout Work,
    _ operation: (Value, Value, inout Work) throws(ExpressionFailure) -> Value
  ) throws(ExpressionFailure) -> Value {
    switch (a, b) {
    case (.list(let x), .list(let y)):
      if x.count != y.count { throw mismatch(x.count, y.count, name) }
      try work.make(count: x.count)
      var result: [Value] = []
      result.reserveCapacity(x.count)
      for index in x.indices { result.append(try operation(x[index], y[index], &work)) }
      return .list(result)
    case (.list(let x), _):
      try work.make(count: x.count)
      var result: [Value] = []
      result.reserveCapacity(x.count)
      for value in x { result.append(try operation(value, b, &work)) }
      return .list(result)
    case (_, .list(let y)):
      try work.make(count: y.count)
      var result: [Value] = []
      result.reserveCapacity(y.count)
      for value in y { result.append(try operation(a, value, &work)) }
      return .list(result)
    default:
      return try operation(a, b, &work)
    }
  }

  /// For each place of `conditions` the value of `positive` or of `negative`.
  static func choose(
    _ conditions: [Value], _ positive: Value, _ negative: Value, _ work: inout Work
  ) throws(ExpressionFailure) -> Value {
    try work.make(count: conditions.count)
    var result: [Value] = []
    result.reserveCapacity(conditions.count)
    for (index, condition) in conditions.enumerated() {
      let chosen = try Conditions.isTrue(condition) ? positive : negative
      guard case .list(let values) = chosen else {
        result.append(chosen.isNull ? .null : chosen)
        continue
      }
      if values.count != conditions.count { throw mismatch(conditions.count, values.count, "IIF") }
      result.append(values[index])
    }
    return .list(result)
  }

  /// The failure of lists that do not go together.
  static func mismatch(_ a: Int, _ b: Int, _ name: String) -> ExpressionFailure {
    ExpressionFailure(
      .type, "\(name) can't pair \(a) values with \(b)",
      hint: "only lists of the same attribute go pairwise; use Item or Join to make one single")
  }
}

/// Values as conditions.
enum Conditions {
  /// Whether `value` counts as true.
  static func isTrue(_ value: Value) throws(ExpressionFailure) -> Bool {
    if case .boolean(let flag) = value { return flag }
    if let flag = value.condition { return flag }
    throw ExpressionFailure(
      .type, "A condition wants True or False and got \(value.shown)",
      hint: "compare it with something, or use IsPresent")
  }
}
