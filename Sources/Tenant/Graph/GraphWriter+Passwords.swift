import JSON

// The passwords that Graph's clients give users (learn.microsoft.com, "passwordProfile resource
// type").
extension GraphWriter {
  private static let flags = [
    "forceChangePasswordNextSignIn", "forceChangePasswordNextSignInWithMfa",
  ]

  /// Refuses a profile that has no password that a user could have.
  ///
  /// - Throws: ``GraphError``, status 400, which does not tell the password.
  func checkPassword(_ value: JSONValue, isNew: Bool) throws {
    for flag in Self.flags {
      guard let given = value[flag], given != .null, given.boolean == nil else { continue }
      throw GraphError.value("passwordProfile", of: type.title, "InvalidValue")
    }
    // Later it may be about the next sign-in alone.
    guard isNew || value["password"] != nil else { return }
    guard let password = value["password"]?.string, NewPassword.length.contains(password.count),
      Self.classes(of: password) >= 3
    else {
      let words = "The specified password does not comply with password complexity requirements. "
      throw GraphError.bad(
        words + "Please provide a different password.",
        details: [
          GraphError.Detail(code: "InvalidPassword", message: words, target: "passwordProfile")
        ])
    }
  }

  // Three of four kinds of characters: small letters, capitals, digits and others (learn.microsoft.com,
  // "Microsoft Entra password policies").
  private static func classes(of password: String) -> Int {
    let kinds = password.map { character -> Int in
      if character.isLowercase { return 0 }
      if character.isUppercase { return 1 }
      return character.isWholeNumber ? 2 : 3
    }
    return Set(kinds).count
  }

  /// The password that `input` gives a user; nil if it gives none, or one that
  /// ``checkPassword(_:isNew:)`` refuses.
  ///
  /// Made before the one transaction that writes: others wait for that.
  static func newPassword(_ type: GraphType, _ input: JSONObject) -> NewPassword? {
    guard type.name == "user", let value = input["passwordProfile"]?["password"],
      var password = try? NewPassword(value, path: "passwordProfile")
    else { return nil }
    password.forcesChange = forcesChange(type, input) ?? false
    return password
  }

  /// Whether `input` says that the password must be changed at the next sign-in; nil if it does not
  /// tell.
  static func forcesChange(_ type: GraphType, _ input: JSONObject) -> Bool? {
    guard type.name == "user", let profile = input["passwordProfile"] else { return nil }
    let told = flags.compactMap { profile[$0]?.boolean }
    return told.isEmpty ? nil : told.contains(true)
  }

  // MARK: Groups that Exchange manages

  /// Refuses to change a distribution list or a mail-enabled security group, which Graph only reads
  /// (learn.microsoft.com, "Working with groups in Microsoft Graph").
  ///
  /// - Throws: ``GraphError``, status 400.
  func checkMail(_ old: StoredResource, _ verb: String) throws {
    func value(_ name: String) -> JSONValue? { type.property(name)?.place.value(in: old.body) }
    guard type.name == "group", value("mailEnabled") == .boolean(true) else { return }
    let kinds = value("groupTypes")?.array ?? []
    guard !kinds.contains(where: { $0.string?.lowercased() == "unified" }) else { return }
    throw GraphError.bad(
      "Cannot \(verb) a mail-enabled security groups and or distribution list.")
  }
}
