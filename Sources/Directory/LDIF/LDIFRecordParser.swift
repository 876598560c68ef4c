/// Turns the unfolded lines of one record into an ``LDIFRecord``.
struct LDIFRecordParser {
  /// One line cut into its parts, as places in the record's bytes.
  struct Field {
    var key: Range<Int>
    var value: Range<Int>
    var number: Int
    /// The value, if it came from another file.
    var external: [UInt8]?
  }

  var raw: LDIFRawRecord
  let options: LDIFReader.Options
  let names: LDIFNames
  var position = 0
  var dn = ""
  /// The field that was cut last, by where its line begins: Base64 can't be decoded twice.
  var peeked: (start: Int, field: Field)?

  init(raw: LDIFRawRecord, options: LDIFReader.Options, names: LDIFNames) {
    self.raw = raw
    self.options = options
    self.names = names
  }

  /// Takes the version line at the head of a file; what follows it may be the first entry.
  mutating func takeVersion() throws(LDIFFault) {
    guard position < raw.lines.count, raw.oversizedLine == nil else { return }
    let line = raw.lines[position]
    guard startsWith("version:", line) else { return }
    position += 1
    let value = try field(line)
    guard text(value.value) == "1" else {
      throw fault(
        .parseError, value.number, "The file's version of LDIF is not 1 (RFC 2849)",
        "Export the data as LDIF version 1")
    }
  }

  /// The record; nil if the lines are none that matter.
  mutating func record() throws(LDIFFault) -> LDIFRecord? {
    try checkShape()
    guard position < raw.lines.count else { return nil }
    let first = raw.lines[position]
    if try isSearchTrailer(first) { return nil }
    let head = try field(first)
    guard isKey(head, "dn") else {
      throw fault(
        .missingDN, head.number, "The record does not begin with \"dn:\"",
        "Give the record a dn: line, and separate records by one blank line")
    }
    guard let name = validText(head) else {
      throw fault(
        .dnNotLDAPConformant, head.number, "The distinguished name is not UTF-8",
        "Write the name in UTF-8, in Base64 after \"dn::\"")
    }
    dn = name
    position += 1
    return try body(line: head.number)
  }

  private mutating func body(line: Int) throws(LDIFFault) -> LDIFRecord {
    var controls: [LDIFControl] = []
    while let next = try peek(), isKey(next, "control") {
      position += 1
      controls.append(try control(next))
    }
    guard let next = try peek(), isKey(next, "changetype") else {
      if let first = controls.first {
        throw fault(
          .invalidChangeType, line,
          "Control \(first.oid.beginning(60)) stands in a record without changetype",
          "Add the changetype: line, or remove the control")
      }
      return LDIFRecord(dn: dn, body: .content(try attributes()), line: line)
    }
    position += 1
    let body = try change(text(next.value).lowercased(), next)
    try checkOpenEnd(body)
    return LDIFRecord(dn: dn, controls: controls, body: body, line: line)
  }

  private mutating func change(_ type: String, _ field: Field) throws(LDIFFault) -> LDIFRecord.Body
  {
    switch type {
    case "add": return .add(try attributes())
    case "delete":
      try expectEnd(after: "changetype: delete")
      return .delete
    case "modify": return .modify(try modifications())
    case "modrdn", "moddn": return try rename()
    default:
      throw fault(
        .invalidChangeType, field.number, "There is no changetype \"\(type.beginning(60))\"",
        "Use add, delete, modify, modrdn or moddn (RFC 2849)")
    }
  }

  /// The attribute lines up to the end of the record.
  private mutating func attributes() throws(LDIFFault) -> [LDIFAttribute] {
    // Values are cut out only after all Base64 is decoded in place: a part that is held would
    // force a copy of the whole record at the next write.
    var fields: [(Field, LDIFNames.Description)] = []
    fields.reserveCapacity(raw.lines.count - position)
    while let field = try peek() {
      position += 1
      if isKey(field, "dn") { throw missingBlankLine(field) }
      fields.append((field, try description(field)))
    }
    guard !fields.isEmpty else {
      throw fault(
        .parseError, raw.lines[position - 1].number, "The record has no attribute",
        "Give the entry at least its objectClass")
    }
    try checkEnd(fields.last?.0)
    return fields.map { field, description in
      LDIFAttribute(description.name, options: description.options, value: value(of: field))
    }
  }

