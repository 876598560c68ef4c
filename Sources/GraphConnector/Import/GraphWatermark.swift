import Directory
import JSON

/// Where each object type's changes go on.
struct GraphWatermark: Hashable, Sendable {
  static let kind = "graph-delta"

  /// The delta link of each object type.
  var links: [String: String] = [:]
  /// When this round of reading began, in milliseconds since the epoch.
  var began: Int64 = 0
  /// Up to which moment of the tenant's clock its provisioning log was read; empty if it was not.
  var logged = ""

  /// The watermark for the engine.
  var watermark: Watermark {
    var object = JSONObject(["began": .integer(began)])
    if !logged.isEmpty { object["logged"] = .string(logged) }
    for (type, link) in links.sorted(by: { $0.key < $1.key }) { object[type] = .string(link) }
    return Watermark(kind: Self.kind, value: JSONValue.object(object).text)
  }
}

extension GraphWatermark {
  /// The watermark that the engine kept; nil if it is none of this connector's.
  init?(_ watermark: Watermark) {
    guard watermark.kind == Self.kind,
      let object = try? JSONValue(parsing: Array(watermark.value.utf8)).object
    else { return nil }
    self.init()
    began = object["began"]?.integer ?? 0
    logged = object["logged"]?.string ?? ""
    for member in object.members where member.name != "logged" {
      links[member.name] = member.value.string
    }
  }
}
