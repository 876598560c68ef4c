import Foundation
import JSON

/// Reads values that a client sent into the form in which they are kept, or refuses them.
///
/// The form is canonical: names in the schema's spelling and order, nothing unassigned, no value
/// twice. Two resources are the same if their canonical forms are equal.
struct ValueReader: Sendable {
  /// Whether only the standard's forms are taken.
  ///
  /// If not, a boolean may be the string "True" or
  /// "False" and a single value may stand for a list of one, as some identity providers send.
  var isStrict = true
  /// The domains that user principal names may end with, in lower case; empty for any.
  var verifiedDomains: [String] = []
  /// How the refusal of a resource is called that lacks what is required: `mutability` where a PATCH
  /// took it away (RFC 7644 §3.5.2.2).
  var lack = SCIMError.Kind.invalidValue

  /// The refusal of a resource without a value at `path`.
  func missing(_ path: String) -> SCIMError {
    let advice = lack == .mutability ? " and can't be removed; replace it." : "."
    return SCIMError(400, lack, "Attribute '\(path)': is required\(advice)")
  }

  /// The domain of a user principal name, where it is none that may stand there.
  func unverifiedDomain(of name: String) -> String? {
    guard !verifiedDomains.isEmpty, let at = name.lastIndex(of: "@") else { return nil }
    let domain = name[name.index(after: at)...].lowercased()
    return verifiedDomains.contains(domain) ? nil : domain
  }

  /// The canonical form of `value` for `definition`; nil if it is unassigned.
  ///
  /// - Parameter path: how errors name the attribute.
  /// - Throws: ``SCIMError``, status 400.
  func read(_ value: JSONValue, _ definition: AttributeDefinition, path: String) throws
    -> JSONValue?
  {
    guard !value.isUnassigned else { return nil }
    guard definition.isMultiValued else { return try readOne(value, definition, path: path) }
    let elements = try elements(of: value, path: path)
    var canonical: [JSONValue] = []
    var seen: Set<JSONValue> = []
    for element in elements {
      guard let one = try readOne(element, definition, path: path) else { continue }
      // One value, the usual case, needs no hashing.
      if elements.count == 1 || seen.insert(one).inserted { canonical.append(one) }
    }
    try checkTogether(canonical, definition, path: path)
    return canonical.isEmpty ? nil : .array(canonical)
  }

  /// The elements of a multi-valued attribute's value.
  func elements(of value: JSONValue, path: String) throws -> [JSONValue] {
    if let elements = value.array { return elements }
    guard isStrict else { return [value] }
    throw SCIMError.invalidValue(
      path, "must be an array, because the attribute is multi-valued, but is \(value.kindName).")
  }

  /// The canonical form of one value of `definition`; nil if it is unassigned.
  func readOne(_ value: JSONValue, _ definition: AttributeDefinition, path: String) throws
    -> JSONValue?
  {
    guard value != .null else { return nil }
    switch definition.kind {
    case .complex: return try readComplex(value, definition, path: path)
    case .boolean: return .boolean(try readBoolean(value, path: path))
    case .integer:
      guard value.integer != nil else { throw wrongType(value, "an integer", path) }
      return value
    case .decimal:
      switch value {
      case .integer, .number: return value
      default: throw wrongType(value, "a number", path)
      }
    case .string, .reference, .dateTime, .binary:
      guard let text = value.string else { throw wrongType(value, "a string", path) }
      try check(text, definition, path: path)
      return value
    }
  }

  private func readBoolean(_ value: JSONValue, path: String) throws -> Bool {
    if let truth = value.boolean { return truth }
    if !isStrict, let text = value.string?.lowercased(), text == "true" || text == "false" {
      return text == "true"
    }
    throw wrongType(value, "a boolean, true or false without quotes,", path)
  }

