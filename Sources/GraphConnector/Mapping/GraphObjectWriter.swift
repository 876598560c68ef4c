import Directory
import JSON

/// Turns attributes of the connector space into the properties that Graph takes.
struct GraphObjectWriter: Sendable {
  let type: GraphObjectType
  /// The directory extension that holds the source anchor of groups.
  var anchorExtension: String?

  /// What is to be sent for an object.
  struct Draft: Sendable {
    var properties = JSONObject()
    var addedMembers: [String] = []
    var removedMembers: [String] = []
    /// The manager's id, an empty text for none; nil if that does not change.
    var manager: String?
    /// What Graph does not take of a change, with why, before it is sent.
    var refused: [(change: AttributeChange, failure: ObjectFailure)] = []
  }

  /// What a new object is made of, with what Graph demands and rules seldom give.
  ///
  /// - Throws: ``ObjectFailure`` for what Graph does not take, before it is sent.
  func added(_ attributes: AttributeSet, dn: DistinguishedName) throws(ObjectFailure) -> Draft {
    var draft = Draft()
    for attribute in attributes.attributes {
      try put(attribute.name, attribute.values, into: &draft)
    }
    if type.name == "user" { complete(user: &draft, dn: dn) } else { complete(group: &draft, dn) }
    for name in type.required where draft.properties[name] == nil {
      throw ObjectFailure(
        .schemaViolation, code: "not sent",
        message: "Graph takes no \(type.name) without \(name), and the rules give none.",
        attribute: type.attributes.first { $0.property == name }?.name.text ?? name)
    }
    return draft
  }

  /// What a change is made of: one attribute that Graph does not take holds up no other, least of all
  /// the one that shuts an account.
  func changed(_ changes: [AttributeChange]) -> Draft {
    var draft = Draft()
    for change in changes {
      do throws(ObjectFailure) {
        try put(change, into: &draft)
      } catch {
        draft.refused.append((change, error))
      }
    }
    return draft
  }

  private func put(
    _ change: AttributeChange, into draft: inout Draft
  ) throws(ObjectFailure) {
    switch change.operation {
    case .replace(let values): try put(change.name, values, into: &draft)
    case .update(let added, let removed):
      guard type.attribute(change.name)?.shape == .links else {
        return try put(change.name, added, into: &draft)
      }
      draft.addedMembers += added.map(\.text)
      draft.removedMembers += removed.map(\.text)
    }
  }

  private func put(
    _ name: AttributeName, _ values: [AttributeValue], into draft: inout Draft
  ) throws(ObjectFailure) {
    if GraphNames.isImplied(name) { return }
    if name == GraphNames.sourceAnchor, type.name == "group" {
      if let anchorExtension {
        draft.properties[anchorExtension] = values.first.map { .string($0.portableText) } ?? .null
      }
      return
    }
    guard let attribute = type.attribute(name), !attribute.isReadOnly else {
      throw ObjectFailure(
        .readOnlyAttribute, code: "not sent",
        message: "Graph lets nobody write \(name.text) of a \(type.name): take the flow to it out "
          + "of the outbound rules.", attribute: name.text)
    }
    // Graph refuses to empty it; where it is missing, a new object gets one of its own.
    if values.isEmpty, type.required.contains(attribute.property) { return }
    switch attribute.shape {
    case .text: draft.properties[attribute.property] = Self.text(values) ?? .null
    case .flag: draft.properties[attribute.property] = try flag(attribute, values)
    case .texts, .onlyText:
      draft.properties[attribute.property] = .array(values.map { .string($0.portableText) })
    case .numbered:
      var object = draft.properties["onPremisesExtensionAttributes"]?.object ?? JSONObject()
      object.members.append(.init(name: attribute.property, value: Self.text(values) ?? .null))
      draft.properties["onPremisesExtensionAttributes"] = .object(object)
    case .links: draft.addedMembers += values.map(\.text)
    case .link: draft.manager = values.first?.text ?? ""
    }
  }

  private static func text(_ values: [AttributeValue]) -> JSONValue? {
    values.first.map { .string($0.portableText) }
  }

  private func flag(
    _ attribute: GraphAttribute, _ values: [AttributeValue]
  ) throws(ObjectFailure) -> JSONValue {
    guard let value = values.first else { return .null }
    guard case .boolean(let flag)? = value.converted(to: .boolean) else {
      throw ObjectFailure(
        .identityDataValidationFailed, code: "not sent",
        message: "\(attribute.name.text) takes true or false.", attribute: attribute.name.text,
        value: value.text)
    }
    return .boolean(flag)
  }

  // The password is random and told to nobody: people sign in by what is synchronized.
  private func complete(user draft: inout Draft, dn: DistinguishedName) {
    if draft.properties["onPremisesImmutableId"] == nil,
      let anchor = GraphNames.anchor(inDN: dn.text)
    {
      draft.properties["onPremisesImmutableId"] = .string(anchor)
    }
    if draft.properties["mailNickname"] == nil,
      let name = draft.properties["userPrincipalName"]?.string
    {
      draft.properties["mailNickname"] = .string(String(name.prefix { $0 != "@" }))
    }
    draft.properties["passwordProfile"] = [
      "password": .string(Self.password()), "forceChangePasswordNextSignIn": false,
    ]
    // Graph takes no null in a new object for what it has no value of.
    draft.properties.members.removeAll { $0.value == .null }
  }

  private func complete(group draft: inout Draft, _ dn: DistinguishedName) {
    if let anchorExtension, draft.properties[anchorExtension] == nil,
      let anchor = GraphNames.anchor(inDN: dn.text)
    {
      draft.properties[anchorExtension] = .string(anchor)
    }
    if draft.properties["mailEnabled"] == nil { draft.properties["mailEnabled"] = false }
    if draft.properties["securityEnabled"] == nil { draft.properties["securityEnabled"] = true }
    if draft.properties["mailNickname"] == nil, let name = draft.properties["displayName"]?.string {
      let kept = name.unicodeScalars.filter {
        $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
      }
      let text = String(String.UnicodeScalarView(kept.prefix(64)))
      draft.properties["mailNickname"] = .string(text.isEmpty ? "group" : text)
    }
    draft.properties.members.removeAll { $0.value == .null }
  }

  // 240 bits; a letter stands for six of them, so that a word of the generator makes ten.
  private static func password() -> String {
    let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    var generator = SystemRandomNumberGenerator()
    var text = Array("aA1!".utf8)
    for _ in 0..<4 {
      var word = generator.next()
      for _ in 0..<10 {
        text.append(letters[Int(word & 63)])
        word >>= 6
      }
    }
    return String(decoding: text, as: UTF8.self)
  }
}
