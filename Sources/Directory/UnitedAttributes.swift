/// Attributes with their values as they are met, each name once.
///
/// Few are looked through for a name, which costs less than a table; of very many, a table says
/// where each stands.
public struct UnitedAttributes: Sendable {
  /// The attributes, in order of first mention, with their values in the order of theirs.
  public private(set) var attributes: [Attribute] = []
  // Where each name stands, once there are more of them than are looked through.
  private var places: [AttributeName: Int] = [:]
  private static let few = 32

  /// None yet, with room for `count`.
  public init(expecting count: Int) { attributes.reserveCapacity(count) }

  /// Adds `values` to those that `name` has.
  public mutating func add(_ values: [AttributeValue], to name: AttributeName) {
    if let place = place(of: name) {
      attributes[place].values += values
    } else {
      append(Attribute(name, values))
    }
  }

  /// Adds `value` to those that `name` has.
  public mutating func add(_ value: AttributeValue, to name: AttributeName) {
    if let place = place(of: name) {
      attributes[place].values.append(value)
    } else {
      append(Attribute(name, [value]))
    }
  }

  /// Hands them out without keeping hold of them, so that they are changed where they stand.
  mutating func takeAttributes() -> [Attribute] {
    defer { (attributes, places) = ([], [:]) }
    return attributes
  }

  private func place(of name: AttributeName) -> Int? {
    // The values of one attribute mostly come together.
    if attributes.last?.name == name { return attributes.count - 1 }
    if attributes.count > Self.few { return places[name] }
    return attributes.firstIndex { $0.name == name }
  }

  private mutating func append(_ attribute: Attribute) {
    attributes.append(attribute)
    if places.isEmpty {
      guard attributes.count > Self.few else { return }
      for (place, known) in attributes.enumerated() { places[known.name] = place }
    } else {
      places[attribute.name] = attributes.count - 1
    }
  }
}
