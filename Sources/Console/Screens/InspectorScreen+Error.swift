import Cells
import Directory
import SyncStore

extension InspectorScreen {
  /// The error that one came from, and all that the object has now.
  func errorLines(width: Int, scene: Scene) -> [DetailLine] {
    var lines: [DetailLine] = []
    let open = detail?.errors ?? []
    if let error {
      lines += self.lines(of: error, width: width, scene: scene)
      if let now = open.first(where: { Self.isSame($0, error) }) {
        if now.id != error.id { lines.append(stillOpen(now, scene)) }
      } else if detail != nil {
        lines.append(
          DetailLine(
            key: "solved",
            spans: [
              Span(String(scene.glyphs.success) + " ", .runSuccess),
              Span("The object does not have this error any more."),
            ]))
      }
    }
    for other in open where !(error.map { Self.isSame($0, other) } ?? false) {
      if !lines.isEmpty { lines.append(DetailLine(key: "gap \(other.id)", spans: [])) }
      lines += self.lines(of: other, width: width, scene: scene)
    }
    if lines.isEmpty {
      lines.append(
        DetailLine(key: "none", spans: [Span("This object has no errors.", .textDim)]))
    }
    return lines
  }

  /// That an error of an earlier step is there still, and since when it was met last.
  private func stillOpen(_ error: ErrorRow, _ scene: Scene) -> DetailLine {
    DetailLine(
      key: "still open",
      spans: [
        Span(String(scene.glyphs.warning) + " ", .runError),
        Span("Still open: last seen " + scene.time(error.occurred, width: 19)),
        Span(", retries " + Format.count(error.retries)),
      ], copy: error.message, isProblem: true)
  }

  /// Whether two rows tell of the same fault of the object, met by different steps.
  private static func isSame(_ a: ErrorRow, _ b: ErrorRow) -> Bool {
    a.id == b.id || (a.stage == b.stage && a.type == b.type && a.attribute == b.attribute)
  }

  private func lines(of error: ErrorRow, width: Int, scene: Scene) -> [DetailLine] {
    var lines = [
      DetailLine(
        key: "type \(error.id)",
        spans: [
          Span(String(scene.glyphs.warning) + " " + error.type, .runError),
          Span("  at " + error.stage.rawValue + " on " + error.connector, .textDim),
        ], copy: error.type, isProblem: true)
    ]
    func add(
      _ label: String, _ text: String, role: Role = .text, copy: String? = nil,
      isValue: Bool = false
    ) {
      guard !text.isEmpty else { return }
      let room = max(10, width - 16)
      // In a value every blank counts.
      let shown =
        isValue
        ? Wrap.exact(Sanitizer.exact(text), width: room)
        : Wrap.lines(Sanitizer.verbose(text), width: room)
      for (index, line) in shown.enumerated() {
        let head = index == 0 ? label : ""
        let fill = String(repeating: " ", count: max(1, 16 - head.count))
        lines.append(
          DetailLine(
            key: label + " \(error.id) \(index)",
            spans: [Span(head + fill, .textDim), Span(line, role)], copy: copy ?? text))
      }
    }
    add("Meaning", ErrorMeaning.text(error.type))
    add("Attribute", error.attribute, role: .attributeName)
    add("Value", error.value, role: .valueOld, isValue: true)
    add("Rule", error.rule)
    add("Expression", error.expression + (error.column.map { "   (column \($0))" } ?? ""))
    add(error.stage == .export ? "Server says" : "In words", error.message, role: .textStrong)
    add("Code", error.code)
    add("Read from", error.location)
    add("What to do", error.hint)
    lines += otherObject(error, width: width)
    add("First seen", scene.time(error.firstOccurred, width: 19), role: .time)
    add("Last seen", scene.time(error.occurred, width: 19), role: .time)
    add("Retries", Format.count(error.retries))
    add("Step", String(error.stepID))
    return lines
  }

