import Configuration

/// One element of an XML file with what is in it.
///
/// Names are local names: what stands before a colon is dropped, since the exports bind the same
/// schema language to different prefixes.
struct XMLElement: Sendable {
  /// The local name.
  var name: String
  /// The attributes by their local names.
  var attributes: [String: String]
  /// The elements directly in it, without those that nobody asked for.
  var children: [XMLElement] = []
  /// The text directly in it, without white space at both ends.
  var text = ""
  /// The text with the spaces at its ends; nil if there are none, or if they only lay the file out:
  /// beside a line break, or alone.
  var spacedText: String?
  /// Where it starts.
  var place: SourcePlace

  /// The first child called `name`.
  func child(_ name: String) -> XMLElement? { children.first { $0.name == name } }

  /// The children called `name`.
  func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

  /// The text of the child called `name`; empty if there is none.
  func text(of name: String) -> String { child(name)?.text ?? "" }

  /// The text as somebody typed it as a value: spaces at its ends are a part of it, unless it is a
  /// number or a truth value.
  var value: String {
    guard let spacedText, Int64(text) == nil, !["true", "false"].contains(text.lowercased())
    else { return text }
    return spacedText
  }

  /// The descendant that `path` leads to by the names of children.
  func descendant(_ path: String...) -> XMLElement? {
    var element = self
    for name in path {
      guard let next = element.child(name) else { return nil }
      element = next
    }
    return element
  }
}
