/// Values as they stand in a `$filter`.
enum ODataText {
  /// `text` as a string of OData 4.01 (ABNF, `string`): in quotation marks, those inside doubled.
  ///
  /// By scalars: a quotation mark with a combining mark is another Character, and ends it still.
  static func quoted(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "'") { out, scalar in
      if scalar == "'" { out += "'" }
      out.unicodeScalars.append(scalar)
    } + "'"
  }
}
