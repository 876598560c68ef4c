import Directory
import HTTP

extension SCIMErrorMessage {
  /// The failure of the object that was sent with `sent` attributes.
  ///
  /// The server's words stay as they are; the type follows from the status and the `scimType` of
  /// RFC 7644 §3.12, table 9.
  func failure(sent: [(path: String, values: [AttributeValue])]) -> ObjectFailure {
    let blamed = Blame(words: words, sent: sent)
    var failure = ObjectFailure(
      type(blamed), code: code, message: words, attribute: blamed.attribute, value: blamed.value)
    failure.conflictingAnchor = conflictingID.map { Anchor($0) }
    failure.isTransient =
      [408, 412, 423, 425, 429].contains(status) || status >= 500 || status == 404 && !isOwn
    return failure
  }

  private func type(_ blamed: Blame) -> SyncErrorType {
    switch (status, scimType.lowercased()) {
    case (409, _), (_, "uniqueness"): .attributeValueMustBeUnique
    case (413, _), (_, "toolarge"): .exceededAllowedLength
    case (_, "mutability"): .readOnlyAttribute
    case (401, _), (403, _): .permissionIssue
    case (404, _), (410, _): isOwn ? .missingObject : .connectedDirectoryError
    case (400, _), (422, _): refusalOfData(blamed)
    default: .connectedDirectoryError
    }
  }

  /// Whether `words` complain of a length, be it with a number: "has 300 characters".
  private static func speaksOfLength(_ words: String) -> Bool {
    let phrases = ["too long", "length", "longer than", "at most", "exceeds"]
    if phrases.contains(where: { words.contains($0) }) { return true }
    let parts = words.split { !($0.isLetter || $0.isNumber) }
    return zip(parts, parts.dropFirst()).contains { number, unit in
      number.allSatisfy(\.isNumber) && (unit == "characters" || unit == "bytes")
    }
  }

  private func refusalOfData(_ blamed: Blame) -> SyncErrorType {
    let words = words.lowercased()
    if Self.speaksOfLength(words) { return .exceededAllowedLength }
    if blamed.isReference || words.contains("reference") { return .dnAttributesFailure }
    switch scimType.lowercased() {
    case "notarget", "invalidpath", "invalidfilter": return .schemaViolation
    default: return .identityDataValidationFailed
    }
  }
}

/// Which of the attributes sent a server's words complain about.
struct Blame: Hashable, Sendable {
  var attribute: String?
  var value: String?
  var isReference = false

  init(words: String, sent: [(path: String, values: [AttributeValue])]) {
    let words = words.lowercased()
    // The longest name wins: `userName` before `name`; a value named in the words wins over both.
    let candidates = sent.map { path, values in
      (path: path, values: values, score: Self.score(path, words))
    }
    let named = candidates.filter { $0.score > 0 }.max { $0.score < $1.score }
    let byValue = candidates.first { Self.mentioned($0.values, words) != nil }
    guard let blamed = named ?? byValue else { return }
    attribute = blamed.path
    if case .reference? = blamed.values.first { isReference = true }
    let only = blamed.values.count == 1 ? blamed.values[0] : nil
    value = (Self.mentioned(blamed.values, words) ?? only).map {
      ServerWords.shown($0.wireText, limit: 100)
    }
  }

  /// How well `words` name the attribute at `path`: by its whole path, or by its name alone.
  private static func score(_ path: String, _ words: String) -> Int {
    if words.range(of: path.lowercased()) != nil { return 1000 + path.utf8.count }
    guard let name = SCIMAttributePath(path) else { return 0 }
    let names = [name.name, name.subAttribute ?? ""].filter { $0 != "value" && !$0.isEmpty }
    return names.filter { isWord($0.lowercased(), in: words) }.map(\.utf8.count).max() ?? 0
  }

  private static func isWord(_ name: String, in words: String) -> Bool {
    words.split { !($0.isLetter || $0.isNumber || $0 == "$" || $0 == "_" || $0 == "-") }
      .contains { $0 == name }
  }

  /// The value that stands in `words`, the longest if one is a part of another; short ones would stand
  /// in any text.
  private static func mentioned(
    _ values: [AttributeValue], _ words: String
  ) -> AttributeValue? {
    let found = values.prefix(1000).map { ($0, $0.wireText.lowercased()) }
      .filter { $0.1.utf8.count >= 4 && words.range(of: $0.1) != nil }
    return found.max { $0.1.utf8.count < $1.1.utf8.count }?.0
  }
}
