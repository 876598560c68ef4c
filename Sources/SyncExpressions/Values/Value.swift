import Directory

/// A value in the middle of an evaluation.
enum Value: Hashable, Sendable {
  /// The absence of a value; also what `NULL` spells.
  case null
  /// `AuthoritativeNull`, which only makes sense as the whole result.
  case authoritativeNull
  /// `IgnoreThisFlow`, which only makes sense as the whole result.
  case ignoreThisFlow
  case boolean(Bool)
  case integer(Int64)
  case string(String)
  case binary([UInt8])
  case reference(String)
  case date(Timestamp)
  /// Two values or more, none of them a list. Some may be null: a function that is applied to
  /// each value keeps their places, so that lists that stem from one attribute stay pairwise.
  case list([Value])
  /// `Error("…")` as an alternative of `Switch`, which fails only if it is chosen.
  case failure(String)

  /// The value of a directory.
  init(_ value: AttributeValue) {
    switch value {
    case .string(let text): self = .string(text)
    case .binary(let bytes): self = .binary(bytes)
    case .integer(let number): self = .integer(number)
    case .boolean(let flag): self = .boolean(flag)
    case .reference(let text): self = .reference(text)
    }
  }

  /// The values of an attribute.
  init(_ values: [AttributeValue]) {
    switch values.count {
    case 0: self = .null
    case 1: self = Value(values[0])
    default: self = .list(values.map { Value($0) })
    }
  }

  /// The value of several, without the nulls among them.
  init(compacting values: [Value]) {
    let present = values.filter { !$0.isNull }
    switch present.count {
    case 0: self = .null
    case 1: self = present[0]
    default: self = .list(present)
    }
  }

  /// Whether there is no value; the special results are none either.
  var isNull: Bool {
    switch self {
    case .null, .authoritativeNull, .ignoreThisFlow: true
    default: false
    }
  }

  /// The single values, without nulls.
  var elements: [Value] {
    switch self {
    case .list(let values): values.filter { !$0.isNull }
    default: isNull ? [] : [self]
    }
  }

  /// The word for the type in messages and traces.
  var typeName: String {
    switch self {
    case .null: "null"
    case .authoritativeNull: "AuthoritativeNull"
    case .ignoreThisFlow: "IgnoreThisFlow"
    case .boolean: "boolean"
    case .integer: "number"
    case .string: "string"
    case .binary: "binary"
    case .reference: "reference"
    case .date: "date"
    case .list(let values):
      "multi-valued " + (values.first { !$0.isNull }?.typeName ?? "null")
    case .failure: "error"
    }
  }

  /// The value of a directory that this is, or nil; an empty string is no value of a directory.
  var attributeValue: AttributeValue? {
    switch self {
    case .boolean(let flag): .boolean(flag)
    case .integer(let number): .integer(number)
    case .string(let text): text.isEmpty ? nil : .string(text)
    case .binary(let bytes): bytes.isEmpty ? nil : .binary(bytes)
    case .reference(let text): text.isEmpty ? nil : .reference(text)
    default: nil
    }
  }
}
