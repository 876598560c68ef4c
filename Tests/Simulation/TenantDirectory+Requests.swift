import Directory

/// What a request does to the tenant, and the lies about it.
extension TenantDirectory.State {
  typealias Object = TenantState.Object

  mutating func perform(_ operation: ExportOperation) -> ExportOutcome {
    requests += 1
    if case .claims(let every) = lie, requests.isMultiple(of: every) {
      return .done(anchor: operation.anchor ?? Anchor(content.newID(operation.objectType)))
    }
    switch operation.kind {
    case .add(let attributes): return add(operation, attributes)
    case .modify(let changes): return modify(operation, changes)
    case .delete: return delete(operation)
    }
  }

  private mutating func add(
    _ operation: ExportOperation, _ attributes: AttributeSet
  ) -> ExportOutcome {
    if operation.isRetry, let key = attributes.text("externalId"),
      let known = content.object(key: key)
    {
      var changed = known
      for attribute in attributes.attributes {
        changed.attributes[attribute.name] = attribute.values
      }
      return keep(changed)
    }
    let users = content.objects.filter { $0.type == operation.objectType }.count
    if exportFaults.hasQuota, users >= TenantDirectory.quota {
      return .failed(
        ObjectFailure(
          .init("quota-exceeded"), code: "403", message: "the tenant takes no more objects"))
    }
    // The number is used up even if the object is refused.
    let id = content.newID(operation.objectType)
    return keep(
      Object(id: id, type: operation.objectType, attributes: attributes, moment: moment))
  }

  private mutating func modify(
    _ operation: ExportOperation, _ changes: [AttributeChange]
  ) -> ExportOutcome {
    guard let anchor = operation.anchor, var object = content.object(anchor.text) else {
      return .failed(ObjectFailure(.missingObject, code: "404", message: "no such object"))
    }
    for change in changes {
      switch change.operation {
      case .replace(let values): object.attributes[change.name] = values
      case .update(let added, let removed):
        object.attributes[change.name] =
          object.attributes[change.name].filter { !removed.contains($0) } + added
      }
    }
    return keep(object)
  }

  private mutating func keep(_ object: Object) -> ExportOutcome {
    if exportFaults.refusesBad, object.attributes["title"].contains("Bad") {
      return .failed(
        ObjectFailure(
          .identityDataValidationFailed, code: "400 invalidValue", message: "Bad is not allowed",
          attribute: "title", value: "Bad"))
    }
    if let failure = content.refusal(object) { return .failed(failure) }
    var kept = object
    switch lie {
    case .forgets(let name): kept.attributes[AttributeName(name)] = []
    case .touches(let name): kept.attributes[AttributeName(name)] = ["touched"]
    default: break
    }
    content.record(.put(kept))
    return .done(anchor: Anchor(object.id))
  }

  private mutating func delete(_ operation: ExportOperation) -> ExportOutcome {
    guard let id = operation.anchor?.text, let object = content.object(id) else {
      return .done(anchor: operation.anchor)
    }
    deletes.append(.init(key: object.key ?? object.id, anchor: id, dn: operation.dn.text))
    content.record(.remove(id))
    if case .deletesAnother = lie, let other = content.objects.first {
      content.record(.remove(other.id))
    }
    return .done(anchor: operation.anchor)
  }
}