  private func otherObject(_ error: ErrorRow, width: Int) -> [DetailLine] {
    guard let id = error.otherObjectID else { return [] }
    let text = Sanitizer.verbose(error.otherSubject) + "; Enter opens it"
    return Wrap.lines(text, width: max(10, width - 16)).enumerated().map { index, line in
      DetailLine(
        key: "other \(error.id) \(index)",
        spans: [
          Span(index == 0 ? "In conflict     " : String(repeating: " ", count: 16), .textDim),
          Span(line, .textStrong),
        ], copy: error.otherDN.isEmpty ? String(id) : error.otherDN, target: .object(id))
    }
  }
}

/// What error types mean in plain words.
enum ErrorMeaning {
  /// The meaning of a type, or an empty text for one that is not known.
  static func text(_ type: String) -> String { meanings[SyncErrorType(type)] ?? "" }

  private static let meanings: [SyncErrorType: String] = [
    .parseError: "A record breaks the grammar of its file and was left out.",
    .readError: "A value or a file could not be read.",
    .missingDN: "A record has no distinguished name and was left out.",
    .dnNotLDAPConformant: "The object's name is no distinguished name, so it was left out.",
    .missingAnchor: "The attribute that identifies the object for good has no value.",
    .multiValuedAnchor: "The attribute that identifies the object for good has several values.",
    .duplicateObject: "The same object came twice in one import; only the first counts.",
    .missingObjectClass: "The object does not say what it is.",
    .invalidChangeType: "A change asks for something that does not exist.",
    .needFullObject: "A change is about an object that is not known; a full import will bring it.",
    .invalidModificationType: "A modification is none that exists.",
    .invalidBase64Value: "A value says that it is base64 and is not.",
    .invalidAttributeValue: "A value does not fit its attribute.",
    .invalidReferenceValue: "A reference to another object is no address.",
    .ambiguousImportFlow: "Two objects of one connector want to join the same metaverse object.",
    .multiValueToSingle: "Several values flow to an attribute that takes one.",
    .exportedChangeNotReimported:
      "What was sent did not come back: the target took it and holds something else.",
    .typeMismatch: "A value is of another type than its attribute takes.",
    .ruleErrorFunction: "A rule refuses the object itself: its function Error was reached.",
    .ruleInvalidExpression: "An expression of a rule can't be worked out for the object.",
    .ruleConflictingJoins: "Rules with join conditions find different partners for the object.",
    .provisioningFailed: "A value is missing without which the object can't be created.",
    .metaverseConstraintViolation: "A value is longer than its attribute takes.",
    .unexpectedError: "Something happened that should not happen.",
    .connectivityError: "The connection was lost while the object was sent.",
    .connectedDirectoryError: "The target refused the object.",
    .existingObject: "The target has such an object already.",
    .missingObject: "The target does not have the object any more.",
    .attributeValueMustBeUnique: "The value must be unique and belongs to another object already.",
    .identityDataValidationFailed: "A value has characters or a form that the cloud refuses.",
    .exceededAllowedLength: "A value, or the number of values, is too large for the target.",
    .objectTypeMismatch: "The object that was found in the target is of another type.",
    .existingAdminRoleConflict:
      "The user that was found in the target is an administrator there, and is not taken over.",
    .duplicateAnchor: "Several objects of the target have the anchor that only one may have.",
    .invalidSoftMatch: "The object that was found in the target belongs to another source object.",
    .invalidHardMatch: "The object that was found in the target may not be taken over.",
    .dnAttributesFailure: "The object refers to another one that the target does not have.",
    .keptReference:
      "The object refers to another one that the target does not have, and must not lose it.",
    .objectNotEmpty: "The object is not deleted, as there are others beneath it in the target.",
    .notRead: "The connector would not read the object in the target any more.",
    .readOnlyAttribute: "The target does not let the attribute be written.",
    .schemaViolation: "The object breaks the target's schema.",
    .permissionIssue: "The connector's account is not allowed to do this.",
  ]
}
