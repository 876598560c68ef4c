import Directory
import HTTP
import JSON

/// An answer of a SCIM server, whatever its status.
struct SCIMResponse: Sendable {
  let http: HTTPResponse
  /// Which request this answers, for messages: `GET /Users`.
  let request: String
  /// What is to be told with a refusal, besides the server's own words.
  var remark = ""
  /// Why nobody knows what the object is like after it, whatever the status; nil if that can be told.
  var uncertainty: String?

  var status: Int { http.status }
  var isSuccess: Bool { (200..<300).contains(status) }

  /// The moment of the answer by the server's clock, if it says.
  var date: Timestamp? { http.header("Date").flatMap(HTTPDate.parse) }

  /// Whether it is a success that says what SCIM servers say, or nothing.
  ///
  /// A proxy before the server may answer 200 with a page to sign in at.
  var isAccepted: Bool {
    guard isSuccess, uncertainty == nil else { return false }
    let first = http.body.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    return first.map { $0 == UInt8(ascii: "{") } ?? true
  }

  /// Whether nobody knows what it has come to.
  var isUncertain: Bool { uncertainty != nil || isSuccess && !isAccepted }

  /// Why it can't be believed, for an answer after which nobody knows what it has come to.
  var disbelief: String {
    if let uncertainty { return uncertainty }
    let kind = http.header("Content-Type").map { " of type " + ServerWords.shown($0) } ?? ""
    return "\(request) was answered with \(status)\(kind) and no JSON: "
      + ServerWords.shown(http.body) + remark
  }

  /// The version of the resource, as RFC 7232 writes it; nil if the answer has none that could be
  /// sent back.
  ///
  /// A proxy that compresses weakens the tag, or adds how it did; what the resource itself says stays.
  var entityTag: String? {
    let field = http.header("ETag")
    let isPlain = field.map { $0.hasPrefix("\"") && !$0.contains("-") } ?? false
    let version = isPlain ? nil : (try? json())?["meta"]?["version"]?.string
    let isTag = version.map { $0.hasPrefix("\"") || $0.hasPrefix("W/\"") } ?? false
    let tag = isTag ? version : field ?? version
    // It comes from outside: a line break would end the header field and begin another.
    return tag.flatMap { tag in
      !tag.isEmpty && tag.utf8.allSatisfy { (0x21...0x7E).contains($0) } ? tag : nil
    }
  }

  /// The body as JSON.
  ///
  /// - Throws: ``RequestError`` if it is none, with its first bytes.
  func json() throws(RequestError) -> JSONValue {
    do {
      return try JSONValue(parsing: http.body, mendsHalves: true)
    } catch {
      let kind = http.header("Content-Type").map { " of type " + ServerWords.shown($0) } ?? ""
      throw .unexpected(
        "\(request) was answered with \(status)\(kind) and no JSON (\(error))",
        words: ServerWords.shown(http.body))
    }
  }

  /// The body as a JSON object of a 2xx answer.
  ///
  /// - Throws: ``RequestError`` if the status is another, or the body is no object.
  func object() throws(RequestError) -> JSONObject {
    guard isSuccess else {
      let place = (300..<400).contains(status) ? http.header("Location") : nil
      let what =
        "\(request) was answered with \(status)"
        + (place.map { ", a redirect to " + ServerWords.shown($0) } ?? "")
        + (status == 403 ? ", so that the token may not do that" : "")
      let words = SCIMErrorMessage(self).words
      let mayPass = [408, 423, 425, 429].contains(status) || status >= 500 && status != 501
      throw mayPass ? .busy(what, words: words, wasAsked: true) : .unexpected(what, words: words)
    }
    guard let object = try json().object else {
      throw .unexpected(
        "\(request) was answered with JSON that is no object", words: ServerWords.shown(http.body))
    }
    return object
  }
}

/// The error that a server answers with (RFC 7644 §3.12).
struct SCIMErrorMessage: Hashable, Sendable {
  static let urn = "urn:ietf:params:scim:api:messages:2.0:Error"

  var status: Int
  /// `uniqueness`, `invalidValue`, …; empty if the server does not say.
  var scimType = ""
  /// The server's own words, in one line; never empty.
  var words: String
  /// The other object of a conflict, where a server tells it.
  var conflictingID: String?
  /// Whether a SCIM server may have said it, and not somebody on the way to it.
  var isOwn: Bool
  /// Whether the server itself says that there is no such resource.
  ///
  /// A proxy that has lost its server says 404, too, with a page.
  var tellsAbsence: Bool { (status == 404 || status == 410) && isOwn }

  /// The error in the body of `response`; without one, what the status says.
  init(_ response: SCIMResponse) {
    let json = try? JSONValue(parsing: response.http.body, mendsHalves: true)
    self.init(status: response.status, json: json, rest: response.http.body)
    words += response.remark
  }

  /// The error that `json` describes.
  init(status: Int, json: JSONValue?, rest: [UInt8] = []) {
    self.status = status
    scimType = ServerWords.shown(json?["scimType"]?.string ?? "", limit: 50)
    let detail = json?["detail"]?.string ?? json?["message"]?.string ?? ""
    let shown = detail.isEmpty ? ServerWords.shown(rest) : ServerWords.shown(detail, limit: 1000)
    words = shown.isEmpty ? "HTTP status \(status) without words" : shown
    conflictingID = json?["conflictingId"]?.string
    isOwn = json.map(Self.isError) ?? !rest.contains { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
  }

  /// Whether `json` is an error as RFC 7644 §3.12 has it, be it without the schema; other services
  /// have members of other names, or a title beside the detail (RFC 9457).
  private static func isError(_ json: JSONValue) -> Bool {
    if let urns = json["schemas"]?.array {
      return urns.contains { $0.string?.lowercased() == urn.lowercased() }
    }
    return (json["detail"]?.string ?? json["scimType"]?.string) != nil && json["title"] == nil
  }

  /// The server's code: the status with the SCIM type, if there is one.
  var code: String { String(status) + (scimType.isEmpty ? "" : " " + scimType) }
}
