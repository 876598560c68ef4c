/// A function of the language: its name, what it takes and how it is calculated.
final class Function: Sendable {
  /// Calculates the function of arguments that are single values, save those marked as whole.
  typealias Body = @Sendable (Arguments, inout Work) throws(ExpressionFailure) -> Value

  /// How a call is compiled.
  enum Form: Sendable {
    /// The arguments are evaluated, then the body.
    case ordinary
    /// The body asks `input` for a certificate reader.
    case certificate
    case iif, select, `switch`, with, now, importedValue, valueCount
  }

  /// What a call gives when an argument that is not whole is null.
  enum NullRule: Sendable {
    /// Null.
    case null
    /// This value if it is the first argument that is null, else null.
    case gives(Value)
    /// Whatever the body makes of it.
    case body
  }

  let name: StaticString
  /// The function as the documentation writes it: `str Left(str string, num NumChars)`.
  let signature: String
  /// How many arguments it takes.
  let arity: ClosedRange<Int>
  let form: Form
  let nullRule: NullRule
  /// The arguments, by bit, that a multi-valued attribute is given to as a whole; in the others
  /// the function is applied to each value.
  let whole: UInt32
  /// For each argument that takes one, the options that it takes.
  let options: [Int: [String]]
  /// Whether equal arguments always give the same result, whatever the input.
  let isPure: Bool
  /// Whether two calls with the same arguments and input can differ.
  let isVolatile: Bool
  private let body: Body

  init(
    _ name: StaticString, _ signature: String, _ arity: ClosedRange<Int>, form: Form = .ordinary,
    null: NullRule = .null, whole: UInt32 = 0, options: [Int: [String]] = [:],
    isPure: Bool = true, isVolatile: Bool = false, body: @escaping Body = { _, _ in .null }
  ) {
    self.name = name
    self.signature = signature
    self.arity = arity
    self.form = form
    nullRule = null
    self.whole = whole
    self.options = options
    self.isPure = isPure && !isVolatile
    self.isVolatile = isVolatile
    self.body = body
  }

  /// Whether it only asks if its argument has a value.
  var asksPresence: Bool {
    ["IsNull", "IsNullOrEmpty", "IsPresent"].contains(name.description)
  }

  /// Whether it gives no value, whatever its arguments are.
  var neverReturns: Bool { name.description == "Error" }

  /// The function of `values`.
  func call(
    _ values: UnsafeBufferPointer<Value>, _ certificates: (any CertificateReading)?,
    _ work: inout Work
  ) throws(ExpressionFailure) -> Value {
    for index in 0..<values.count {
      guard case .list(let list) = values[index], whole & (1 << UInt32(index)) == 0 else {
        continue
      }
      return try map(over: list.count, values, certificates, &work)
    }
    return try single(values, certificates, &work)
  }

  private func single(
    _ values: UnsafeBufferPointer<Value>, _ certificates: (any CertificateReading)?,
    _ work: inout Work
  ) throws(ExpressionFailure) -> Value {
    switch nullRule {
    case .body: break
    case .null, .gives:
      for index in 0..<values.count where values[index].isNull {
        if whole & (1 << UInt32(index)) != 0 { continue }
        if index == 0, case .gives(let value) = nullRule { return value }
        return .null
      }
    }
    return try body(Arguments(values, name, certificates), &work)
  }

  /// Applies the function to each place of the lists among `values`.
  private func map(
    over count: Int, _ values: UnsafeBufferPointer<Value>,
    _ certificates: (any CertificateReading)?, _ work: inout Work
  ) throws(ExpressionFailure) -> Value {
    var row = Array(values)
    var result: [Value] = []
    result.reserveCapacity(count)
    try work.make(count: count)
    for place in 0..<count {
      for index in 0..<values.count where whole & (1 << UInt32(index)) == 0 {
        guard case .list(let list) = values[index] else { continue }
        if list.count != count { throw Lists.mismatch(count, list.count, "\(name)") }
        row[index] = list[place]
      }
      let value = try evaluate(row, certificates, &work)
      guard case .list = value else {
        result.append(value)
        continue
      }
      throw ExpressionFailure(
        .type, "\(name) gives several values for each of several",
        hint: "use Item to choose one value first")
    }
    return .list(result)
  }

  /// The function of single values in an array.
  func evaluate(
    _ values: [Value], _ certificates: (any CertificateReading)?, _ work: inout Work
  ) throws(ExpressionFailure) -> Value {
    var failure: ExpressionFailure?
    let value = values.withUnsafeBufferPointer { pointer in
      do throws(ExpressionFailure) {
        return try single(pointer, certificates, &work)
      } catch {
        failure = error
        return .null
      }
    }
    if let failure { throw failure }
    return value
  }
}
