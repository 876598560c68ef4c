import Configuration

/// Checked reading of elements.
extension XMLElement {
  /// An error at this element.
  func problem(_ message: String, hint: String) -> EntraConfigurationError {
    EntraConfigurationError(place: "\(place)", message: message, hint: hint)
  }

  /// The text of the child called `name`.
  ///
  /// - Throws: ``EntraConfigurationError`` if it is missing or empty.
  func required(_ name: String) throws(EntraConfigurationError) -> String {
    guard let child = child(name) else {
      throw problem(
        "<\(self.name)> has no <\(name)>", hint: "export the configuration again")
    }
    guard !child.text.isEmpty else {
      throw child.problem("<\(name)> is empty", hint: "export the configuration again")
    }
    return child.text
  }

  /// The flag in the child called `name`; false if it is missing.
  ///
  /// - Throws: ``EntraConfigurationError`` if it is neither true nor false.
  func flag(_ name: String) throws(EntraConfigurationError) -> Bool {
    guard let child = child(name), !child.text.isEmpty else { return false }
    return try child.meaning(of: child.text)
  }

  /// Whether `word`, which stands in this element, means true.
  ///
  /// - Throws: ``EntraConfigurationError`` if it is neither true nor false.
  func meaning(of word: String) throws(EntraConfigurationError) -> Bool {
    switch word.lowercased() {
    case "true", "1": return true
    case "false", "0": return false
    default: throw problem("\"\(shown(word))\" is neither True nor False", hint: "correct it")
    }
  }

  /// What the word in the child called `name` stands for in `words`, in any case.
  ///
  /// - Throws: ``EntraConfigurationError`` if it is missing or none of them.
  func choice<T>(_ name: String, of words: [String: T]) throws(EntraConfigurationError) -> T {
    let word = try required(name)
    if let meaning = words[word.lowercased()] { return meaning }
    throw (child(name) ?? self).problem(
      "<\(name)> says \"\(shown(word))\", which is not known here",
      hint: Spelling.hint(for: word, among: words.keys))
  }

  /// Notes for children that nobody reads.
  func unread(known: Set<String>) -> [EntraNote] {
    children.filter { !known.contains($0.name) }.map {
      EntraNote($0.place, "<\($0.name)> in <\(name)> is not known here and left out")
    }
  }

  /// `text`, short enough for a message.
  func shown(_ text: String) -> String { text.count <= 80 ? text : text.prefix(79) + "…" }
}
