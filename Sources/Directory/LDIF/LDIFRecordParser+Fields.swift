extension LDIFRecordParser {
  /// Cuts a line at its colon and decodes the value.
  ///
  /// Base64 is decoded where it stands, and the line is rewritten so that it can be cut again.
  mutating func field(_ line: LDIFRawRecord.Line) throws(LDIFFault) -> Field {
    if let peeked, peeked.start == line.start { return peeked.field }
    guard let colon = raw.bytes[line.start..<line.end].firstIndex(of: 0x3A) else {
      if raw.endsFile, !raw.isTerminated, line.end == raw.lines.last?.end {
        throw truncated(line.number)
      }
      throw fault(
        .parseError, line.number, "The line has no colon",
        "Write \"attribute: value\"; a continued line begins with one space")
    }
    let key = line.start..<colon
    var start = colon + 1
    let mark = start < line.end ? raw.bytes[start] : 0
    if mark == 0x3A || mark == 0x3C { start += 1 }
    while start < line.end, raw.bytes[start] == 0x20 { start += 1 }
    var field = Field(key: key, value: start..<line.end, number: line.number)
    switch mark {
    case 0x3A: try decodeBase64(&field, line)
    case 0x3C: field.external = try fileValue(field)
    default: try checkPlain(field)
    }
    peeked = (line.start, field)
    return field
  }

  private mutating func decodeBase64(
    _ field: inout Field, _ line: LDIFRawRecord.Line
  ) throws(LDIFFault) {
    while field.value.upperBound > field.value.lowerBound,
      raw.bytes[field.value.upperBound - 1] == 0x20
    {
      field.value = field.value.lowerBound..<field.value.upperBound - 1
    }
    let isCut = raw.endsFile && !raw.isTerminated && line.end == raw.lines.last?.end
    let endsPadded = raw.bytes[line.end - 1] == 0x3D
    let range = field.value
    let count = raw.bytes.withUnsafeMutableBufferPointer {
      Base64.decode(inPlace: UnsafeMutableBufferPointer(rebasing: $0[range]))
    }
    if isCut, count == nil || !endsPadded { throw truncated(line.number) }
    guard let count else {
      throw fault(
        .invalidBase64Value, field.number, "The value of \(shown(field.key)) is no Base64",
        "Repair or remove the value", attribute: shown(field.key))
    }
    field.value = range.lowerBound..<range.lowerBound + count
  }

  private func checkPlain(_ field: Field) throws(LDIFFault) {
    guard raw.bytes[field.value].contains(0) else { return }
    throw fault(
      .parseError, field.number, "The value of \(shown(field.key)) holds a NUL byte",
      "Write such a value in Base64, after \"::\"", attribute: shown(field.key))
  }

  private func fileValue(_ field: Field) throws(LDIFFault) -> [UInt8] {
    let attribute = shown(field.key)
    guard options.allowsFileURLs else {
      throw fault(
        .readError, field.number,
        "The value of \(attribute) is in another file, <\(shown(field.value))>",
        "Put the value into the record as Base64, or allow file URLs for this connector",
        attribute: attribute)
    }
    do {
      return try LDIFFileValue.read(text(field.value), limit: options.maximumFileValueSize)
    } catch {
      throw fault(
        .readError, field.number, "The value of \(attribute) could not be read: \(error.message)",
        error.hint, attribute: attribute)
    }
  }

  /// The attribute that a line describes.
  func description(_ field: Field) throws(LDIFFault) -> LDIFNames.Description {
    try description(field, field.key)
  }

  func description(_ field: Field, _ place: Range<Int>) throws(LDIFFault) -> LDIFNames.Description {
    let found = raw.bytes.withUnsafeBufferPointer {
      names.description(UnsafeBufferPointer(rebasing: $0[place]))
    }
    if let found { return found }
    throw fault(
      .parseError, field.number, "\"\(shown(place))\" is no name of an attribute",
      "Use letters, digits and hyphens, with options after a semicolon (RFC 4512 §2.5)")
  }

  func value(of field: Field) -> ArraySlice<UInt8> {
    if let external = field.external { return external[...] }
    return raw.bytes[field.value]
  }

  func isKey(_ field: Field, _ key: StaticString) -> Bool {
    guard field.key.count == key.utf8CodeUnitCount else { return false }
    return isPrefix(key, at: field.key.lowerBound)
  }

  func startsWith(_ prefix: StaticString, _ line: LDIFRawRecord.Line) -> Bool {
    line.end - line.start >= prefix.utf8CodeUnitCount && isPrefix(prefix, at: line.start)
  }

  private func isPrefix(_ prefix: StaticString, at start: Int) -> Bool {
    for index in 0..<prefix.utf8CodeUnitCount {
      let byte = raw.bytes[start + index]
      let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
      if lower != prefix.utf8Start[index] { return false }
    }
    return true
  }

  /// The text without spaces at its end.
  func text(_ range: Range<Int>) -> String {
    var part = raw.bytes[range]
    while part.last == 0x20 { part.removeLast() }
    return String(decoding: part, as: UTF8.self)
  }

  /// The text as far as a message shows it.
  func shown(_ range: Range<Int>) -> String { text(range.prefix(1000)).beginning(200) }

  /// The range without spaces at its end, but for one that is escaped, as in a name.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var end = range.upperBound
    while end > range.lowerBound, raw.bytes[end - 1] == 0x20 { end -= 1 }
    guard end < range.upperBound else { return range }
    let escapes = raw.bytes[range.lowerBound..<end].reversed().prefix { $0 == 0x5C }.count
    return range.lowerBound..<(escapes % 2 == 1 ? end + 1 : end)
  }

  /// The field's value without spaces at its end, or nil if it is not UTF-8.
  func validText(_ field: Field) -> String? {
    let bytes = field.external.map { $0[...] } ?? raw.bytes[trimmed(field.value)]
    return String(validating: bytes, as: UTF8.self)
  }

  func control(_ field: Field) throws(LDIFFault) -> LDIFControl {
    let bytes = raw.bytes[field.value]
    let head = bytes.prefix { $0 != 0x3A }
    let words = String(decoding: head, as: UTF8.self).split(separator: " ").map(String.init)
    let flag = words.count > 1 ? words[1] : "false"
    guard let oid = words.first, words.count <= 2, flag == "true" || flag == "false",
      oid.utf8.allSatisfy({ $0 == 0x2E || (0x30...0x39).contains($0) })
    else {
      throw fault(
        .parseError, field.number, "The control is malformed",
        "Write \"control: OID true\" or \"control: OID false\", and its value after a colon")
    }
    var control = LDIFControl(oid: oid, isCritical: flag == "true")
    if head.count < bytes.count { control.value = try controlValue(bytes[head.endIndex...], field) }
    if control.isCritical, !options.supportedControls.contains(oid) {
      throw fault(
        .parseError, field.number,
        "The change demands control \(oid.beginning(60)), which is not supported",
        "Make the change without this control, or run a full import with fresh content")
    }
    return control
  }

  private func controlValue(
    _ rest: ArraySlice<UInt8>, _ field: Field
  ) throws(LDIFFault) -> ArraySlice<UInt8> {
    let isBase64 = rest.dropFirst().first == 0x3A
    let text = rest.dropFirst(isBase64 ? 2 : 1).drop { $0 == 0x20 }
    if rest.dropFirst().first == 0x3C {
      throw fault(
        .readError, field.number, "The control's value is in another file",
        "Put the value into the record as Base64")
    }
    guard isBase64 else { return text }
    guard let bytes = Base64.decode(text) else {
      throw fault(
        .invalidBase64Value, field.number, "The control's value is no Base64", "Repair the value")
    }
    return bytes[...]
  }
}
