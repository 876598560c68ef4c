public import Directory

/// What an ``LDIFConnector`` reads, and how it understands it.
public struct LDIFConnectorSettings: Sendable {
  /// Files, or folders whose `*.ldif` and `*.ldf` files are read in the order of their names.
  public var content: [String]
  /// The folder of change files, read in the order of their names; nil if there are none.
  ///
  /// A file counts once its name ends in `.ldif` or `.ldf`: write it under another name, then
  /// rename it.
  public var changes: String?
  /// The attribute whose value is an object's anchor; nil takes `objectGUID`, else `entryUUID`,
  /// else the DN.
  public var anchorAttribute: AttributeName?
  /// Whether values may be read from other files (`jpegPhoto:< file:///…`).
  public var allowFileURLs = false
  /// Attributes whose values are DNs of other objects.
  public var referenceAttributes = KnownAttributes.references
  /// Attributes whose values are bytes.
  public var binaryAttributes = KnownAttributes.binaries
  /// Attributes whose values are whole numbers.
  public var integerAttributes = KnownAttributes.integers
  /// Attributes whose values are `TRUE` or `FALSE`.
  public var booleanAttributes = KnownAttributes.booleans
  /// Attributes that can have one value only; a second one is an error of the object.
  public var singleValuedAttributes = KnownAttributes.singleValued
  /// Attributes that never leave the connector: secrets, and links that others hold.
  public var ignoredAttributes = KnownAttributes.withheld
  /// Those whose values get no further than the memory into which a file is read.
  public var secretAttributes = KnownAttributes.secrets
  /// The object type for each object class; the first class in this list that an object has wins.
  ///
  /// An object with none of them has its last class as type.
  public var objectTypes = ObjectTypeRule.usual

  /// Settings for these files, everything else by default.
  public init(content: [String], changes: String? = nil) {
    self.content = content
    self.changes = changes
  }
}
