/// The name under which a directory knows one object for ever: a GUID, an id, or its DN where
/// there is nothing better.
///
/// An anchor is text so that it can be shown and searched; GUIDs are spelled in the form that
/// Microsoft prints, ids as the server gives them. Compared exactly.
public struct Anchor: Hashable, Sendable, CustomStringConvertible {
  /// The anchor's text.
  public let text: String
  /// The anchor spelled `text`.
  public init(_ text: String) { self.text = text }
  /// The anchor's text.
  public var description: String { text }
}

/// One object as a directory shows it.
public struct DirectoryEntry: Hashable, Sendable {
  /// What the object keeps when everything else changes.
  public var anchor: Anchor
  /// Where it stands now.
  public var dn: DistinguishedName
  /// What it is: `user`, `group`, `contact`, `organizationalUnit`, or a class of the directory's own.
  public var objectType: String
  /// What it says; references are ``AttributeValue/reference(_:)``.
  public var attributes: AttributeSet

  /// An entry of these parts.
  public init(
    anchor: Anchor, dn: DistinguishedName, objectType: String, attributes: AttributeSet
  ) {
    self.anchor = anchor
    self.dn = dn
    self.objectType = objectType
    self.attributes = attributes
  }
}

/// A change of one attribute.
public struct AttributeChange: Hashable, Sendable {
  /// What happens to the values.
  public enum Operation: Hashable, Sendable {
    /// These are the values now; none removes the attribute.
    case replace([AttributeValue])
    /// These come and those go; the others stay.
    case update(added: [AttributeValue], removed: [AttributeValue])
  }

  /// The attribute that changes.
  public var name: AttributeName
  /// What happens to it.
  public var operation: Operation

  /// A change of `name`.
  public init(_ name: AttributeName, _ operation: Operation) {
    self.name = name
    self.operation = operation
  }
}

extension AttributeChange {
  /// The attributes that say whether an account may be used, by the names of SCIM and of Microsoft
  /// Graph.
  private static let switches: Set<AttributeName> = ["active", "accountEnabled"]

  /// Whether it shuts an account.
  public var disables: Bool {
    guard Self.switches.contains(name), case .replace(let values) = operation else { return false }
    return values == [.boolean(false)]
  }
}
