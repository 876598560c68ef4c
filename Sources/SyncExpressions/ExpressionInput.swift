public import Directory

/// What an expression reads while it is evaluated.
public protocol ExpressionInput {
  /// The values of an attribute of the object where data comes from, as they are: `[name]`.
  func values(of attribute: AttributeName) -> [AttributeValue]
  /// The values of an attribute that an import has confirmed: `ImportedValue("name")`.
  func importedValues(of attribute: AttributeName) -> [AttributeValue]
  /// Whether only the first values of the attribute are at hand, so that no expression may look
  /// into them as if they were all.
  func isShortened(_ attribute: AttributeName) -> Bool
  /// How many values an attribute has, without loading them: `ValueCount("name")`.
  func valueCount(of attribute: AttributeName) -> Int
  /// The text of a parameter: `%Domain.FQDN%`; nil if there is none of that name.
  func parameter(_ name: String) -> String?
  /// The moment of evaluation, for `Now()`.
  var now: Timestamp { get }
  /// Reads certificates for the `Cert…` functions; nil where none are read.
  var certificates: (any CertificateReading)? { get }
}

extension ExpressionInput {
  /// The values of the attribute, where nothing distinguishes what is confirmed.
  public func importedValues(of attribute: AttributeName) -> [AttributeValue] {
    values(of: attribute)
  }
  /// All values are at hand.
  public func isShortened(_ attribute: AttributeName) -> Bool { false }
  /// The number of the values at hand.
  public func valueCount(of attribute: AttributeName) -> Int { values(of: attribute).count }
  /// No parameter.
  public func parameter(_ name: String) -> String? { nil }
  /// The present moment.
  public var now: Timestamp { .now }
  /// Nobody.
  public var certificates: (any CertificateReading)? { nil }
}
