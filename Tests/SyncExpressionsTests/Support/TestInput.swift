import Directory
import SyncExpressions
import Testing

/// An object made for a test.
struct TestInput: ExpressionInput {
  var attributes: [AttributeName: [AttributeValue]] = [:]
  var imported: [AttributeName: [AttributeValue]] = [:]
  var parameters: [String: String] = [:]
  var now = Timestamp(milliseconds: 1_767_225_600_000)
  var certificates: (any CertificateReading)?

  init(_ attributes: [AttributeName: [AttributeValue]] = [:]) { self.attributes = attributes }

  func values(of attribute: AttributeName) -> [AttributeValue] { attributes[attribute] ?? [] }
  func importedValues(of attribute: AttributeName) -> [AttributeValue] { imported[attribute] ?? [] }
  func parameter(_ name: String) -> String? { parameters[name] }
}

/// What `text` gives for an object with `attributes`.
func evaluate(
  _ text: String, _ attributes: [AttributeName: [AttributeValue]] = [:]
) throws -> ExpressionOutcome {
  try Expression(text).evaluate(TestInput(attributes))
}

/// The single value that `text` gives, or nil if it gives none or several.
func value(
  _ text: String, _ attributes: [AttributeName: [AttributeValue]] = [:]
) throws -> AttributeValue? {
  guard case .values(let values) = try evaluate(text, attributes), values.count == 1 else {
    return nil
  }
  return values[0]
}

/// The kind of failure that `text` ends with.
func failure(
  _ text: String, _ attributes: [AttributeName: [AttributeValue]] = [:]
) throws -> ExpressionFailure {
  let expression = try Expression(text)
  return try #require(throws: ExpressionFailure.self) {
    try expression.evaluate(TestInput(attributes))
  }
}

/// The error of a text that is no expression.
func syntaxError(_ text: String) throws -> ExpressionSyntaxError {
  try #require(throws: ExpressionSyntaxError.self) { try Expression(text) }
}
