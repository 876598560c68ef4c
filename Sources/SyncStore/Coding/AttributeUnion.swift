public import Directory

/// An attribute of a target to which rules add values: what it has there of its own stays.
public struct AttributeUnion: Hashable, Sendable {
  /// The attribute.
  public var name: AttributeName
  /// Values that rules gave once and give no more: they are to go.
  public var withdrawn: [AttributeValue]
  /// Whether values that differ only in case are one.
  public var ignoresCase: Bool

  /// A union of these parts.
  public init(name: AttributeName, withdrawn: [AttributeValue], ignoresCase: Bool) {
    self.name = name
    self.withdrawn = withdrawn
    self.ignoresCase = ignoresCase
  }

  /// What a target that shows `shown` is to have, to which rules give `values`.
  fileprivate func values(
    _ values: [AttributeValue], with shown: [AttributeValue]
  ) -> [AttributeValue] {
    // Another spelling may be the target's own.
    let stays = shown.filter { !withdrawn.contains($0) }
    guard ignoresCase else { return AttributeSet.canonical(stays + values) }
    let known = Set(stays.map(\.searchKey))
    return AttributeSet.canonical(stays + values.filter { !known.contains($0.searchKey) })
  }
}

extension DesiredImage {
  /// The values of an attribute that rules gave once and give no more, and that a target has which shows
  /// `image`.
  public func takenBack(_ name: AttributeName, from image: AttributeSet) -> [AttributeValue] {
    guard let union = unions.first(where: { $0.name == name }), !union.withdrawn.isEmpty else {
      return []
    }
    return image[name].filter(union.withdrawn.contains)
  }

  /// The attributes as a target is to have them that shows `image`.
  public func attributes(showing image: AttributeSet) -> [Attribute] {
    guard !unions.isEmpty else { return attributes }
    return attributes.map { attribute in
      guard let union = unions.first(where: { $0.name == attribute.name }) else {
        return attribute
      }
      return Attribute(
        attribute.name, union.values(attribute.values, with: image[attribute.name]))
    }
  }
}
