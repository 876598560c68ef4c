/// The shapes that values must have besides their type.
///
/// The user principal name follows Microsoft's "Prepare to provision users through directory
/// synchronization": letters, digits and `' . - _ ! # ^ ~`, no accents, no spaces, one `@`, at most
/// 64 characters before it and 48 after it, no dot before it.
enum ValueFormat {
  /// What is wrong with `value` for `format`, or nil if nothing is.
  static func fault(of value: String, as format: AttributeDefinition.Format) -> String? {
    switch format {
    case .text: return nil
    case .userPrincipalName: return userPrincipalNameFault(value)
    case .mailAddress: return mailAddressFault(value)
    case .proxyAddress: return proxyAddressFault(value)
    }
  }

  private static func userPrincipalNameFault(_ value: String) -> String? {
    let parts = value.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      return "a user principal name has exactly one @, as in name@example.com"
    }
    let (prefix, suffix) = (parts[0], parts[1])
    guard !prefix.isEmpty else { return "there is nothing before the @" }
    guard prefix.utf16.count <= 64 else {
      return "the part before the @ has \(prefix.utf16.count) characters; 64 are allowed"
    }
    guard suffix.utf16.count <= 48 else {
      return "the part after the @ has \(suffix.utf16.count) characters; 48 are allowed"
    }
    if let wrong = firstScalar(of: prefix, notIn: "'.-_!#^~") {
      return "the character \(name(wrong)) is not allowed; allowed are A-Z a-z 0-9 ' . - _ ! # ^ ~"
    }
    if prefix.hasPrefix(".") || prefix.hasSuffix(".") || prefix.contains("..") {
      return "a dot can't begin or end the part before the @, nor follow another dot"
    }
    return domainFault(suffix)
  }

  private static func mailAddressFault(_ value: String) -> String? {
    guard let at = value.lastIndex(of: "@") else { return "a mail address has an @" }
    let (local, domain) = (value[..<at], value[value.index(after: at)...])
    guard !local.isEmpty, local.utf8.count <= 64 else {
      return "the part before the @ has \(local.utf8.count) characters; 1 to 64 are allowed"
    }
    // RFC 5321 §4.1.2, dot-string; quoted strings are refused by the cloud.
    if let wrong = firstScalar(of: local, notIn: "!#$%&'*+-/=?^_`{|}~.") {
      return "the character \(name(wrong)) is not allowed in a mail address"
    }
    if local.hasPrefix(".") || local.hasSuffix(".") || local.contains("..") {
      return "a dot can't begin or end the part before the @, nor follow another dot"
    }
    return domainFault(domain)
  }

  /// How many proxy addresses an object may have; Entra ID says the number when it refuses more.
  static let mostProxyAddresses = 333

  // Exchange knows more kinds than it lists: EUM, X400, SPO, and what an organization has made.
  private static func proxyAddressFault(_ value: String) -> String? {
    let known = "a proxy address begins with its kind, as SMTP:, smtp:, sip:, x500: or eum:"
    guard let colon = value.firstIndex(of: ":") else { return known }
    let (kind, address) = (value[..<colon], value[value.index(after: colon)...])
    guard !kind.isEmpty, firstScalar(of: kind, notIn: "-_") == nil else { return known }
    if kind.lowercased() == "smtp" { return mailAddressFault(String(address)) }
    return address.isEmpty ? "the address is empty" : nil
  }

  // RFC 1123 §2.1: labels of letters, digits and inner hyphens; and at least two of them.
  private static func domainFault(_ domain: Substring) -> String? {
    let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
    guard labels.count >= 2 else { return "the domain '\(domain)' has no dot" }
    for label in labels {
      guard !label.isEmpty, label.utf8.count <= 63, !label.hasPrefix("-"), !label.hasSuffix("-"),
        firstScalar(of: label, notIn: "-") == nil
      else { return "'\(domain)' is not the name of a domain" }
    }
    return nil
  }

  private static func firstScalar(of text: Substring, notIn others: String) -> Unicode.Scalar? {
    text.unicodeScalars.first { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9": return false
      default: return !others.unicodeScalars.contains(scalar)
      }
    }
  }

  private static func name(_ scalar: Unicode.Scalar) -> String {
    let code = String(scalar.value, radix: 16, uppercase: true)
    let number = "U+" + String(repeating: "0", count: max(0, 4 - code.count)) + code
    if scalar == " " { return "space (\(number))" }
    let isPrintable = scalar.value > 0x20 && scalar.value != 0x7F
    return isPrintable ? "'\(Character(scalar))' (\(number))" : number
  }
}
