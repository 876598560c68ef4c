extension LDIFRecordParser {
  /// Refuses a record that is too large, begins with a continuation, or is visibly cut off.
  func checkShape() throws(LDIFFault) {
    if let line = raw.oversizedLine {
      throw fault(
        .parseError, line,
        "The record is larger than \(options.maximumRecordSize >> 20) MB and was skipped",
        "Check that blank lines separate the records of the file")
    }
    if let line = raw.strayFoldLine {
      throw fault(
        .parseError, line, "A line begins with a space, but continues nothing",
        "Remove the space, or the blank line or comment before it")
    }
    if raw.endsFile, !raw.isTerminated, raw.endsInEmptyFold, let last = raw.lines.last {
      throw truncated(last.number)
    }
  }

  /// Whether the block is what `ldapsearch` writes behind the entries.
  mutating func isSearchTrailer(_ first: LDIFRawRecord.Line) throws(LDIFFault) -> Bool {
    if startsWith("ref:", first) { return true }
    guard startsWith("search:", first) || startsWith("result:", first) else { return false }
    while position < raw.lines.count {
      let line = raw.lines[position]
      position += 1
      guard startsWith("result:", line) else { continue }
      let result = try text(field(line).value)
      guard result.split(separator: " ").first != "0" else { continue }
      throw fault(
        .readError, line.number,
        "The search that wrote this file ended with \"\(result.beginning(100))\": it is not whole",
        "Repeat the search with rights and limits that let it end with 0 Success")
    }
    return true
  }

  /// Refuses a record at the end of the file whose last line is visibly cut off.
  func checkEnd(_ last: Field?) throws(LDIFFault) {
    guard raw.endsFile, !raw.isTerminated, let last, let line = raw.lines.last,
      line.number == last.number, last.value.isEmpty, last.external == nil,
      raw.bytes[line.end - 1] == 0x3A
    else { return }
    throw truncated(last.number)
  }

  /// Refuses a change at the end of the file whose last line may be cut off, where that is asked for:
  /// only a delete, and the end of a modification, say nothing else when more comes.
  func checkOpenEnd(_ body: LDIFRecord.Body) throws(LDIFFault) {
    guard options.refusesOpenEnd, raw.endsFile, !raw.isTerminated, let line = raw.lines.last,
      body != .delete, line.end - line.start != 1 || raw.bytes[line.start] != 0x2D
    else { return }
    throw fault(
      .parseError, line.number,
      "The file ends without a line end in the midst of the record, or of its last value",
      "Copy or export the file again; if it is whole, end its last line with a line end")
  }

  func fault(
    _ type: SyncErrorType, _ line: Int, _ message: String, _ hint: String, attribute: String? = nil
  ) -> LDIFFault {
    LDIFFault(type, line: line, dn: dn, message: message, hint: hint, attribute: attribute)
  }

  func truncated(_ line: Int) -> LDIFFault {
    fault(
      .parseError, line, "The file ends in the middle of the record",
      "Copy or export the file again; if it is whole, end its last line with a line end")
  }

  func missingBlankLine(_ field: Field) -> LDIFFault {
    fault(
      .parseError, field.number, "A second \"dn:\" stands in the record",
      "Separate records by one blank line")
  }

  func missing(_ key: StaticString, _ line: Int) -> LDIFFault {
    fault(
      .parseError, line, "The rename lacks \"\(key):\"",
      "Write newrdn:, then deleteoldrdn:, then newsuperior: if the entry moves (RFC 2849)")
  }

  func notText(_ field: Field, _ key: StaticString) -> LDIFFault {
    fault(
      .dnNotLDAPConformant, field.number, "The value of \(key) is empty or not UTF-8",
      "Write the name in UTF-8, in Base64 after \"::\"")
  }
}
