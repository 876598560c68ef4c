/// The members of a JSON object, in the order in which they were written.
public struct JSONObject: Hashable, Sendable {
  /// The members; those that were parsed have no name twice.
  public var members: [JSONMember]

  /// An object of these members.
  public init(members: [JSONMember] = []) { self.members = members }

  /// An object of these members, in this order.
  public init(_ members: KeyValuePairs<String, JSONValue>) {
    self.members = members.map { JSONMember(name: $0.key, value: $0.value) }
  }

  /// The member called `name`, or nil if there is none or it is null.
  ///
  /// A member of exactly this name comes first; without one, a name in other case is taken, because
  /// SCIM's attribute names know no case (RFC 7643 §2.1). Setting nil removes the member.
  public subscript(name: String) -> JSONValue? {
    get {
      guard let index = index(of: name), members[index].value != .null else { return nil }
      return members[index].value
    }
    set {
      switch (index(of: name), newValue) {
      case (let index?, let value?): members[index].value = value
      case (let index?, nil): members.remove(at: index)
      case (nil, let value?): members.append(JSONMember(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  /// The member called `name` as it was written, null included; nil if there is none.
  public func written(_ name: String) -> JSONValue? { index(of: name).map { members[$0].value } }

  private func index(of name: String) -> Int? {
    if let index = members.firstIndex(where: { $0.name.utf8.elementsEqual(name.utf8) }) {
      return index
    }
    let key = name.lowercased()
    return members.firstIndex {
      $0.name.utf8.count == key.utf8.count && $0.name.lowercased() == key
    }
  }
}

/// One member of a JSON object.
public struct JSONMember: Hashable, Sendable {
  /// The name.
  public var name: String
  /// The value.
  public var value: JSONValue

  /// A member of these parts.
  public init(name: String, value: JSONValue) {
    self.name = name
    self.value = value
  }
}
