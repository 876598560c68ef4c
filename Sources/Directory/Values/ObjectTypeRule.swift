/// An object class with the object type that it means.
public struct ObjectTypeRule: Hashable, Sendable {
  /// The class, in any case.
  public var objectClass: String
  /// The type.
  public var objectType: String
  /// Another class without which it does not mean that.
  public var companion: String?
  /// The rule that `objectClass` means `objectType`, with `companion` if one is named.
  public init(_ objectClass: String, _ objectType: String, with companion: String? = nil) {
    self.objectClass = objectClass
    self.objectType = objectType
    self.companion = companion
  }

  /// Whether it says what an object of `classes`, in lower case, is.
  public func applies(to classes: some Sequence<String>) -> Bool {
    classes.contains(objectClass.lowercased())
      && (companion.map { classes.contains($0.lowercased()) } ?? true)
  }
}

extension ObjectTypeRule {
  /// The usual classes of Active Directory and of RFC 4519 and RFC 2798 directories.
  ///
  /// A computer has the class `user` too, so it comes first, and so does Active Directory's
  /// inetOrgPerson, of which the rules know as of another type; elsewhere that is what people are.
  public static let usual: [ObjectTypeRule] = [
    .init("computer", "computer"), .init("inetOrgPerson", "inetOrgPerson", with: "user"),
    .init("inetOrgPerson", "user"), .init("user", "user"),
    .init("contact", "contact"), .init("group", "group"), .init("groupOfNames", "group"),
    .init("groupOfUniqueNames", "group"), .init("organizationalUnit", "organizationalUnit"),
    .init("builtinDomain", "builtinDomain"), .init("domainDNS", "domain"),
    .init("domain", "domain"),
    .init("dcObject", "domain"), .init("container", "container"), .init("person", "user"),
  ]
}
