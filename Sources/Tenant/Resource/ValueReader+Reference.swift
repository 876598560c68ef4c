import JSON

/// References to other resources by their URLs (RFC 7643 §2.3.7).
extension ValueReader {
  // A reference is kept by the id. The URL says the same, and counts where there is no id; what is
  // shown of it is made anew.
  func resolveReference(
    _ given: inout [String: JSONValue], _ definition: AttributeDefinition, path: String
  ) throws {
    guard let link = given["$ref"], definition.subAttribute("$ref")?.mutability != .readOnly,
      !link.isUnassigned, given["value"]?.isUnassigned ?? true
    else { return }
    let target = try target(of: link, definition, path: "\(path).$ref")
    given["value"] = .string(target.id)
    if given["type"] == nil, definition.subAttribute("type") != nil {
      given["type"] = .string(target.type.name)
    }
  }

  /// The id and the kind of the resource whose URL `link` is, such as
  /// `https://example.com/scim/v2/Users/ID` or `../Users/ID`.
  ///
  /// Whatever stands before the last two parts is not looked at: a proxy may have given it.
  ///
  /// - Throws: ``SCIMError``, status 400, for what is no such URL, or of a kind that can't stand
  ///   here.
  func target(of link: JSONValue, _ definition: AttributeDefinition, path: String) throws -> (
    id: String, type: ResourceType
  ) {
    guard let text = link.string else { throw wrongType(link, "a string", path) }
    let kinds = definition.subAttribute("$ref")?.referenceTypes ?? []
    let parts = text.split(separator: "/").suffix(2)
    guard parts.count == 2, let type = parts.first.flatMap({ ResourceType.at(String($0)) }),
      kinds.contains(type.name), let id = parts.last.flatMap({ Percent.decode($0, isQuery: false) })
    else {
      throw SCIMError.invalidValue(
        path,
        "\(Self.shown(text)) is the URL of no \(kinds.joined(separator: ", ")), such as "
          + ".../Users/ID.")
    }
    return (id, type)
  }
}
