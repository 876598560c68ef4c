extension ResourceType {
  /// The URN of the on-premises extension of the kind called `name`.
  static func onPremisesURN(_ name: String) -> String {
    "urn:lockstep:params:scim:schemas:extension:onpremises:2.0:\(name)"
  }

  /// The attributes that every on-premises extension has.
  ///
  /// The limits are Microsoft's: an immutable id of less than 60 characters (Entra Connect design
  /// concepts), a proxy address of 1123 (the AD schema's range of proxyAddresses).
  static let onPremisesAttributes: [AttributeDefinition] = [
    .text("immutableId", "Ties the object to its source; never changes.", max: 59).with {
      $0.isCaseExact = true
      $0.uniqueness = .server
      $0.keyIndex = 3
    },
    .text("distinguishedName", "The distinguished name in the source.", max: 4096),
    .text("samAccountName", "The sAMAccountName in the source.", max: 256),
    .text("securityIdentifier", "The SID in the source, as S-1-….", max: 184),
    .text("domainName", "The DNS name of the source domain.", max: 255),
    .text(
      "proxyAddresses",
      "Addresses with their kind, as SMTP:name@example.com, smtp:, sip: or x500:; one at most has "
        + "SMTP in capitals, the main one.", max: 1123
    ).with {
      $0.isMultiValued = true
      $0.uniqueness = .global
      $0.keyIndex = 4
      $0.format = .proxyAddress
    },
    .flag("syncEnabled", "Whether the object is kept in step with a directory on premises."),
    .stamp("lastSyncTime", "When the object was last written while syncEnabled was true."),
  ]

  private static let mailAttributes: [AttributeDefinition] = [
    .text("mail", "The mail address, as name@example.com.", max: 256).with {
      $0.format = .mailAddress
    }
  ]

  /// The on-premises extension of users.
  static let onPremisesUser = SchemaDefinition(
    id: onPremisesURN("User"), name: "OnPremisesUser",
    text: "What ties a user to a directory on premises.",
    attributes: onPremisesAttributes + [
      .stamp("lastPasswordSyncTime", "When a password hash was last taken for the user.")
    ])

  /// The on-premises extension of groups.
  static let onPremisesGroup = SchemaDefinition(
    id: onPremisesURN("Group"), name: "OnPremisesGroup",
    text: "What ties a group to a directory on premises.",
    attributes: onPremisesAttributes + mailAttributes + [
      .text("description", "What the group is for."),
      .flag("securityEnabled", "Whether the group can be given rights."),
      .flag("mailEnabled", "Whether the group takes mail."),
    ])

  /// The on-premises extension of contacts.
  static let onPremisesContact = SchemaDefinition(
    id: onPremisesURN("Contact"), name: "OnPremisesContact",
    text: "What ties a contact to a directory on premises.",
    attributes: onPremisesAttributes + mailAttributes)
}
