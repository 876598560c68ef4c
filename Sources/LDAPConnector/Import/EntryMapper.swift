import Directory

/// Turns entries as a server sends them into objects of the engine.
struct EntryMapper: Sendable {
  // Named once: to spell a name anew costs a look-up among all names.
  private static let objectClass: AttributeName = "objectClass"
  private static let objectGUID: AttributeName = "objectGUID"
  private static let entryUUID: AttributeName = "entryUUID"
  private static let distinguishedName: AttributeName = "distinguishedName"
  private static let objectSid: AttributeName = "objectSid"
  /// The SID as it is printed, under the name that Entra Connect's metaverse gives it.
  static let objectSidString: AttributeName = "objectSidString"

  /// How values are typed.
  let values: ValueReader
  /// What names an object for ever; nil where its DN does.
  let anchorAttribute: AttributeName?
  private let types: [ObjectTypeRule]
  private let wantedTypes: Set<String>
  private let showsNames: Bool
  private var descriptions: DescriptionCache
  // The types that lists of classes amounted to, nil for those not wanted, by their digest.
  private var knownTypes: [UInt64: String?] = [:]
  /// Where the entries come from, for errors.
  var location = ""

  /// - Parameter objectTypes: The types that are wanted; empty means all.
  init(_ profile: DirectoryProfile, _ settings: LDAPConnectorSettings, objectTypes: [String]) {
    values = profile.values
    anchorAttribute = profile.anchorAttribute
    types = profile.typeRules(settings)
    wantedTypes = Set(objectTypes)
    showsNames = settings.isTarget
    descriptions = DescriptionCache(profile.values)
  }

  /// An object, with the attributes of which not all values have come yet.
  struct Mapped: Sendable {
    var entry: DirectoryEntry
    var unfinished: [Unfinished]
  }

  /// An attribute whose other values must be asked for.
  struct Unfinished: Hashable, Sendable {
    /// The attribute as it is asked for.
    var name: AttributeName
    /// What has come.
    var range: ValueRange
  }

  /// One attribute, typed; with no values if the server says that it has none.
  struct TypedAttribute: Hashable, Sendable {
    /// The attribute without options.
    var type: AttributeName
    /// The name under which it is kept.
    var name: AttributeName
    /// Which of its values these are; nil if all.
    var range: ValueRange?
    /// The values in the server's order.
    var values: [AttributeValue]
  }

  /// The object that `entry` is; nil if its type is not wanted.
  ///
  /// - Throws: ``DiscoveryError`` if it can't be understood.
  mutating func object(_ entry: SearchEntry) throws(DiscoveryError) -> Mapped? {
    let dn = try name(entry)
    let typed = try attributes(entry)
    guard let type = try objectType(typed, dn) else { return nil }
    var found: [Attribute] = []
    found.reserveCapacity(typed.count + 2)
    var unfinished: [Unfinished] = []
    for part in typed where !part.values.isEmpty {
      if let range = part.range, range.last != nil {
        unfinished.append(Unfinished(name: part.type, range: range))
      }
      found.append(Attribute(part.name, part.values))
    }
    var attributes = AttributeSet(found)
    try checkCounts(attributes, dn)
    complete(&attributes, dn)
    let anchor = try anchor(attributes, dn)
    return Mapped(
      entry: DirectoryEntry(anchor: anchor, dn: dn, objectType: type, attributes: attributes),
      unfinished: unfinished)
  }

  /// The object with the values that came in parts.
  ///
  /// - Throws: ``DiscoveryError`` if one does not fit its attribute.
  mutating func entry(
    _ object: Mapped, _ parts: [(AttributeName, [SearchEntry])]
  ) throws(DiscoveryError) -> DirectoryEntry {
    var entry = object.entry
    for (name, answers) in parts {
      var values: [AttributeValue] = []
      for answer in answers {
        for part in try attributes(answer) where part.type == name { values += part.values }
      }
      entry.attributes[name] = values
    }
    return entry
  }

