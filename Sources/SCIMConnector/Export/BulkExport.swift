import Directory
import HTTP
import JSON

/// Carries out several plans in one Bulk request (RFC 7644 §3.7).
struct BulkExport: Sendable {
  static let urn = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"

  let client: SCIMClient
  /// What is done; at least one when it is sent.
  private(set) var plans: [ExportPlan] = []
  /// The request as JSON text, but for its end.
  private var text = Array(#"{"schemas":["\#(urn)"],"Operations":["#.utf8)

  init(client: SCIMClient) { self.client = client }

  /// Takes a plan into the request; `operation` is ``operation(_:)`` of it as JSON text.
  mutating func add(_ plan: ExportPlan, as operation: [UInt8]) {
    if !plans.isEmpty { text.append(0x2C) }
    plans.append(plan)
    text += operation
  }

  /// What has become of each plan, in their order.
  func run() async -> [ExportResult] {
    let response: SCIMResponse
    do throws(RequestError) {
      response = try await client.send(
        "POST", "/Bulk", encoded: text + [0x5D, 0x7D], rank: plans.first?.rank ?? 0)
    } catch {
      let isGone = error.nothingWasSent || error.isCancelled
      return plans.map { plan in
        isGone ? .serverGone(error, wasSent: !error.nothingWasSent) : unanswered(plan)
      }
    }
    guard response.isSuccess else { return plans.map { refused($0, response.status) } }
    guard let answers = try? BulkAnswer.answers(in: response.json(), to: plans) else {
      return plans.map(unanswered)
    }
    return zip(plans, answers).map { plan, answer in
      answer.map { settle(plan, $0) } ?? unanswered(plan)
    }
  }

  /// The whole request was refused: its operations were not looked at, unless it is a 5xx.
  private func refused(_ plan: ExportPlan, _ status: Int) -> ExportResult {
    status >= 500 && status != 501 ? unanswered(plan) : .tryAlone(plan)
  }

  private func unanswered(_ plan: ExportPlan) -> ExportResult {
    var plan = plan
    plan.wasSent = true
    return .findOut(plan)
  }

  private func settle(_ plan: ExportPlan, _ answer: BulkAnswer) -> ExportResult {
    let error = SCIMErrorMessage(status: answer.status, json: answer.response)
    switch answer.status {
    case 200..<300:
      guard case .add = plan.operation.kind else {
        plan.bodies.forEach(client.valuePaths.noteTaken)
        return .settled(.done(anchor: plan.operation.anchor))
      }
      if let id = answer.id { return .settled(.done(anchor: Anchor(id))) }
      if answer.status == 202 {
        return .settled(.unknown(reason: "it was answered with 202: the target makes it later"))
      }
      return unanswered(plan)
    case 404, 410:
      if case .delete = plan.operation.kind {
        return .settled(.done(anchor: plan.operation.anchor))
      }
      // Somebody who is to be a member may be meant.
      guard case .modify = plan.operation.kind, error.tellsAbsence else { break }
      return .tryAlone(plan)
    case _ where error.mayBeOfAPart && plan.units.count > 1: return .tryAlone(plan)
    case 409 where error.conflictingID == nil && plan.uniqueName != nil:
      guard case .add = plan.operation.kind else { break }
      var plan = plan
      plan.refusal = error
      return .findOut(plan)
    case 429: return .tryAlone(plan)
    case 400 where error.scimType.lowercased() == "notarget": return .tryAlone(plan)
    case 400 where !client.valuePaths.mayBeRefused(plan.bodies, error).isEmpty:
      return .tryAlone(plan)
    case 501 where !client.valuePaths.mayBeRefused(plan.bodies, error).isEmpty:
      return .tryAlone(plan)
    case 501: break
    case 500...: return unanswered(plan)
    default: break
    }
    return .settled(.failed(error.failure(sent: plan.sent)))
  }

  /// One operation of a Bulk request.
  ///
  /// Each has a `bulkId`, so that answers can be told apart.
  static func operation(_ plan: ExportPlan) -> JSONValue {
    var object = JSONObject()
    object["method"] = .string(plan.method)
    object["path"] = .string(plan.path)
    object["bulkId"] = .string(bulkID(plan))
    if let body = plan.bodies.first { object["data"] = body }
    return .object(object)
  }

  static func bulkID(_ plan: ExportPlan) -> String { "op" + String(plan.index) }
}

/// The answer to one operation of a Bulk request.
struct BulkAnswer: Hashable, Sendable {
  var status: Int
  /// The id of the resource, from its location or the resource itself.
  var id: String?
  var response: JSONValue?

  private init?(_ json: JSONValue) {
    // A string by RFC 7644 §3.7; older drafts nest it, and some servers send a number.
    guard let status = (json["status"]?["code"] ?? json["status"])?.lenientInteger else {
      return nil
    }
    self.status = Int(clamping: status)
    response = json["response"]
    id = response?["id"]?.id ?? json["location"]?.string.flatMap(Self.lastPart)
  }

  /// The answers to `plans`, in their order, nil where there is none; nil if `json` is no
  /// BulkResponse.
  static func answers(in json: JSONValue, to plans: [ExportPlan]) -> [BulkAnswer?]? {
    guard let items = json["Operations"]?.array else { return nil }
    var byID: [String: BulkAnswer] = [:]
    var byPath: [String: BulkAnswer] = [:]
    for item in items {
      guard let answer = BulkAnswer(item) else { continue }
      if let id = item["bulkId"]?.string {
        byID[id] = answer
      } else if let location = item["location"]?.string, let method = item["method"]?.string {
        // RFC 7644 §3.7.3 demands a bulkId in the answer only for POST.
        byPath[method + " " + resource(location)] = answer
      }
    }
    return plans.map { plan in
      byID[BulkExport.bulkID(plan)] ?? byPath[plan.method + " " + resource(plan.path)]
    }
  }

  /// The resource that a path or URL leads to, by its last two parts: two types may share an id.
  private static func resource(_ location: String) -> String {
    location.split(separator: "/").suffix(2).map { decoded($0) }.joined(separator: "/")
  }

  /// The last part of a path or URL, decoded: the id of a resource.
  static func lastPart(_ location: String) -> String? {
    guard let part = location.split(separator: "/").last, part != location[...] else { return nil }
    let text = decoded(part)
    return text.isEmpty ? nil : text
  }

  private static func decoded(_ part: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(part.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == 0x25, rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