  private func readComplex(_ value: JSONValue, _ definition: AttributeDefinition, path: String)
    throws
    -> JSONValue?
  {
    guard let object = value.object else { throw wrongType(value, "an object", path) }
    var given: [String: JSONValue] = [:]
    for member in object.members {
      guard let sub = definition.subAttribute(member.name) else {
        throw SCIMError.invalidSyntax(
          "Attribute '\(path).\(member.name)' is not in the schema of '\(path)'; look at /Schemas "
            + "for what is.")
      }
      guard given.updateValue(member.value, forKey: sub.name) == nil else {
        throw SCIMError.invalidSyntax("Attribute '\(path).\(sub.name)' occurs twice.")
      }
    }
    try resolveReference(&given, definition, path: path)
    var canonical = JSONObject()
    for index in definition.subAttributes.indices {
      let name = definition.subAttributes[index].name
      let raw = given[name]
      guard raw != nil || definition.subAttributes[index].isRequired else { continue }
      let sub = definition.subAttributes[index]
      guard sub.mutability != .readOnly, name != "$ref" else { continue }
      if let one = try raw.flatMap({ try read($0, sub, path: "\(path).\(name)") }) {
        canonical.members.append(JSONMember(name: name, value: one))
      } else if sub.isRequired, !(canonical.members.isEmpty && object.members.isEmpty) {
        throw missing("\(path).\(name)")
      }
    }
    return canonical.members.isEmpty ? nil : .object(canonical)
  }

  private func check(_ text: String, _ definition: AttributeDefinition, path: String) throws {
    let length = text.utf16.count
    if let limit = definition.maximumLength, length > limit {
      throw SCIMError.invalidValue(
        path, "\(Self.shown(text)) has \(length) characters; \(limit) are allowed.")
    }
    if definition.isRequired && text.isEmpty {
      throw SCIMError.invalidValue(path, "is required and can't be empty.")
    }
    if definition.isCanonicalOnly, !definition.canonicalValues.contains(text) {
      let known = definition.canonicalValues.joined(separator: ", ")
      throw SCIMError.invalidValue(path, "\(Self.shown(text)) is none of \(known).")
    }
    if definition.kind == .binary, Data(base64Encoded: text) == nil {
      throw SCIMError.invalidValue(path, "is not base64.")
    }
    if definition.kind == .dateTime, Moment.milliseconds(text) == nil {
      throw SCIMError.invalidValue(
        path, "\(Self.shown(text)) is no date with time such as 2026-11-22T20:01:02Z.")
    }
    if let fault = ValueFormat.fault(of: text, as: definition.format) {
      throw SCIMError.invalidValue(path, "invalid value \(Self.shown(text)): \(fault).")
    }
  }

  // What no single value can break: one primary value at most (RFC 7643 §2.4), one main mail
  // address at most.
  private func checkTogether(_ values: [JSONValue], _ definition: AttributeDefinition, path: String)
    throws
  {
    if definition.subAttribute("primary") != nil {
      let count = values.count { $0.object?["primary"] == .boolean(true) }
      guard count <= 1 else {
        throw SCIMError.invalidValue(path, "\(count) values have primary true; one at most may.")
      }
    }
    if definition.format == .proxyAddress {
      guard values.count <= ValueFormat.mostProxyAddresses else {
        throw SCIMError.invalidValue(
          path,
          "This request results in the object having \(values.count) proxy addresses. The maximum "
            + "number of proxy addresses permitted is \(ValueFormat.mostProxyAddresses).")
      }
      let main = values.compactMap(\.string).filter { $0.hasPrefix("SMTP:") }
      guard main.count <= 1 else {
        throw SCIMError.invalidValue(
          path, "'\(main[0])' and '\(main[1])' are both primary (SMTP: in capitals); one may be.")
      }
      let folded = Dictionary(grouping: values.compactMap(\.string)) { $0.lowercased() }
      if let twice = folded.values.first(where: { $0.count > 1 }) {
        throw SCIMError.invalidValue(
          path, "'\(twice[0])' and '\(twice[1])' differ in case only.")
      }
    }
  }

  func wrongType(_ value: JSONValue, _ wanted: String, _ path: String) -> SCIMError {
    let shown = value.string.map { " \(Self.shown($0))" } ?? ""
    return .invalidValue(path, "must be \(wanted) but is \(value.kindName)\(shown).")
  }

  /// The value in quotes, cut if it is very long.
  static func shown(_ text: String) -> String {
    text.count <= 200 ? "'\(text)'" : "'\(text.prefix(200))…'"
  }
}
