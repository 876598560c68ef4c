import Foundation
import JSON

/// By which property a list is ordered, and which way (OData 4.01, URL Conventions §5.1.5).
struct GraphOrder: Hashable, Sendable {
  /// A place in the order: the value in the form in which values are compared, and the insertion key.
  struct Place: Hashable, Sendable {
    var value: String
    var seq: Int64
  }

  private let property: GraphProperty
  private let isDescending: Bool

  /// What `$orderby` asks for; nil if it is not there.
  ///
  /// - Throws: ``GraphError`` for what can't be ordered by, or not together with the filter.
  init?(_ type: GraphType, _ request: GraphRequest) throws {
    guard let text = request.query["$orderby"] else { return nil }
    let words = text.split(separator: " ").map(String.init)
    let direction = words.count == 2 ? words[1].lowercased() : "asc"
    guard (1...2).contains(words.count), ["asc", "desc"].contains(direction),
      let property = type.queried(words[0]), !property.isList, property.kind != .object
    else { throw GraphError.query("Sorting by '\(text)' is not supported for this request.") }
    guard request.query["$filter"] == nil || request.isCounting else {
      throw GraphError.query("Sorting not supported for current query.")
    }
    self.property = property
    isDescending = direction == "desc"
  }

  /// The place of a resource; what has no value comes first.
  func place(of resource: StoredResource, deleted: Int64?) -> Place {
    let value = GraphRenderer.value(of: property, resource, deleted: deleted)
    let text = value?.string?.lowercased() ?? value?.boolean.map { $0 ? "1" : "0" } ?? ""
    return Place(value: text, seq: resource.seq)
  }

  /// Whether `a` comes before `b`.
  func precedes(_ a: Place, _ b: Place) -> Bool {
    let (first, second) = (ExactText(a.value), ExactText(b.value))
    guard first != second else { return a.seq < b.seq }
    return isDescending ? second < first : first < second
  }
}

extension GraphOrder.Place {
  /// The place as a token for a link.
  var token: String {
    Data("\(seq);\(value)".utf8).base64EncodedString()
      .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// The place that `token` spells.
  ///
  /// - Throws: ``GraphError`` if it spells none.
  init(token: String) throws {
    let bytes = ClientAssertion.bytes(token[...])
    let parts = bytes.map { String(decoding: $0, as: UTF8.self) }?
      .split(separator: ";", maxSplits: 1, omittingEmptySubsequences: false)
    guard let parts, parts.count == 2, let seq = Int64(parts[0]) else {
      throw GraphError(400, "Directory_ExpiredPageToken", "The specified page token is invalid.")
    }
    self.init(value: String(parts[1]), seq: seq)
  }
}
