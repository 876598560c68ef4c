/// One attribute with its values.
public struct Attribute: Hashable, Sendable {
  /// The attribute's name.
  public var name: AttributeName
  /// The values; never empty in an ``AttributeSet``, in ascending order, each once.
  public var values: [AttributeValue]

  /// An attribute with `values` as they are.
  public init(_ name: AttributeName, _ values: [AttributeValue]) {
    self.name = name
    self.values = values
  }
}

/// The attributes of one object: each name once, no attribute without a value.
///
/// Values are a set in LDAP (RFC 4511 §4.1.7); they are kept sorted, so that two sets that say the
/// same are equal whatever order the directory used.
public struct AttributeSet: Hashable, Sendable {
  /// The attributes, in order of first mention.
  public private(set) var attributes: [Attribute]

  /// An empty set.
  public init() { attributes = [] }

  /// The set of `attributes`; values of a name that is mentioned twice are united.
  public init(_ attributes: [Attribute]) {
    var united = UnitedAttributes(expecting: attributes.count)
    for attribute in attributes where !attribute.values.isEmpty {
      united.add(attribute.values, to: attribute.name)
    }
    self.init(united)
  }

  /// The set of `united`; each of them has a value.
  public init(_ united: consuming UnitedAttributes) {
    attributes = united.takeAttributes()
    for index in attributes.indices where attributes[index].values.count > 1 {
      attributes[index].values = Self.canonical(attributes[index].values)
    }
  }

  /// The set of `attributes` whose names are distinct and whose values stand in order, as those of
  /// a set do that was written down; those without a value are left out.
  public init(distinct attributes: [Attribute]) {
    self.attributes =
      attributes.contains { $0.values.isEmpty }
      ? attributes.filter { !$0.values.isEmpty } : attributes
  }

  /// The values of `name`, empty if it has none; assigning an empty array removes the attribute.
  public subscript(name: AttributeName) -> [AttributeValue] {
    get {
      for attribute in attributes where attribute.name == name { return attribute.values }
      return []
    }
    set {
      let index = attributes.firstIndex { $0.name == name }
      let values = Self.canonical(newValue)
      switch (index, values.isEmpty) {
      case (nil, true): break
      case (nil, false): attributes.append(Attribute(name, values))
      case (let index?, true): attributes.remove(at: index)
      case (let index?, false): attributes[index].values = values
      }
    }
  }

  /// The first value of `name` as text, or nil.
  public func text(_ name: AttributeName) -> String? { self[name].first?.text }

  /// Whether `name` has a value.
  public func contains(_ name: AttributeName) -> Bool {
    attributes.contains { $0.name == name }
  }

  /// Adds `values` to those that `name` has.
  public mutating func add(_ values: [AttributeValue], to name: AttributeName) {
    self[name] = self[name] + values
  }

  /// The names that have values.
  public var names: [AttributeName] { attributes.map(\.name) }

  /// Whether there is no attribute at all.
  public var isEmpty: Bool { attributes.isEmpty }

  /// The values in ascending order, each once.
  public static func canonical(_ values: [AttributeValue]) -> [AttributeValue] {
    guard values.count > 1 else { return values }
    let sorted = values.sorted()
    var result: [AttributeValue] = []
    result.reserveCapacity(sorted.count)
    for value in sorted where result.last != value { result.append(value) }
    return result
  }

  /// Whether both sets hold the same attributes and values, whatever their order.
  public static func == (a: AttributeSet, b: AttributeSet) -> Bool {
    guard a.attributes.count == b.attributes.count else { return false }
    if a.attributes.elementsEqual(b.attributes) { return true }
    return a.attributes.allSatisfy { b[$0.name] == $0.values }
  }

  /// Hashes what equality compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(attributes.count)
    var sum = 0
    for attribute in attributes { sum &+= attribute.hashValue }
    hasher.combine(sum)
  }
}

extension AttributeSet: ExpressibleByDictionaryLiteral {
  /// A set written as a dictionary.
  public init(dictionaryLiteral elements: (AttributeName, [AttributeValue])...) {
    self.init(elements.map { Attribute($0.0, $0.1) })
  }
}
