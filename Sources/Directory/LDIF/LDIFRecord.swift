/// One record of an LDIF file (RFC 2849): what an entry holds, or how it changes.
public struct LDIFRecord: Hashable, Sendable {
  /// What a record says of its entry.
  public enum Body: Hashable, Sendable {
    /// The entry exists and holds this (a content record, without `changetype`).
    case content([LDIFAttribute])
    /// The entry is created with this.
    case add([LDIFAttribute])
    /// The entry is removed.
    case delete
    /// The entry's attributes change, in this order.
    case modify([LDIFModification])
    /// The entry gets another name, another container, or both.
    case rename(newRDN: String, deletesOldRDN: Bool, newSuperior: String?)
  }

  /// The entry's distinguished name as the file spells it; its grammar is not checked here.
  public var dn: String
  /// The controls of a change record.
  public var controls: [LDIFControl]
  /// What the record says.
  public var body: Body
  /// The line of the file on which the record begins, from 1.
  public var line: Int

  /// A record of these parts.
  public init(dn: String, controls: [LDIFControl] = [], body: Body, line: Int = 1) {
    self.dn = dn
    self.controls = controls
    self.body = body
    self.line = line
  }
}

/// One value of an attribute, as its line says.
public struct LDIFAttribute: Hashable, Sendable {
  /// The attribute, without its options.
  public var name: AttributeName
  /// The options of the description, in lower case and in order: `binary`, `lang-en` (RFC 4512 §2.5.2).
  public var options: [String]
  /// The value; a part of the record's own storage, so it costs nothing to pass on.
  public var value: ArraySlice<UInt8>

  /// An attribute value of these parts.
  public init(_ name: AttributeName, options: [String] = [], value: ArraySlice<UInt8>) {
    self.name = name
    self.options = options
    self.value = value
  }
}

/// One part of a modify record.
public struct LDIFModification: Hashable, Sendable {
  /// What is done with the values.
  public enum Operation: String, Hashable, Sendable {
    case add, delete, replace
  }

  /// What is done with the values.
  public var operation: Operation
  /// The attribute, without its options.
  public var name: AttributeName
  /// The options of the description.
  public var options: [String]
  /// The values; none with `delete` and `replace` means the whole attribute goes.
  public var values: [ArraySlice<UInt8>]

  /// A modification of these parts.
  public init(
    _ operation: Operation, _ name: AttributeName, options: [String] = [],
    values: [ArraySlice<UInt8>] = []
  ) {
    self.operation = operation
    self.name = name
    self.options = options
    self.values = values
  }
}

/// A control of a change record (RFC 4511 §4.1.11).
public struct LDIFControl: Hashable, Sendable {
  /// The control's object identifier.
  public var oid: String
  /// Whether the change must not be made by one who does not know the control.
  public var isCritical: Bool
  /// The control's value, if it has one.
  public var value: ArraySlice<UInt8>?

  /// A control of these parts.
  public init(oid: String, isCritical: Bool = false, value: ArraySlice<UInt8>? = nil) {
    self.oid = oid
    self.isCritical = isCritical
    self.value = value
  }
}

/// What is wrong with one record of a file, and where.
public struct LDIFFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of fault in the engine's terms.
  public var type: SyncErrorType
  /// The line of the file, from 1.
  public var line: Int
  /// The record's name, as far as it was read; empty if not.
  public var dn: String
  /// What is wrong; never a value, which might be a password.
  public var message: String
  /// What to do next.
  public var hint: String
  /// The attribute to blame, if one is.
  public var attribute: String?

  /// A fault of these parts.
  public init(
    _ type: SyncErrorType, line: Int, dn: String, message: String, hint: String,
    attribute: String? = nil
  ) {
    self.type = type
    self.line = line
    self.dn = dn
    self.message = message
    self.hint = hint
    self.attribute = attribute
  }

  /// The fault in one line.
  public var description: String {
    "line \(line)\(dn.isEmpty ? "" : ", \(dn)"): \(message). \(hint)"
  }
}

/// Why a file could not be opened, read or written.
public struct LDIFFileError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file.
  public var path: String
  /// The system's error number (`errno`).
  public var code: Int32
  /// What was tried: `open`, `read`, `write`.
  public var operation: String
  /// The system's own words.
  public var words: String

  /// The failure of `operation` on `path` with the system's error number `code`.
  public init(path: String, operation: String, code: Int32) {
    self.path = path
    self.operation = operation
    self.code = code
    words = systemErrorText(code)
  }

  /// The failure in one line.
  public var description: String { "\(path): cannot \(operation): \(words)" }
}
