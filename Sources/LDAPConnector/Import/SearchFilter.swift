import Directory

/// Filters of searches in the form of RFC 4515.
enum SearchFilter {
  /// `value` as it stands in a filter (RFC 4515 §3).
  static func escape(_ value: String) -> String {
    var out = ""
    for byte in value.utf8 {
      switch byte {
      case 0, 0x28, 0x29, 0x2A, 0x5C, 0x80...: out += "\\" + Hexadecimal.encode([byte])
      default: out.unicodeScalars.append(Unicode.Scalar(byte))
      }
    }
    return out
  }

  /// The filter that `text` is, with parentheses around it.
  static func grouped(_ text: String) -> String { text.hasPrefix("(") ? text : "(" + text + ")" }

  /// Objects for which all of `filters` hold.
  static func all(_ filters: [String]) -> String {
    filters.count == 1 ? filters[0] : "(&" + filters.joined() + ")"
  }

  /// The attributes that a filter names, without their options.
  static func attributes(in filter: String) -> Set<AttributeName> {
    // In values, parentheses are escaped.
    let parts = grouped(filter).split(separator: "(").map { part in
      part.drop { $0 == " " }.prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "." }
    }
    return Set(parts.filter { !$0.isEmpty }.map { AttributeName(String($0)) })
  }

  /// Objects of these classes.
  static func classes(_ classes: [String]) -> String {
    let filters = classes.map { "(objectClass=" + escape($0) + ")" }
    return filters.count == 1 ? filters[0] : "(|" + filters.joined() + ")"
  }
}

extension DirectoryProfile {
  /// The filter for objects of the wanted types that the configuration does not leave out.
  ///
  /// Active Directory holds much that is of no use to anybody outside: there, only types that are
  /// known are asked for. Filtered is by class alone, because that stays on deleted objects.
  func filter(_ settings: LDAPConnectorSettings, objectTypes: [String]) -> String {
    let classes = classFilter(settings, objectTypes: objectTypes)
    guard let own = settings.filter else { return classes }
    let filters = classes == Self.anything ? [] : [classes]
    return SearchFilter.all(filters + [SearchFilter.grouped(own)])
  }

  /// The filter for objects of the wanted types, whatever else they say.
  func classFilter(_ settings: LDAPConnectorSettings, objectTypes: [String]) -> String {
    let all = typeRules(settings)
    let known = Set(all.map(\.objectType))
    let wanted = objectTypes.isEmpty && kind.isActiveDirectory ? known : Set(objectTypes)
    guard !wanted.isEmpty, wanted.isSubset(of: known) else { return Self.anything }
    var classes: [String] = []
    for rule in all where wanted.contains(rule.objectType) && !classes.contains(rule.objectClass) {
      classes.append(rule.objectClass)
    }
    return SearchFilter.classes(classes)
  }

  private static let anything = "(objectClass=*)"

  /// The attributes to ask for.
  func requestedAttributes(_ settings: LDAPConnectorSettings) -> [String] {
    let secrets = settings.secretAttributes
    var names = settings.attributes.filter { !secrets.contains(AttributeName($0)) }
    if settings.attributes.isEmpty { names = ["*"] }
    func add(_ name: String) {
      if !names.contains(where: { $0.lowercased() == name.lowercased() }) { names.append(name) }
    }
    if !names.contains("*") { add("objectClass") }
    if let anchorAttribute, !(kind.isActiveDirectory && names.contains("*")) {
      add(anchorAttribute.text)
    }
    guard let size = settings.rangeSize else { return names }
    let all = names.contains("*")
    for name in settings.rangedAttributes {
      let isNamed = names.contains { $0.lowercased() == name.lowercased() }
      guard all || isNamed else { continue }
      names.removeAll { $0.lowercased() == name.lowercased() }
      names.append(name + ";" + ValueRange(first: 0, last: size - 1).option)
    }
    return names
  }
}
