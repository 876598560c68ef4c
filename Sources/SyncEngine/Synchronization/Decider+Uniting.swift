import Directory
import SyncRules
import SyncStore

/// What a target has of its own beside what rules give it.
extension Decider {
  /// Where rules unite what they give with what the target has, only what they gave themselves goes
  /// when they give it no more.
  func unite(
    _ desired: inout DesiredImage, of object: ConnectorSpaceObject?, in target: ActiveConnector,
    type: String
  ) {
    takeBackClasses(&desired, of: object)
    guard let unions = facts.unions[target.id] else { return }
    for attribute in desired.attributes {
      guard let merge = unions.merge(of: attribute.name, type: type),
        !desired.unions.contains(where: { $0.name == attribute.name }),
        case let definition = target.schema[attribute.name],
        definition.isMultiValued, definition.kind != .reference
      else { continue }
      // What rules gave to one that was to be deleted is not known any more: what it has stays.
      let before = object?.desired
      let given = before?.attributes.first { $0.name == attribute.name }?.values ?? []
      let known = before?.unions.first { $0.name == attribute.name }?.withdrawn ?? []
      let now = Set(attribute.values)
      let withdrawn = (given + known).filter { !now.contains($0) }
      desired.unions.append(
        AttributeUnion(
          name: attribute.name, withdrawn: AttributeSet.canonical(withdrawn),
          ignoresCase: merge == .mergeCaseInsensitive))
    }
  }

  /// A directory shows more classes of an object than rules name, and they stay; those that rules named
  /// and name no more go, with what only they let the object have.
  private func takeBackClasses(_ desired: inout DesiredImage, of object: ConnectorSpaceObject?) {
    guard let object, let before = object.desired,
      let now = desired.attributes.first(where: { $0.name == ObjectClass.name }),
      !now.values.isEmpty
    else { return }
    let given = before.attributes.first { $0.name == ObjectClass.name }?.values ?? []
    let known = before.unions.first { $0.name == ObjectClass.name }?.withdrawn ?? []
    let wanted = Set(now.values.map(\.searchKey))
    let gone = Set((given + known).map(\.searchKey)).subtracting(wanted)
    guard !gone.isEmpty else { return }
    // As the target spells them, too.
    let withdrawn = (given + known + (object.image?[ObjectClass.name] ?? []))
      .filter { gone.contains($0.searchKey) }
    desired.unions.append(
      AttributeUnion(
        name: ObjectClass.name, withdrawn: AttributeSet.canonical(withdrawn), ignoresCase: true))
  }
}

private enum ObjectClass {
  static let name: AttributeName = "objectClass"
}
