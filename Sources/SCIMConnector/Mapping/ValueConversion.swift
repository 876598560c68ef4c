import Directory
import HTTP
import JSON

/// Turns values of the connector space into what the wire wants, before anything is sent.
extension SCIMAttribute {
  /// The JSON for `value` in this attribute.
  ///
  /// Bytes that flow into text become base64 (RFC 7643 §2.3.6), as an anchor made of a GUID does.
  ///
  /// - Throws: ``ObjectFailure`` of type `invalid-attribute-value` if `value` does not fit.
  func exported(_ value: AttributeValue, path: String) throws(ObjectFailure) -> JSONValue {
    let json: JSONValue? =
      switch kind {
      case .string, .reference: .string(value.wireText)
      case .dateTime: Timestamp(value.wireText).map { _ in .string(value.wireText) }
      case .boolean: Self.boolean(value).map(JSONValue.boolean)
      case .integer: Self.integer(value).map(JSONValue.integer)
      case .decimal: Self.number(value)
      case .binary: Self.base64(value).map(JSONValue.string)
      case .complex: isResourceReference ? Self.reference(value) : nil
      }
    guard let json else { throw Self.unfit(value, "is no \(kindInWords)", path) }
    return json
  }

  private var kindInWords: String {
    switch kind {
    case .boolean: "boolean"
    case .integer: "whole number"
    case .decimal: "number"
    case .dateTime: "date and time as RFC 3339 writes them"
    case .binary: "base64"
    case .complex: isResourceReference ? "reference" : "complex value; name a part of it"
    case .string, .reference: "text"
    }
  }

  /// The failure that says why `value` can't be sent.
  static func unfit(_ value: AttributeValue, _ reason: String, _ path: String) -> ObjectFailure {
    let shown = ServerWords.shown(value.wireText, limit: 100)
    return ObjectFailure(
      .invalidAttributeValue, code: "not sent",
      message: "The value \"\(shown)\" of \(path) \(reason), as the target's schema demands.",
      attribute: path, value: shown)
  }

  private static func boolean(_ value: AttributeValue) -> Bool? {
    switch value {
    case .boolean(let flag): flag
    case .integer(0): false
    case .integer(1): true
    case .string(let text): JSONValue.string(text).flag
    default: nil
    }
  }

  private static func integer(_ value: AttributeValue) -> Int64? {
    switch value {
    case .integer(let number): number
    case .string(let text): Int64(text)
    default: nil
    }
  }

  private static func number(_ value: AttributeValue) -> JSONValue? {
    if let whole = integer(value) { return .integer(whole) }
    guard case .string(let text) = value, let number = Double(text), number.isFinite else {
      return nil
    }
    return .number(number)
  }

  private static func base64(_ value: AttributeValue) -> String? {
    switch value {
    case .binary(let bytes): Base64Text.encode(bytes)
    case .string(let text): Base64Text.decode(text) == nil ? nil : text
    default: nil
    }
  }

  private static func reference(_ value: AttributeValue) -> JSONValue? {
    switch value {
    case .reference(let id), .string(let id): id.isEmpty ? nil : ["value": .string(id)]
    default: nil
    }
  }
}

extension AttributeValue {
  /// The value as text on the wire; bytes as base64.
  var wireText: String {
    if case .binary(let bytes) = self { Base64Text.encode(bytes) } else { text }
  }

  /// The value by its own type, for an attribute of which no schema is known.
  var wireValue: JSONValue {
    switch self {
    case .boolean(let flag): .boolean(flag)
    case .integer(let number): .integer(number)
    case .reference(let id): ["value": .string(id)]
    case .string, .binary: .string(wireText)
    }
  }
}