  /// The name of `entry`.
  ///
  /// - Throws: ``DiscoveryError`` if it is none.
  func name(_ entry: SearchEntry) throws(DiscoveryError) -> DistinguishedName {
    let reason: String
    if let text = String(validating: entry.dnBytes, as: UTF8.self) {
      do {
        let dn = try DistinguishedName(text)
        if !dn.normalized.isEmpty { return dn }
        reason = "The object's name is empty"
      } catch {
        reason = error.description
      }
    } else {
      reason = "The object's name is no UTF-8"
    }
    throw DiscoveryError(
      .dnNotLDAPConformant, dn: ServerWords.shown(entry.dn), location: location, message: reason,
      hint: "Rename the object in the directory.")
  }

  /// The attributes of `entry` that are kept, typed, in the server's order.
  ///
  /// - Throws: ``DiscoveryError`` if a value does not fit its attribute.
  mutating func attributes(_ entry: SearchEntry) throws(DiscoveryError) -> [TypedAttribute] {
    var found: [TypedAttribute] = []
    found.reserveCapacity(entry.attributeCount)
    try entry.forEachAttribute { place, ranges throws(DiscoveryError) in
      let looked = entry.bytes.withUnsafeBufferPointer { bytes in
        descriptions.look(UnsafeBufferPointer(rebasing: bytes[place]))
      }
      guard let (description, treatment) = looked else {
        throw malformed(entry, place)
      }
      guard treatment != .ignored else { return }
      var typed: [AttributeValue] = []
      typed.reserveCapacity(ranges.count)
      for range in ranges {
        typed.append(try value(entry, range, description.name, treatment))
      }
      found.append(
        TypedAttribute(
          type: description.name, name: description.keptName, range: description.range,
          values: typed))
    }
    return found
  }

  private func value(
    _ entry: SearchEntry, _ range: Range<Int>, _ name: AttributeName,
    _ treatment: ValueReader.Treatment
  ) throws(DiscoveryError) -> AttributeValue {
    do {
      return try values.value(entry.bytes[range], of: name, treatment)
    } catch {
      throw DiscoveryError(
        error.type, dn: ServerWords.shown(entry.dn), location: location, message: error.message,
        hint: "Correct the value in the directory.", attribute: name.text, value: error.value)
    }
  }

  private func malformed(_ entry: SearchEntry, _ place: Range<Int>) -> DiscoveryError {
    let text = ServerWords.shown(Array(entry.bytes[place]), limit: 60)
    return DiscoveryError(
      .invalidAttributeValue, dn: ServerWords.shown(entry.dn), location: location,
      message: "\"\(text)\" is no name of an attribute", hint: "Look at the server's schema.")
  }

  private func checkCounts(
    _ attributes: AttributeSet, _ dn: DistinguishedName
  ) throws(DiscoveryError) {
    for attribute in attributes.attributes where attribute.values.count > 1 {
      guard values.isSingleValued(attribute.name) || attribute.name == anchorAttribute else {
        continue
      }
      throw DiscoveryError(
        attribute.name == anchorAttribute
          ? .multiValuedAnchor : SyncErrorType("multi-single-mismatch"),
        dn: dn.text, location: location,
        message: "\(attribute.name) takes one value and has \(attribute.values.count)",
        hint: "Correct the object in the directory.", attribute: attribute.name.text)
    }
  }

  /// `dn` as rules spell it by `EscapeDNComponent`: servers choose among several escapes, and what
  /// they give back must be what was sent.
  static func spelled(_ dn: DistinguishedName) -> String {
    guard needsSpelling(dn.text) else { return dn.text }
    return dn.relativeNames.map { name in
      DistinguishedName.pairs(ofRelativeName: name).map { type, value in
        type + "=" + DistinguishedName.escape(value)
      }.joined(separator: "+")
    }.joined(separator: ",")
  }

