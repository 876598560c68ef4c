import Directory

extension Function {
  /// Functions that tell what a value is.
  ///
  /// They look at an attribute as a whole.
  static let checks: [Function] = [
    check("IsNull", "bool IsNull(var Expression)") { $0.list(0).isEmpty },
    check("IsEmpty", "bool IsEmpty(var Expression)") {
      !$0.list(0).isEmpty && isNullOrEmpty($0)
    },
    check("IsNullOrEmpty", "bool IsNullOrEmpty(var Expression)") { isNullOrEmpty($0) },
    check("IsPresent", "bool IsPresent(var expression)") { !isNullOrEmpty($0) },
    check("IsString", "bool IsString(var expression)") { arguments in
      let values = arguments.list(0)
      return !values.isEmpty && values.allSatisfy { $0.text != nil }
    },
    check("IsNumeric", "bool IsNumeric(var Expression)") { arguments in
      let values = arguments.list(0)
      return !values.isEmpty && values.allSatisfy { $0.number != nil }
    },
    check("IsDate", "bool IsDate(var Expression)") { arguments in
      let values = arguments.list(0)
      return !values.isEmpty && values.allSatisfy(isDate)
    },
    check("IsGuid", "bool IsGuid(str GUID)") { arguments in
      let values = arguments.list(0)
      return !values.isEmpty && values.allSatisfy(isGUID)
    },
    Function(
      "IsBitSet", "bool IsBitSet(num value, num flag)", 2...2, null: .gives(.boolean(false))
    ) { arguments, _ throws(ExpressionFailure) in
      let flag = try arguments.number(1)
      let value = try arguments.number(0)
      return .boolean(flag != 0 && value & flag == flag)
    },
  ]

  private static func check(
    _ name: StaticString, _ signature: String, _ test: @escaping @Sendable (Arguments) -> Bool
  ) -> Function {
    Function(name, signature, 1...1, null: .body, whole: 1) { arguments, _ in
      .boolean(test(arguments))
    }
  }

  private static func isNullOrEmpty(_ arguments: Arguments) -> Bool {
    switch arguments[0] {
    case .string(let text), .reference(let text): text.isEmpty
    case .binary(let bytes): bytes.isEmpty
    case .list(let values): values.allSatisfy { $0.isNull || $0 == .string("") }
    default: arguments[0].isNull
    }
  }

  private static func isDate(_ value: Value) -> Bool {
    if case .date = value { return true }
    return value.text.map { DateText.parse($0) != nil } ?? false
  }

  private static func isGUID(_ value: Value) -> Bool {
    value.text.map { GUID($0) != nil } ?? false
  }
}
