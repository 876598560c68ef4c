import Directory
import SyncStore

/// Another name for an object, of those that no two may have: by which people sign in, or its place in
/// the directory.
struct NameChange {
  private static let signInNames: [AttributeName] = [
    "userName", "userPrincipalName", accountName,
  ]
  private static let accountName: AttributeName = "sAMAccountName"
  /// The attribute in which rules compute an object's place.
  static let place: AttributeName = "dn"

  var attribute: AttributeName
  /// The name that it has and the one that it is to get, as they are compared.
  var held: String
  var wanted: String
  /// The name that it has.
  var name: String
  /// Whether it can have another name for the moment.
  var canLeave = true

  /// Whether the name is the object's place in the directory.
  var isPlace: Bool { attribute == Self.place }

  private init(
    _ attribute: AttributeName, from name: String, to wanted: String, canLeave: Bool = true
  ) {
    self.attribute = attribute
    self.name = name
    self.wanted = wanted.lowercased()
    self.canLeave = canLeave
    held = name.lowercased()
  }

  /// The sign-in names that `changes` give to an object that says `image`.
  static func signIns(_ changes: [AttributeChange], of image: AttributeSet) -> [NameChange] {
    changes.compactMap { change in
      guard signInNames.contains(change.name), let (name, wanted) = names(change, image),
        wanted.lowercased() != name.lowercased()
      else { return nil }
      return NameChange(change.name, from: name, to: wanted)
    }
  }

  /// The sign-in names of a new object.
  static func signIns(_ attributes: AttributeSet) -> [NameChange] {
    signInNames.compactMap { attribute in
      attributes.text(attribute).map {
        NameChange(attribute, from: "", to: $0, canLeave: false)
      }
    }
  }

  /// The place that `changes` give to an object that says `image`; nil if they give none.
  ///
  /// - Parameter anchor: The object's own; where that is its place, it is lost with it.
  init?(place changes: [AttributeChange], of image: AttributeSet, anchor: Anchor?) {
    guard let change = changes.first(where: { $0.name == Self.place }),
      let (name, wanted) = Self.names(change, image), let held = try? DistinguishedName(name),
      let new = try? DistinguishedName(wanted), new != held
    else { return nil }
    attribute = Self.place
    self.name = name
    self.wanted = new.normalized
    self.held = held.normalized
    canLeave = anchor?.text != held.normalized
  }

  /// The place of a new object; nil if `attributes` have none.
  init?(place attributes: AttributeSet) {
    guard let name = attributes.text(Self.place), let place = try? DistinguishedName(name) else {
      return nil
    }
    attribute = Self.place
    self.name = ""
    wanted = place.normalized
    held = ""
    canLeave = false
  }

  /// The one name that an attribute has and the one that it gets.
  private static func names(
    _ change: AttributeChange, _ image: AttributeSet
  ) -> (name: String, wanted: String)? {
    guard case .replace(let values) = change.operation, values.count == 1,
      case .string(let wanted)? = values.first, case .string(let name)? = image[change.name].first
    else { return nil }
    return (name, wanted)
  }

  /// A name for the moment, which nobody has.
  func temporary(_ id: Int64) -> String {
    let end = "-" + String(id, radix: 36) + "x"
    guard isPlace else {
      // Active Directory takes 20 characters for an account.
      if attribute == Self.accountName { return name.prefix(max(1, 20 - end.count)) + end }
      let parts = name.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
      let rest = parts.count > 1 ? "@" + parts[1] : ""
      // What stands before the @ may have 64 characters.
      return parts[0].prefix(40) + end + rest
    }
    guard let place = try? DistinguishedName(name) else { return name + end }
    let pairs = DistinguishedName.pairs(ofRelativeName: place.rdn).enumerated().map {
      (index, pair) in
      // Active Directory's names have no more than 64 characters.
      let value = index == 0 ? String(pair.value.prefix(40)) + end : pair.value
      return pair.type + "=" + DistinguishedName.escape(value)
    }
    return ([pairs.joined(separator: "+")] + place.relativeNames.dropFirst())
      .joined(separator: ",")
  }
}

extension ExportStep.Request {
  /// The names that it changes.
  var nameChanges: [NameChange] { signInChanges + [placeChange].compactMap(\.self) }

  /// The name for which the target refuses it; nil if it is none.
  func nameChange(refusedBy failure: ObjectFailure) -> NameChange? {
    switch failure.type {
    case .attributeValueMustBeUnique:
      let changes = signInChanges
      let blamed = failure.attribute.map { AttributeName($0) }
      // Of a new object everything is new: any of it may be meant.
      return changes.first { $0.attribute == blamed } ?? changes.first { $0.canLeave }
    case .existingObject:
      guard let change = placeChange, failure.attribute == change.attribute.text else { return nil }
      return change
    default: return nil
    }
  }

  private var signInChanges: [NameChange] {
    switch operation.kind {
    case .add(let attributes): NameChange.signIns(attributes)
    case .modify(let changes):
      item.object.image.map { NameChange.signIns(changes, of: $0) } ?? []
    case .delete: []
    }
  }

  private var placeChange: NameChange? {
    switch operation.kind {
    case .add(let attributes): return NameChange(place: attributes)
    case .modify(let changes):
      guard let image = item.object.image else { return nil }
      return NameChange(place: changes, of: image, anchor: operation.anchor)
    case .delete: return nil
    }
  }
}
