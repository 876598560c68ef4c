import Directory

/// What the tenant holds, and the copy of it that imports read, which may lag behind.
struct TenantState {
  struct Object {
    var id: String
    var type: String
    var attributes: AttributeSet
    /// Whether somebody made it in the tenant, and no export.
    var isMadeByHand = false
    /// The number of the event in which it was made.
    var moment = 0

    var key: String? { attributes.text("externalId") }
  }

  enum Change {
    case put(Object)
    case remove(String)
  }

  struct Copy {
    var objects: [String: Object] = [:]

    var ids: [String] { objects.keys.sorted() }

    mutating func apply(_ change: Change) {
      switch change {
      case .put(let object): objects[object.id] = object
      case .remove(let id):
        objects[id] = nil
        // It takes the object out of groups, and announces it of none.
        for other in ids {
          for attribute in objects[other]?.attributes.attributes ?? []
          where attribute.values.contains(.reference(id)) {
            objects[other]?.attributes[attribute.name] =
              attribute.values.filter { $0 != .reference(id) }
          }
        }
      }
    }
  }

  /// What is so.
  private(set) var current = Copy()
  /// What imports see.
  private(set) var copy = Copy()
  private(set) var log: [Change] = []
  private(set) var position = 0
  private var count = 0

  mutating func record(_ change: Change) {
    log.append(change)
    current.apply(change)
  }

  /// Lets the copy catch up until it lacks the last `lag` writes.
  mutating func catchUp(lag: Int) {
    while position < log.count - lag {
      copy.apply(log[position])
      position += 1
    }
  }

  mutating func newID(_ type: String) -> String {
    count += 1
    return "\(type.prefix(1))-\(count)"
  }

  func object(key: String) -> Object? {
    current.ids.lazy.compactMap { current.objects[$0] }.first { $0.key == key }
  }

  func object(_ id: String) -> Object? { current.objects[id] }

  var objects: [Object] { current.ids.compactMap { current.objects[$0] } }

  /// Why the tenant would not take an object, or nil.
  func refusal(_ object: Object) -> ObjectFailure? {
    if let failure = doubled(object, "externalId") ?? doubled(object, "userName") {
      return failure
    }
    for attribute in object.attributes.attributes {
      for case .reference(let id) in attribute.values where current.objects[id] == nil {
        return ObjectFailure(
          .dnAttributesFailure, code: "400", message: "\(id) does not exist",
          attribute: attribute.name.text, value: id)
      }
    }
    return nil
  }

  private func doubled(_ object: Object, _ name: AttributeName) -> ObjectFailure? {
    guard let value = object.attributes.text(name)?.lowercased() else { return nil }
    let other = objects.first {
      $0.id != object.id && $0.attributes.text(name)?.lowercased() == value
    }
    return other.map {
      ObjectFailure(
        .attributeValueMustBeUnique, code: "409 uniqueness", message: "\(value) is taken",
        attribute: name.text, value: value, conflictingAnchor: Anchor($0.id))
    }
  }
}