  private mutating func modifications() throws(LDIFFault) -> [LDIFModification] {
    var parts: [(LDIFModification, [Field])] = []
    while let head = try peek() {
      position += 1
      if isKey(head, "dn") { throw missingBlankLine(head) }
      parts.append(try modification(head))
    }
    return parts.map { part, fields in
      var part = part
      part.values = fields.map { value(of: $0) }
      return part
    }
  }

  private mutating func modification(
    _ head: Field
  ) throws(LDIFFault) -> (LDIFModification, [Field]) {
    let word = text(head.key).lowercased()
    guard let operation = LDIFModification.Operation(rawValue: word) else {
      throw fault(
        .invalidModificationType, head.number, "There is no modification \"\(word.beginning(60))\"",
        "Begin each modification with add:, delete: or replace:, and end it with a line \"-\"")
    }
    let target = try description(head, trimmed(head.value))
    var fields: [Field] = []
    while position < raw.lines.count {
      let line = raw.lines[position]
      position += 1
      if line.end - line.start == 1, raw.bytes[line.start] == 0x2D {
        try requireValues(operation, fields, head)
        return (LDIFModification(operation, target.name, options: target.options), fields)
      }
      let field = try field(line)
      if isKey(field, "dn") { throw missingBlankLine(field) }
      let own = try description(field)
      guard own.name == target.name, own.options == target.options else {
        throw fault(
          .parseError, field.number,
          "A value of \(own.name) stands in the modification of \(target.name)",
          "End each modification with a line \"-\"", attribute: own.name.text)
      }
      fields.append(field)
    }
    // The last "-" is often forgotten. At the end of the file it may as well be cut off.
    if raw.endsFile { throw truncated(raw.lines[position - 1].number) }
    try requireValues(operation, fields, head)
    return (LDIFModification(operation, target.name, options: target.options), fields)
  }

  private func requireValues(
    _ operation: LDIFModification.Operation, _ fields: [Field], _ head: Field
  ) throws(LDIFFault) {
    guard operation == .add, fields.isEmpty else { return }
    throw fault(
      .parseError, head.number, "\"add:\" names an attribute, but gives no value",
      "Write the values below, each on a line of its own")
  }

  private mutating func rename() throws(LDIFFault) -> LDIFRecord.Body {
    let newRDN = try required("newrdn")
    let flag = try required("deleteoldrdn")
    guard flag == "0" || flag == "1" else {
      throw fault(
        .parseError, raw.lines[position - 1].number, "deleteoldrdn is neither 0 nor 1",
        "Write 1 to drop the old name's value, 0 to keep it")
    }
    var superior: String?
    if let next = try peek(), isKey(next, "newsuperior") {
      position += 1
      guard let text = validText(next) else { throw notText(next, "newsuperior") }
      superior = text
    }
    try expectEnd(after: "the rename")
    return .rename(newRDN: newRDN, deletesOldRDN: flag == "1", newSuperior: superior)
  }

  private mutating func required(_ key: StaticString) throws(LDIFFault) -> String {
    guard let next = try peek() else {
      if raw.endsFile { throw truncated(raw.lines[position - 1].number) }
      throw missing(key, raw.lines[position - 1].number)
    }
    guard isKey(next, key) else { throw missing(key, next.number) }
    position += 1
    guard let text = validText(next), !text.isEmpty else { throw notText(next, key) }
    return text
  }

  private mutating func expectEnd(after what: String) throws(LDIFFault) {
    guard let next = try peek() else { return }
    if isKey(next, "dn") { throw missingBlankLine(next) }
    throw fault(
      .parseError, next.number, "A line follows \(what) that does not belong there",
      "Remove the line, or separate records by one blank line")
  }

  /// The next line, without taking it.
  mutating func peek() throws(LDIFFault) -> Field? {
    guard position < raw.lines.count else { return nil }
    return try field(raw.lines[position])
  }
}
