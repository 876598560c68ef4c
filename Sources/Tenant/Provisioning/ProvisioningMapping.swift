import JSON

/// How a provisioning job maps the attributes of SCIM to those of the directory (learn.microsoft.com,
/// "Microsoft Entra ID SCIM API schema").
enum ProvisioningMapping {
  private static let core = [
    "userName": "userPrincipalName", "displayName": "displayName", "active": "accountEnabled",
    "title": "jobTitle", "preferredLanguage": "preferredLanguage", "userType": "employeeType",
  ]
  private static let names = ["givenName": "givenName", "familyName": "surname"]
  private static let addresses = [
    "streetAddress": "streetAddress", "locality": "city", "region": "state",
    "postalCode": "postalCode", "country": "country",
  ]
  private static let phones = ["mobile": "mobilePhone", "fax": "faxNumber"]
  private static let enterprise = [
    "department": "department", "organization": "companyName", "employeeNumber": "employeeId",
  ]
  private static let entraURN = "urn:ietf:params:scim:schemas:extension:Microsoft:Entra:2.0:User"
  private static let entra = [
    "mailNickname": "mailNickname", "officeLocation": "officeLocation",
    "usageLocation": "usageLocation", "userType": "userType",
    "onPremisesExtensionAttributes": "onPremisesExtensionAttributes",
  ]

  /// The properties that `data` tells, null for those that are to be cleared; what it leaves out is
  /// left alone.
  static func properties(_ data: JSONObject) -> JSONObject {
    var found = JSONObject()
    func take(_ object: JSONObject?, _ table: [String: String]) {
      for member in object?.members ?? [] {
        guard let name = table[member.name] else { continue }
        // A value that is empty is none.
        found[name] = member.value == .string("") ? .null : member.value
      }
    }
    take(data, core)
    take(data["name"]?.object, names)
    take(data[ResourceType.enterpriseUser.id]?.object, enterprise)
    take(data[entraURN]?.object, entra)
    for item in data["addresses"]?.array ?? [] where item["type"]?.string == "work" {
      take(item.object, addresses)
    }
    for item in data["phoneNumbers"]?.array ?? [] {
      let (type, value) = (item["type"]?.string ?? "", item["value"] ?? .null)
      if let name = phones[type] { found[name] = value }
      if type == "work" { found["businessPhones"] = .array(value == .null ? [] : [value]) }
    }
    takeEmails(data, into: &found)
    return found
  }

  private static func takeEmails(_ data: JSONObject, into found: inout JSONObject) {
    guard let emails = data["emails"]?.array else { return }
    let others = emails.filter { $0["type"]?.string == "other" }.compactMap { $0["value"] }
    if !others.isEmpty { found["otherMails"] = .array(others.filter { $0 != .null }) }
    if let work = emails.first(where: { $0["type"]?.string == "work" }) {
      found["mail"] = work["value"] ?? .null
    }
  }

  /// The `externalId` of the manager; an empty text if there is to be none, nil if `data` does not
  /// tell.
  static func manager(_ data: JSONObject) -> String? {
    // One that is null is told: there is to be none.
    let told = data[ResourceType.enterpriseUser.id]?.object?.members.first { $0.name == "manager" }
    return told.map { $0.value["value"]?.string ?? "" }
  }
}