  /// Whether `text` may be spelled otherwise: it has an escape, a control character, or an equals sign
  /// in a value, which servers need not escape.
  private static func needsSpelling(_ text: String) -> Bool {
    var signs = 0
    for byte in text.utf8 {
      switch byte {
      case 0x5C, ..<0x20, 0x7F: return true
      case 0x2C: signs = 0
      case 0x3D:
        signs += 1
        if signs > 1 { return true }
      default: break
      }
    }
    return false
  }

  /// Adds what rules expect and servers leave out.
  private func complete(_ attributes: inout AttributeSet, _ dn: DistinguishedName) {
    if showsNames { attributes[ExportPlan.nameAttribute] = [.string(Self.spelled(dn))] }
    if !attributes.contains(Self.distinguishedName) {
      attributes[Self.distinguishedName] = [.string(dn.text)]
    }
    if case .binary(let bytes)? = attributes[Self.objectSid].first, let sid = SID(bytes: bytes) {
      attributes[Self.objectSidString] = [.string(sid.description)]
    }
  }
}

extension EntryMapper {
  /// The type of an object with these attributes; nil if it is not wanted.
  private mutating func objectType(
    _ attributes: [TypedAttribute], _ dn: DistinguishedName
  ) throws(DiscoveryError) -> String? {
    let values = attributes.first { $0.name == Self.objectClass }?.values ?? []
    var digest = FNV1a()
    for value in values {
      if case .string(let text) = value { digest.add(text.utf8) }
      digest.add(CollectionOfOne(0))
    }
    if let known = knownTypes[digest.value] { return known }
    guard let last = values.last?.text else {
      throw DiscoveryError(
        .missingObjectClass, dn: dn.text, location: location,
        message: "The object shows no objectClass",
        hint: "Let the connector's account read it.", attribute: "objectClass")
    }
    let classes = values.map { $0.text.lowercased() }
    let type = types.first { $0.applies(to: classes) }?.objectType ?? last
    let wanted = wantedTypes.isEmpty || wantedTypes.contains(type) ? type : nil
    if knownTypes.count < 1000 { knownTypes[digest.value] = .some(wanted) }
    return wanted
  }

  private func anchor(
    _ attributes: AttributeSet, _ dn: DistinguishedName
  ) throws(DiscoveryError) -> Anchor {
    guard let name = anchorAttribute else { return Anchor(dn.normalized) }
    guard let value = attributes[name].first, !value.text.isEmpty else {
      throw missingAnchor(dn.text)
    }
    return Anchor(Self.anchorText(value, name))
  }

  /// The error of an object that shows no anchor.
  func missingAnchor(_ dn: String) -> DiscoveryError {
    let name = anchorAttribute?.text ?? "name"
    return DiscoveryError(
      .missingAnchor, dn: ServerWords.shown(dn), location: location,
      message: "The object shows no \(name), which anchors objects",
      hint: "Let the connector's account read it, or name another attribute as \"anchor\".",
      attribute: name)
  }

  /// The anchor that `value` is: GUIDs as Microsoft prints them, all UUIDs in lower case.
  static func anchorText(_ value: AttributeValue, _ name: AttributeName) -> String {
    if case .binary(let bytes) = value, let guid = GUID(bytes: bytes) { return guid.description }
    return name == entryUUID ? value.text.lowercased() : value.text
  }

  /// The anchor of an entry of which nothing else is wanted; nil if it has none.
  static func anchorText(_ entry: SearchEntry, _ name: AttributeName) -> String? {
    guard let bytes = entry[name.text].first, !bytes.isEmpty else { return nil }
    if name == objectGUID || name == "GUID" {
      return GUID(bytes: bytes)?.description ?? Hexadecimal.encode(bytes)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      return Hexadecimal.encode(bytes)
    }
    return name == entryUUID ? text.lowercased() : text
  }
}
