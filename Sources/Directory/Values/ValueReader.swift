/// Turns the bytes of a value into the type that its attribute has.
public struct ValueReader: Sendable {
  /// How the values of an attribute are taken.
  public enum Treatment: Sendable {
    /// Not at all.
    case ignored
    /// As what the case says.
    case binary, integer, boolean, reference
    /// Text, and nothing else.
    case text
    /// Text if it is some, else bytes: nothing is known of the attribute.
    case unknown
  }

  /// Why a value does not fit.
  public struct Misfit: Error {
    /// What kind of fault.
    public var type: SyncErrorType
    /// What is wrong, in words for a person.
    public var message: String
    /// What to do next.
    public var hint: String
    /// The value, if it may be shown.
    public var value: String?
  }

  // Named once: to spell a name anew costs a look-up among all names.
  private static let objectGUID: AttributeName = "objectGUID"
  private static let objectSid: AttributeName = "objectSid"

  /// How each attribute is taken of which something is known.
  public let treatments: [AttributeName: Treatment]
  private let singleValued: Set<AttributeName>

  /// A reader by these treatments; an attribute without one is ``Treatment/unknown``.
  public init(treatments: [AttributeName: Treatment], singleValued: Set<AttributeName>) {
    self.treatments = treatments
    self.singleValued = singleValued
  }

  /// How the values of `name` are taken.
  public func treatment(of name: AttributeName) -> Treatment { treatments[name] ?? .unknown }

  /// Whether `name` never leaves the connector.
  public func isIgnored(_ name: AttributeName) -> Bool { treatments[name] == .ignored }

  /// Whether `name` takes one value only.
  public func isSingleValued(_ name: AttributeName) -> Bool { singleValued.contains(name) }

  /// The name under which a value is kept.
  ///
  /// Options other than `binary` make an attribute of its own (RFC 4512 §2.5), and a part of a
  /// range is refused.
  ///
  /// - Throws: ``Misfit`` for a part of a range.
  public func name(_ name: AttributeName, _ options: [String]) throws(Misfit) -> AttributeName {
    if options.isEmpty { return name }
    for option in options where option.hasPrefix("range=") && option != "range=0-*" {
      throw Misfit(
        type: .invalidAttributeValue, message: "\(name);\(option) is only a part of the values",
        hint: "Export the object with all its values; half a group is never taken for the whole")
    }
    let kept = options.filter { $0 != "binary" && !$0.hasPrefix("range=") }
    return kept.isEmpty ? name : AttributeName(([name.text] + kept).joined(separator: ";"))
  }

  /// The value that `bytes` are for `name`.
  ///
  /// - Throws: ``Misfit`` if they are none.
  public func value(
    _ bytes: ArraySlice<UInt8>, of name: AttributeName, _ treatment: Treatment
  ) throws(Misfit) -> AttributeValue {
    switch treatment {
    case .ignored, .unknown:
      guard let text = Self.text(bytes) else { return .binary(Array(bytes)) }
      return .string(text)
    case .text:
      if let text = Self.text(bytes) { return .string(text) }
      throw misfit(
        name, bytes, bytes.contains(0) ? "holds a NUL character" : "is not UTF-8 text")
    case .binary: return .binary(try binary(bytes, of: name))
    case .integer:
      guard let text = Self.text(bytes), let number = Int64(text) else {
        throw misfit(name, bytes, "is no whole number")
      }
      return .integer(number)
    case .boolean:
      // In small letters, since a long s has the same capital as an s.
      switch Self.text(bytes)?.lowercased() {
      case "true": return .boolean(true)
      case "false": return .boolean(false)
      default: throw misfit(name, bytes, "is neither TRUE nor FALSE")
      }
    case .reference: return .reference(try reference(bytes, of: name))
    }
  }

  private func binary(
    _ bytes: ArraySlice<UInt8>, of name: AttributeName
  ) throws(Misfit) -> [UInt8] {
    // Samba's ldbsearch writes these two in their printed forms.
    if name == Self.objectGUID {
      if let guid = GUID(bytes: bytes) { return guid.bytes }
      if let text = Self.text(bytes), let guid = GUID(text) { return guid.bytes }
      throw misfit(name, bytes, "is no GUID: it has \(bytes.count) bytes instead of 16", hex: true)
    }
    if name == Self.objectSid {
      if SID(bytes: bytes) != nil { return Array(bytes) }
      if let text = Self.text(bytes), let sid = SID(text) { return sid.bytes }
      throw misfit(name, bytes, "is no security identifier", hex: true)
    }
    return Array(bytes)
  }

  private func reference(
    _ bytes: ArraySlice<UInt8>, of name: AttributeName
  ) throws(Misfit) -> String {
    guard let full = Self.text(bytes) else { throw notDN(name, bytes, "it is not UTF-8") }
    var text = full[...]
    // The extended form `<GUID=…>;<SID=…>;CN=…` ([MS-ADTS] §3.1.1.3.4.1.5).
    while text.hasPrefix("<"), let end = text.range(of: ">;") { text = text[end.upperBound...] }
    if text.isEmpty { throw notDN(name, bytes, "it is empty") }
    let reference = String(text)
    if DistinguishedName.isValid(reference) { return reference }
    do {
      return try DistinguishedName(reference).text
    } catch {
      throw notDN(name, bytes, error.reason)
    }
  }

  private func notDN(
    _ name: AttributeName, _ bytes: ArraySlice<UInt8>, _ reason: String
  ) -> Misfit {
    var misfit = misfit(name, bytes, "is no distinguished name: \(reason)")
    misfit.type = .invalidReferenceValue
    return misfit
  }

  private func misfit(
    _ name: AttributeName, _ bytes: ArraySlice<UInt8>, _ reason: String, hex: Bool = false
  ) -> Misfit {
    let text = hex ? nil : Self.text(bytes)
    return Misfit(
      type: .invalidAttributeValue, message: "The value of \(name) \(reason)",
      hint: "Correct the value in the directory and export it again",
      value: (text ?? Hexadecimal.encode(bytes.prefix(64))).beginning(128))
  }

  /// The text that `bytes` are; nil if they are no UTF-8 or hold a NUL, which no text value does.
  public static func text(_ bytes: ArraySlice<UInt8>) -> String? {
    bytes.withUnsafeBufferPointer { bytes in
      var all: UInt8 = 0
      for byte in bytes {
        if byte == 0 { return nil }
        all |= byte
      }
      // ASCII needs no second look.
      if all < 0x80 { return String(decoding: bytes, as: UTF8.self) }
      return String(validating: bytes, as: UTF8.self)
    }
  }
}

extension Substring {
  /// Where `part` stands first.
  fileprivate func range(of part: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(part) {
        return start..<index(start, offsetBy: part.count)
      }
      start = index(after: start)
    }
    return nil
  }
}
