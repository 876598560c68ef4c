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
    let count = name.utf8.count
    var folded: Int?
    for index in members.indices where members[index].name.utf8.count == count {
      switch Self.likeness(members[index].name, name) {
      case .same: return index
      case .inCase: folded = folded ?? index
      case .other: break
      }
    }
    return folded
  }

  private enum Likeness {
    case same, inCase, other
  }

  /// How two names of the same length compare; letters of ASCII are folded without making texts of them.
  private static func likeness(_ a: String, _ b: String) -> Likeness {
    var result = Likeness.same
    var isPlain = true
    for (x, y) in zip(a.utf8, b.utf8) {
      if x | y >= 0x80 { isPlain = false }
      guard x != y else { continue }
      // Letters differ in this bit alone; of other bytes, none that differ in it are the same.
      guard x ^ y == 0x20, 0x61...0x7A ~= x | 0x20 else {
        result = .other
        break
      }
      result = .inCase
    }
    if isPlain && result == .other { return .other }
    if isPlain || result == .same { return result }
    return a.lowercased() == b.lowercased() ? .inCase : .other
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
