import Directory

/// The arguments of a call, read as the types that a function wants.
struct Arguments {
  private let values: UnsafeBufferPointer<Value>
  private let name: StaticString
  private let certificates: (any CertificateReading)?

  init(
    _ values: UnsafeBufferPointer<Value>, _ name: StaticString,
    _ certificates: (any CertificateReading)?
  ) {
    self.values = values
    self.name = name
    self.certificates = certificates
  }

  /// How many there are.
  var count: Int { values.count }

  /// An argument as it is.
  subscript(index: Int) -> Value { values[index] }

  /// An argument as text; numbers and truth values are spelled, null is empty.
  func text(_ index: Int) throws(ExpressionFailure) -> String {
    if case .string(let text) = values[index] { return text }
    if values[index].isNull { return "" }
    if let text = values[index].text { return text }
    throw wants("text", index, hint: textHint(values[index]))
  }

  /// An argument as a number.
  func number(_ index: Int) throws(ExpressionFailure) -> Int64 {
    if case .integer(let number) = values[index] { return number }
    if let number = values[index].number { return number }
    throw wants("a whole number", index)
  }

  /// An argument as a number of characters or values: too large a number is as good as the largest.
  func position(_ index: Int) throws(ExpressionFailure) -> Int {
    Int(min(max(try number(index), -1 << 40), 1 << 40))
  }

  /// An argument as bytes.
  func bytes(_ index: Int) throws(ExpressionFailure) -> [UInt8] {
    if case .binary(let bytes) = values[index] { return bytes }
    throw wants("a binary value", index)
  }

  /// An argument as a moment.
  func date(_ index: Int) throws(ExpressionFailure) -> Timestamp {
    if case .date(let moment) = values[index] { return moment }
    throw wants("a date", index, hint: "make one of text with CDate, of a number with DateFromNum")
  }

  /// The values of an argument that is taken as a whole.
  func list(_ index: Int) -> [Value] { values[index].elements }

  /// Whether an option is given, without regard to case.
  func option(_ index: Int, _ name: String) throws(ExpressionFailure) -> Bool {
    guard index < count else { return false }
    return try text(index).lowercased() == name.lowercased()
  }

  /// The reader of certificates.
  func certificateReader() throws(ExpressionFailure) -> any CertificateReading {
    if let certificates { return certificates }
    throw ExpressionFailure(
      .missing, "\(name) can't read certificates here",
      hint: "no value is wrong; leave the function out of the rule")
  }

  /// The failure of a value out of range.
  func outOfRange(_ index: Int, _ what: String, hint: String = "") -> ExpressionFailure {
    ExpressionFailure(
      .range, "\(name) got \(values[index].shown) as argument \(index + 1): \(what)", hint: hint)
  }

  /// The failure of a value that means nothing to the function.
  func refused(_ index: Int, _ what: String, hint: String = "") -> ExpressionFailure {
    ExpressionFailure(.type, "\(name) got \(values[index].shown), \(what)", hint: hint)
  }

  private func wants(_ type: String, _ index: Int, hint: String = "") -> ExpressionFailure {
    ExpressionFailure(
      .type, "\(name) wants \(type) as argument \(index + 1) and got \(values[index].shown)",
      hint: hint)
  }

  private func textHint(_ value: Value) -> String {
    switch value {
    case .binary: "make text of bytes with ConvertToBase64, StringFromGuid or StringFromSid"
    case .date: "make text of a date with FormatDateTime"
    case .list: "choose one value with Item, or unite them with Join"
    default: ""
    }
  }
}
