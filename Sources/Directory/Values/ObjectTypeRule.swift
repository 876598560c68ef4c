/// An object class with the object type that it means.
public struct ObjectTypeRule: Hashable, Sendable {
  /// The class, in any case.
  public var objectClass: String
  /// The type.
  public var objectType: String
  /// The rule that `objectClass` means `objectType`.
  public init(_ objectClass: String, _ objectType: String) {
    self.objectClass = objectClass
    self.objectType = objectType
  }
}

extension ObjectTypeRule {
  /// The usual classes of Active Directory and of RFC 4519 and RFC 2798 directories.
  ///
  /// A computer has the class `user` too, so it comes first.
  public static let usual: [ObjectTypeRule] = [
    .init("computer", "computer"), .init("inetOrgPerson", "user"), .init("user", "user"),
    .init("contact", "contact"), .init("group", "group"), .init("groupOfNames", "group"),
    .init("groupOfUniqueNames", "group"), .init("organizationalUnit", "organizationalUnit"),
    .init("builtinDomain", "builtinDomain"), .init("domainDNS", "domain"),
    .init("domain", "domain"),
    .init("dcObject", "domain"), .init("container", "container"), .init("person", "user"),
  ]
}
