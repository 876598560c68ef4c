import Directory

/// The modifications of one record as one change for each attribute.
///
/// LDAP applies modifications one after the other (RFC 4511 §4.6); what several do to one
/// attribute is worked out here, so that who applies them needs no order.
struct AttributeChanges {
  private(set) var changes: [AttributeChange] = []
  // Where the change of each attribute stands: a record may change very many.
  private var places: [AttributeName: Int] = [:]

  init(_ parts: [LDIFModification], _ values: ValueReader) throws(RecordMapper.Fault) {
    var held = Part()
    for part in parts {
      let treatment = values.treatment(of: part.name)
      if treatment == .ignored { continue }
      var name = part.name
      var typed: [AttributeValue] = []
      for value in part.values {
        let (kept, value) = try values.typed(part.name, part.options, value, treatment)
        name = kept
        typed.append(value)
      }
      if part.values.isEmpty { name = try Self.name(part, values) }
      // Values that were written one by one: together they cost what they cost in one part.
      if part.operation == held.operation, part.operation != .replace, name == held.name,
        !held.values.isEmpty, !typed.isEmpty
      {
        held.values += typed
        continue
      }
      add(held)
      held = Part(operation: part.operation, name: name, values: typed)
    }
    add(held)
    printSID()
  }

  // The printed form goes with the bytes.
  private mutating func printSID() {
    guard let sid = changes.first(where: { $0.name == RecordMapper.objectSid }) else { return }
    let operation: AttributeChange.Operation =
      switch sid.operation {
      case .replace(let values): .replace(Self.printed(values))
      case .update(let added, let removed):
        .update(added: Self.printed(added), removed: Self.printed(removed))
      }
    changes.removeAll { $0.name == RecordMapper.objectSidString }
    changes.append(AttributeChange(RecordMapper.objectSidString, operation))
  }

  private static func printed(_ values: [AttributeValue]) -> [AttributeValue] {
    values.compactMap { value in
      guard case .binary(let bytes) = value else { return nil }
      return SID(bytes: bytes).map { .string($0.description) }
    }
  }

  private static func name(
    _ part: LDIFModification, _ values: ValueReader
  ) throws(RecordMapper.Fault) -> AttributeName {
    do {
      return try values.name(part.name, part.options)
    } catch {
      throw RecordMapper.Fault(
        type: error.type, message: error.message, hint: error.hint, attribute: part.name.text)
    }
  }

  /// What one part of the record says, or several that say the same of further values.
  private struct Part {
    var operation = LDIFModification.Operation.add
    /// The attribute; nil for none yet.
    var name: AttributeName?
    var values: [AttributeValue] = []
  }

  private mutating func add(_ part: Part) {
    guard let name = part.name else { return }
    let operation: AttributeChange.Operation =
      switch part.operation {
      case .add: .update(added: part.values, removed: [])
      case .replace: .replace(part.values)
      case .delete:
        part.values.isEmpty ? .replace([]) : .update(added: [], removed: part.values)
      }
    add(AttributeChange(name, operation))
  }

  private mutating func add(_ change: AttributeChange) {
    if let index = places[change.name] {
      changes[index].operation = Self.then(changes[index].operation, change.operation)
    } else {
      places[change.name] = changes.count
      changes.append(change)
    }
  }

  /// One operation that does what `first` and then `second` do.
  static func then(
    _ first: AttributeChange.Operation, _ second: AttributeChange.Operation
  ) -> AttributeChange.Operation {
    switch (first, second) {
    case (_, .replace): return second
    case (.replace(let values), .update(let added, let removed)):
      return .replace(union(minus(values, removed), added))
    case (.update(let added1, let removed1), .update(let added2, let removed2)):
      return .update(
        added: union(minus(added1, removed2), added2),
        removed: union(stillRemoved(removed1, added2), removed2))
    }
  }

  // A text that comes back in another spelling is still to be removed in the first; a name is the
  // same in any.
  private static func stillRemoved(
    _ removed: [AttributeValue], _ added: [AttributeValue]
  ) -> [AttributeValue] {
    if case .reference? = removed.first { return minus(removed, added) }
    let added = Set(added)
    return removed.filter { !added.contains($0) }
  }

  private static func minus(
    _ values: [AttributeValue], _ others: [AttributeValue]
  ) -> [AttributeValue] {
    AttributeValue.values(values, without: others)
  }

  private static func union(
    _ values: [AttributeValue], _ others: [AttributeValue]
  ) -> [AttributeValue] {
    let known = Set(values)
    return values + others.filter { !known.contains($0) }
  }
}
