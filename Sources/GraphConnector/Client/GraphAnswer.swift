import Directory
import HTTP
import JSON

/// One request below the version's URL.
struct GraphCall: Sendable {
  var method: String
  /// The path with its query, beginning with a slash; or a whole URL that Graph gave.
  var path: String
  var body: JSONValue?
  /// Whether sending it twice does the same as sending it once.
  var isRepeatable: Bool
  /// What the body is.
  var contentType = "application/json"
  /// Whether it needs the index that Graph keeps for advanced queries, which may be a little late.
  var isEventual = false

  /// A call of these parts.
  init(_ method: String, _ path: String, _ body: JSONValue? = nil, isRepeatable: Bool? = nil) {
    self.method = method
    self.path = path
    self.body = body
    self.isRepeatable = isRepeatable ?? (method != "POST")
  }
}

/// An answer to a call, alone or in a batch, whatever its status.
struct GraphAnswer: Sendable {
  var status: Int
  var body: JSONValue?
  /// Seconds that the server asks to wait.
  var retryAfter: Double?
  /// The moment of the answer by the server's clock, if it says.
  var date: Timestamp?
  /// The beginning of a body that is no JSON.
  var page = ""

  var isSuccess: Bool { (200..<300).contains(status) }
  /// Whether the call was not carried out because too many came.
  var isThrottled: Bool { status == 429 }
  /// Whether nothing was done, and the same call may work a little later.
  var wasNotTried: Bool { isThrottled || isConcurrent }
  /// Whether another request of the tenant stood in the way, and not another object.
  private var isConcurrent: Bool {
    status == 409 && (retryAfter != nil || error.isConcurrency)
  }
  /// Whether the server wants nothing to be sent for a while.
  var asksForPatience: Bool { status == 429 || status == 503 || retryAfter != nil && !isSuccess }
  /// Whether it may work when it is sent again.
  var mayPass: Bool {
    [408, 423, 424, 429, 500, 502, 503, 504, 509].contains(status) || isConcurrent
  }

  /// The body as an object.
  var object: JSONObject { body?.object ?? JSONObject() }
  /// The error that the body tells.
  var error: GraphErrorMessage { GraphErrorMessage(status: status, json: body, page: page) }
  /// Whether Graph itself says that there is no such thing.
  ///
  /// A proxy that has lost its server says 404, too.
  var tellsAbsence: Bool { status == 404 && !error.code.isEmpty }

  /// The error that this answer to `request` is, which should have been a success.
  func fault(_ request: String) -> RequestError {
    let words = (error.code.isEmpty ? "" : error.code + " ") + error.words
    let what = "\(request) was answered with \(status)"
    return mayPass ? .busy(what, words: words, wasAsked: true) : .unexpected(what, words: words)
  }
}

/// The error that Graph answers with.
struct GraphErrorMessage: Hashable, Sendable {
  var status: Int
  /// `Request_BadRequest`, …; empty if the server does not say.
  var code: String
  /// The server's own words, in one line; never empty.
  var words: String
  /// The code and the property of the first of the details.
  var detailCode = ""
  var target = ""

  /// The error that `json` describes.
  init(status: Int, json: JSONValue?, page: String = "") {
    self.status = status
    let error = json?["error"]
    code = ServerWords.shown(error?["code"]?.string ?? "", limit: 80)
    let shown = ServerWords.shown(
      error?["message"]?.string ?? json?["error_description"]?.string
        ?? json?["errorDescription"]?.string ?? page, limit: 1000)
    words = shown.isEmpty ? "HTTP status \(status) without words" : shown
    guard let detail = error?["details"]?.array?.first else { return }
    detailCode = ServerWords.shown(detail["code"]?.string ?? "", limit: 80)
    target = ServerWords.shown(detail["target"]?.string ?? "", limit: 80)
  }

  /// Whether other requests changed the tenant at the same time: "Please wait briefly and retry".
  var isConcurrency: Bool { code == "Directory_ConcurrencyViolation" }

  /// Whether another object has a value that must be unique.
  var isConflict: Bool {
    status == 409 && !isConcurrency || detailCode == "ObjectConflict"
      || detailCode == "ConflictingObjects"
      || words.range(of: "already exists.") != nil && words.range(of: "same value") != nil
  }

  /// Whether it is about `property`.
  func names(_ property: String) -> Bool {
    target == property || words.range(of: property) != nil
  }

  /// Whether a member that was to be added is there already.
  var isMemberAlready: Bool {
    words.range(of: "added object references already exist") != nil
  }

  /// Whether a member that was to be removed is none already.
  var isMemberGone: Bool {
    words.range(of: "removed object references do not exist") != nil
  }

  /// Whether the tenant, or who sends, may have no more objects.
  var isQuota: Bool { code == "Directory_QuotaExceeded" }
}
