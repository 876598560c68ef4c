extension Function {
  /// Functions that decide what is evaluated, or that read in a way of their own.
  static let flow: [Function] = [
    Function(
      "IIF", "var IIF(exp condition, var valueIfTrue, var valueIfFalse)", 3...3, form: .iif),
    Function(
      "Switch", "var Switch(exp expr1, var value1[, exp expr2, var value2 …])", 2...1000,
      form: .switch),
    Function(
      "With", "var With(variable $name, exp subExpression, exp complexExpression)", 3...3,
      form: .with),
    Function(
      "Select", "mvattr Select(variable $item, mvattr attribute, func function)", 3...3,
      form: .select),
    Function(
      "Where", "mvattr Where(variable $item, mvattr attribute, exp condition)", 3...3,
      form: .select),
    Function(
      "ImportedValue", "var ImportedValue(str attributeName)", 1...1, form: .importedValue),
    Function("ValueCount", "num ValueCount(str attributeName)", 1...1, form: .valueCount),
    Function("Now", "dt Now()", 0...0, form: .now, isVolatile: true),
    Function("Error", "void Error(str ErrorMessage)", 1...1, null: .body, isPure: false) {
      arguments, _ throws(ExpressionFailure) in
      throw ExpressionFailure(.errorFunction, try arguments.text(0))
    },
  ]
}
