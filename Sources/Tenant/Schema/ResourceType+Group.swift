extension ResourceType {
  /// The number of links from a group to its members.
  static let membersLink = 1
  /// The number of links from a user to the manager.
  static let managerLink = 2
  /// The number of links from a group to its owners, of which Graph alone knows.
  static let ownersLink = 3

  /// Groups: RFC 7643 §4.2 and the extensions of our own.
  static let group = ResourceType(
    code: 2, name: "Group", endpoint: "Groups", text: "Groups",
    schema: SchemaDefinition(
      id: "urn:ietf:params:scim:schemas:core:2.0:Group", name: "Group", text: "Group",
      attributes: [
        .text("displayName", "The name to show.", max: 256).with {
          $0.isRequired = true
          $0.keyIndex = 5
        },
        members,
      ]),
    extensions: [onPremisesGroup, entraGroup, graphGroup])

  private static let members = AttributeDefinition(
    name: "members", kind: .complex, isMultiValued: true, text: "The direct members.",
    subAttributes: [
      .text("value", "The id of an existing resource.").with {
        $0.isCaseExact = true
        $0.isRequired = true
        $0.mutability = .immutable
      },
      reference("$ref", to: ["User", "Group", "Contact", "Device"]).with {
        $0.text = "The URI of the resource; may stand for the value."
        $0.mutability = .immutable
      },
      .text("type", "The kind of resource.", max: 16).with {
        $0.canonicalValues = ["User", "Group", "Contact", "Device"]
        $0.isCanonicalOnly = true
        $0.mutability = .immutable
      },
      .text("display", "The member's name.").with { $0.mutability = .readOnly },
    ], storage: .links(membersLink), targetTypes: ["User", "Group", "Contact", "Device"])

  /// Contacts: people outside, with a mail address and no account.
  static let contact = ResourceType(
    code: 3, name: "Contact", endpoint: "Contacts", text: "Mail contacts",
    schema: SchemaDefinition(
      id: "urn:lockstep:params:scim:schemas:core:2.0:Contact", name: "Contact",
      text: "A person outside with a mail address and no account",
      attributes: [
        .text("displayName", "The name to show.", max: 256).with {
          $0.isRequired = true
          $0.keyIndex = 5
        },
        personName, emails,
      ]),
    extensions: [onPremisesContact, entraContact])
}
