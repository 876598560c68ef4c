import JSON

/// The path of an attribute as RFC 7644 §3.5.2 and Microsoft Entra's attribute mappings write it:
/// `userName`, `name.givenName`, `emails[type eq "work"].value`, or one of those after a schema's
/// URN and a colon.
struct SCIMAttributePath: Hashable, Sendable {
  /// Picks the values of a multi-valued complex attribute whose sub-attribute has a given value.
  struct Selector: Hashable, Sendable {
    /// The sub-attribute that is compared: `type`, `primary`, `value`.
    var attribute: String
    /// What it must be.
    var value: JSONValue
  }

  /// The URN of the extension's schema; nil for an attribute of the resource's own schema.
  var schema: String?
  /// The attribute's name.
  var name: String
  /// Which of its values, if not all.
  var selector: Selector?
  /// The part of a complex attribute, if not the whole.
  var subAttribute: String?

  init(
    schema: String? = nil, name: String, selector: Selector? = nil, subAttribute: String? = nil
  ) {
    self.schema = schema
    self.name = name
    self.selector = selector
    self.subAttribute = subAttribute
  }

  /// The path that `text` spells, or nil if it is none.
  init?(_ text: String) {
    var rest = text[...]
    // A URN has dots and colons of its own: the attribute begins after the last colon that does
    // not stand in a selector.
    let head = rest.prefix { $0 != "[" }
    if head.lowercased().hasPrefix("urn:"), let colon = head.lastIndex(of: ":") {
      schema = String(head[..<colon])
      rest = rest[rest.index(after: colon)...]
    }
    let nameEnd = rest.firstIndex { $0 == "[" || $0 == "." } ?? rest.endIndex
    name = String(rest[..<nameEnd])
    guard Self.isName(name) else { return nil }
    rest = rest[nameEnd...]
    if rest.first == "[" {
      guard let end = Self.endOfSelector(rest), let selector = Selector(rest[..<end].dropFirst())
      else { return nil }
      self.selector = selector
      rest = rest[rest.unicodeScalars.index(after: end)...]
    }
    guard !rest.isEmpty else { return }
    guard rest.first == ".", Self.isName(String(rest.dropFirst())) else { return nil }
    subAttribute = String(rest.dropFirst())
  }

  /// The path as text.
  var text: String {
    var out = schema.map { $0 + ":" } ?? ""
    out += name
    if let selector { out += "[" + selector.text + "]" }
    if let subAttribute { out += "." + subAttribute }
    return out
  }

  /// The path without selector and sub-attribute.
  var attribute: SCIMAttributePath { SCIMAttributePath(schema: schema, name: name) }

  private static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first != 0x2D, !(0x30...0x39).contains(first) else {
      return false
    }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case 0x24, 0x2D, 0x5F, 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: false
      }
    }
  }

  // By scalars: a mark that a value begins with makes another Character of the quote before it.
  private static func endOfSelector(_ text: Substring) -> String.Index? {
    var isQuoted = false
    var isEscaped = false
    for index in text.unicodeScalars.indices {
      switch text.unicodeScalars[index] {
      case _ where isEscaped: isEscaped = false
      case "\\" where isQuoted: isEscaped = true
      case "\"": isQuoted.toggle()
      case "]" where !isQuoted: return index
      default: break
      }
    }
    return nil
  }
}

extension SCIMAttributePath.Selector {
  /// The selector that `text` spells, such as `type eq "work"`; nil if it is another kind of
  /// filter, which can name values but can't make one.
  init?(_ text: Substring) {
    let words = text.split(separator: " ", maxSplits: 2)
    guard words.count == 3, words[1].lowercased() == "eq",
      let literal = try? JSONValue(parsing: Array(words[2].utf8))
    else { return nil }
    attribute = String(words[0])
    // Entra writes the flag of `primary` in quotes and in capitals.
    switch (attribute.lowercased(), literal.string?.lowercased()) {
    case ("primary", "true"): value = true
    case ("primary", "false"): value = false
    default: value = literal
    }
  }

  /// The selector as text.
  var text: String {
    attribute + " eq " + String(decoding: value.encoded, as: UTF8.self)
  }

  /// Whether `value` is one of those that the selector picks.
  func matches(_ item: JSONValue) -> Bool {
    let found = item[attribute]
    if let a = found?.string, let b = value.string { return a.lowercased() == b.lowercased() }
    if value == false && found == nil { return true }
    return found == value
  }
}
