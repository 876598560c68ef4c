import Directory

/// Whether this account may write to a target, as far as that can be found out without a change.
struct WriteCheck: Sendable {
  let connection: LDAPConnection
  let profile: DirectoryProfile
  let settings: LDAPConnectorSettings
  let scope: ContainerScope

  /// Types that rules usually make, of which Active Directory tells whether the account may.
  private static let types = ["user", "group", "contact", "computer", "organizationalUnit"]
  /// How many containers below one in which nothing may be made are asked.
  private static let mostContainers = 500
  /// Attributes that people have everywhere, of which one that may be written is looked for.
  private static let attributes = ["description", "telephoneNumber", "title", "mail", "sn", "cn"]

  /// What was found out.
  ///
  /// - Throws: ``LDAPError`` if the connection broke.
  func findings() async throws(LDAPError) -> [ConnectionFinding] {
    var findings: [ConnectionFinding] = []
    for root in scope.roots {
      do throws(LDAPError) {
        findings.append(
          profile.kind.isActiveDirectory
            ? try await effectiveRights(root) : try await triedRights(root))
      } catch {
        guard error.resultCode != nil else { throw error }
        findings.append(Self.untried("\(root.text): \(error.description)"))
      }
    }
    return findings
  }

  private static func untried(_ why: String) -> ConnectionFinding {
    .good("writes: rights to write were not tried: \(why)")
  }

  // MARK: Active Directory

  /// What the server itself says of what the account may do ([MS-ADTS] §3.1.1.4.5.4, §3.1.1.4.5.6).
  private func effectiveRights(
    _ root: DistinguishedName
  ) async throws(LDAPError) -> ConnectionFinding {
    let top = try await connection.entry(root.text, Self.effective)
    if let may = Self.rights(top) { return .good("writes: may \(may) in \(root.text)") }
    var search = LDAPSearch(
      base: root.text, filter: "(|(objectClass=organizationalUnit)(objectClass=container))",
      attributes: Self.effective)
    search.sizeLimit = Self.mostContainers
    let below = try await connection.firstEntries(search)
    let open = below.compactMap { entry in Self.rights(entry).map { (entry.dn, $0) } }
    if let (name, may) = open.first {
      return .good(
        "writes: may \(may) in \(ServerWords.shown(name)), and in \(open.count - 1) other containers, "
          + "but not in \(root.text) itself")
    }
    return .bad(
      "writes: this account may make nothing in \(root.text), nor in what is below it",
      "Give it the rights to create, write and delete there, or name in \"include\" where it has them."
    )
  }

  private static let effective = ["allowedChildClassesEffective", "allowedAttributesEffective"]

  /// What may be made in a container, in words; nil for nothing.
  private static func rights(_ entry: SearchEntry?) -> String? {
    let classes = Set((entry?.texts(effective[0]) ?? []).map { $0.lowercased() })
    guard !classes.isEmpty else { return nil }
    let known = types.filter { classes.contains($0.lowercased()) }
    return known.isEmpty
      ? "create objects of \(classes.count) types" : "create " + known.joined(separator: ", ")
  }

  // MARK: Other servers

  /// What the server answers to a change that changes nothing: to take a value away that nobody has.
  ///
  /// Rights come before what is there: OpenLDAP and others refuse who may not write with another code.
  private func triedRights(_ root: DistinguishedName) async throws(LDAPError) -> ConnectionFinding {
    var search = LDAPSearch(base: root.text, filter: "(objectClass=person)", attributes: ["1.1"])
    search.sizeLimit = 2
    // Everybody may change something of himself.
    let person = try await connection.firstEntries(search).first { $0.dn.lowercased() != account }
    let place = person?.dn ?? root.text
    for attribute in Self.attributes where profile.schema[AttributeName(attribute)] != nil {
      let nobodys = Array("lockstep-\(UInt64.random(in: .min ... .max))".utf8)
      let result = try await connection.modify(
        place, [LDAPModification(.delete, attribute, [nobodys])])
      switch result.code {
      case LDAPCode.noSuchAttribute:
        return .good(
          "writes: may change \(attribute) of \(ServerWords.shown(place)); whether it may create and "
            + "delete was not tried")
      case LDAPCode.insufficientAccessRights: continue
      case LDAPCode.strongerAuthRequired, LDAPCode.confidentialityRequired,
        LDAPCode.inappropriateAuthentication, LDAPCode.referral, LDAPCode.unwillingToPerform:
        return .bad(
          "writes: the server takes no change: \(Self.words(result))",
          result.code == LDAPCode.referral
            ? "Name the server that takes changes in \"servers\"."
            : "Name an account that may write, or a server that takes changes.")
      default: return Self.untried(Self.words(result))
      }
    }
    guard person != nil else {
      return Self.untried("there is nobody in \(root.text) of whom something could be changed")
    }
    return .bad(
      "writes: this account may change nothing of \(ServerWords.shown(place)): tried "
        + Self.attributes.joined(separator: ", "),
      "Give it the rights to create, write and delete in \(root.text).")
  }

  private var account: String? {
    if case .simple(let name, _) = settings.connection.authentication {
      name.lowercased()
    } else {
      nil
    }
  }

  private static func words(_ result: LDAPResult) -> String {
    let failure = result.failure
    let places = result.referrals.prefix(3).map { ServerWords.shown($0, limit: 100) }
    let words = ServerWords.shown(result.diagnostic, limit: 200)
    return failure.code + (words.isEmpty ? "" : ": " + words)
      + (places.isEmpty ? "" : "; it names \(places.joined(separator: ", "))")
  }
}
