import Directory

/// How changes are cut into requests.
enum ChangeRequests {
  /// Values of one attribute in a request: Active Directory takes 5,000, and locks what it changes.
  static let chunk = 1000

  /// `parts` in requests of which none has too many values of one attribute; what is small stays
  /// together, in the same order.
  static func cut(_ parts: [LDAPModification]) -> [[LDAPModification]] {
    var first: [LDAPModification] = []
    var rest: [[LDAPModification]] = []
    for part in parts {
      var values = part.values[...]
      let head = Array(values.prefix(chunk))
      values = values.dropFirst(chunk)
      first.append(LDAPModification(part.operation, part.attribute, head))
      while !values.isEmpty {
        let operation = part.operation == .replace ? .add : part.operation
        rest.append([LDAPModification(operation, part.attribute, Array(values.prefix(chunk)))])
        values = values.dropFirst(chunk)
      }
    }
    return first.isEmpty ? [] : [first] + rest
  }

  /// `parts`, those of each attribute together and apart from others; all together where the classes
  /// of the object change, on which depends what it may have.
  static func byAttribute(_ parts: [LDAPModification]) -> [[LDAPModification]] {
    var order: [AttributeName] = []
    var groups: [AttributeName: [LDAPModification]] = [:]
    for part in parts {
      let name = AttributeName(part.attribute)
      if name == "objectClass" { return [parts] }
      if groups[name] == nil { order.append(name) }
      groups[name, default: []].append(part)
    }
    return order.compactMap { groups[$0] }
  }

  /// `parts` with each added or removed value on its own.
  ///
  /// - Parameter neverEmpty: Whether an attribute may have to have a value all the time, as the
  ///   members of a `groupOfNames`: what it gets is then added before anything is removed.
  static func single(
    _ parts: [LDAPModification], neverEmpty: (String) -> Bool = { _ in false }
  ) -> [LDAPModification] {
    let single = parts.flatMap { part in
      part.operation == .replace || part.values.isEmpty
        ? [part]
        : part.values.map { LDAPModification(part.operation, part.attribute, [$0]) }
    }
    let first = single.filter { $0.operation == .add && neverEmpty($0.attribute) }
    return first + single.filter { !($0.operation == .add && neverEmpty($0.attribute)) }
  }
}
