import JSON

/// What resources are sorted by (RFC 7644 §3.4.2.3).
enum SortKey: Comparable {
  case number(Double)
  case text(String)

  /// `resources` in the order that `request` asks for; equal ones stay in the order they have.
  ///
  /// Those without the attribute come last when ascending and first when descending.
  static func sorted(
    _ resources: [StoredResource], by request: ListRequest, renderer: ResourceRenderer
  ) throws -> [StoredResource] {
    guard let path = request.sortBy else { return resources }
    let keyed = try resources.map { resource in
      (key: try key(path, renderer.filterable(resource)), resource: resource)
    }
    let ordered = keyed.enumerated().sorted { a, b in
      if a.element.key == b.element.key { return a.offset < b.offset }
      switch (a.element.key, b.element.key) {
      case (nil, _): return !request.isAscending
      case (_, nil): return request.isAscending
      case (let x?, let y?): return request.isAscending ? x < y : x > y
      }
    }
    return ordered.map(\.element.resource)
  }

  // Of several values the primary one counts, or else the first (RFC 7644 §3.4.2.3).
  private static func key(_ path: AttributePath, _ body: JSONObject) throws -> SortKey? {
    let elements = try AttributePath(schema: path.schema, attribute: path.attribute)
      .values(in: body)
    let element = elements.first { $0.object?["primary"] == .boolean(true) } ?? elements.first
    let name = path.sub?.name ?? (path.attribute.kind == .complex ? "value" : nil)
    let leaf = path.sub ?? name.flatMap(path.attribute.subAttribute) ?? path.attribute
    let value = name.flatMap { element?.object?[$0] } ?? (name == nil ? element : nil)
    switch value {
    case .string(let text): return .text(leaf.folded(text))
    case .integer(let number): return .number(Double(number))
    case .number(let number): return .number(number)
    case .boolean(let truth): return .number(truth ? 1 : 0)
    default: return nil
    }
  }
}
