public import Directory
import GRDB

/// One metaverse attribute with where its values come from.
public struct MetaverseAttribute: Hashable, Sendable {
  /// The attribute.
  public var name: AttributeName
  /// Its values; none where a rule says that there are none, and others would give some.
  public var values: [AttributeValue]
  /// The connector-space object that gave them.
  public var contributor: Int64
  /// The rule that let them flow, by its number in the store.
  public var rule: Int64
  /// When they came in.
  public var time: Timestamp
  /// What else was contributed: what does not count, and what is united with the winner's.
  public var losers: [LostContribution]
  /// An attribute of these parts.
  public init(
    name: AttributeName, values: [AttributeValue], contributor: Int64, rule: Int64,
    time: Timestamp, losers: [LostContribution] = []
  ) {
    self.name = name
    self.values = values
    self.contributor = contributor
    self.rule = rule
    self.time = time
    self.losers = losers
  }
}

/// What the rules want an object of a target to say.
public struct DesiredImage: Hashable, Sendable {
  /// Every attribute that rules write, those without a value too: they are to be empty.
  public var attributes: [Attribute]
  /// The reference attributes that rules write; their values are rows of their own.
  public var references: [AttributeName]
  /// Those of ``attributes`` in which the target keeps values of its own.
  public var unions: [AttributeUnion] = []
  /// An image of these parts.
  public init(attributes: [Attribute] = [], references: [AttributeName] = []) {
    self.attributes = attributes
    self.references = references
  }

  /// Whether rules write the attribute, be it that it is to be empty.
  func manages(_ name: AttributeName) -> Bool {
    references.contains(name) || attributes.contains { $0.name == name }
  }
}

/// Writes and reads the blobs that hold attributes; two equal sets give equal bytes.
struct AttributeCoding {
  /// Where names are looked up that the table does not have.
  struct Source {
    let dictionaries: Dictionaries
    let db: Database
  }

  let table: NameTable
  /// Without one, a name that the table does not have is an error.
  var source: Source?

  private func number(_ name: AttributeName) throws -> Int64 {
    if let known = table.id(of: name) { return known }
    guard let source else { throw StoreError.unnumbered(name) }
    return try source.dictionaries.id(name, source.db)
  }

  private func name(_ id: Int64) throws -> AttributeName {
    if let known = table.name(id) { return known }
    guard let source else { throw StoreError.unlisted(id) }
    return try source.dictionaries.name(id, source.db)
  }

  func encode(_ attributes: [Attribute]) throws -> [UInt8] {
    var writer = ByteWriter()
    try encode(attributes, into: &writer)
    return writer.bytes
  }

  private func encode(_ attributes: [Attribute], into writer: inout ByteWriter) throws {
    // Numbers are sorted, and the values stay where they are.
    var order: [(id: Int64, place: Int)] = []
    order.reserveCapacity(attributes.count)
    for (place, attribute) in attributes.enumerated() {
      order.append((try number(attribute.name), place))
    }
    order.sort { $0.id < $1.id }
    writer.number(order.count)
    for (id, place) in order {
      writer.number(Int(id))
      writer.values(attributes[place].values)
    }
  }

  func decode(_ bytes: [UInt8]) throws -> AttributeSet {
    AttributeSet(distinct: try decodeList(bytes))
  }

  func decodeList(_ bytes: [UInt8]) throws -> [Attribute] {
    var reader = ByteReader(bytes)
    var result: [Attribute] = []
    let count = try reader.count()
    result.reserveCapacity(count)
    for _ in 0..<count {
      let name = try name(try reader.id())
      result.append(Attribute(name, try reader.values()))
    }
    return result
  }

  func encode(_ desired: DesiredImage) throws -> [UInt8] {
    var writer = ByteWriter()
    let ids = try desired.references.map { try number($0) }.sorted()
    writer.number(ids.count)
    for id in ids { writer.number(Int(id)) }
    try encode(desired.attributes, into: &writer)
    try encode(desired.unions, into: &writer)
    return writer.bytes
  }

  /// They stand at the end, and only if there are any: few rules unite anything.
  private func encode(_ unions: [AttributeUnion], into writer: inout ByteWriter) throws {
    guard !unions.isEmpty else { return }
    writer.number(unions.count)
    for (id, union) in try unions.map({ (try number($0.name), $0) }).sorted(by: { $0.0 < $1.0 }) {
      writer.number(Int(id))
      writer.number(union.ignoresCase ? 1 : 0)
      writer.values(union.withdrawn)
    }
  }

  func decodeDesired(_ bytes: [UInt8]) throws -> DesiredImage {
    var reader = ByteReader(bytes)
    var desired = DesiredImage()
    for _ in 0..<(try reader.count()) {
      desired.references.append(try name(try reader.id()))
    }
    let count = try reader.count()
    desired.attributes.reserveCapacity(count)
    for _ in 0..<count {
      let name = try name(try reader.id())
      desired.attributes.append(Attribute(name, try reader.values()))
    }
    guard !reader.isAtEnd else { return desired }
    for _ in 0..<(try reader.count()) {
      let (name, ignoresCase) = (try name(try reader.id()), try reader.id() != 0)
      desired.unions.append(
        AttributeUnion(name: name, withdrawn: try reader.values(), ignoresCase: ignoresCase))
    }
    return desired
  }

  func encode(_ attributes: [MetaverseAttribute]) throws -> [UInt8] {
    var writer = ByteWriter()
    writer.number(attributes.count)
    for attribute in attributes {
      writer.number(Int(try number(attribute.name)))
      writer.values(attribute.values)
      writer.signed(attribute.contributor)
      writer.signed(attribute.rule)
      writer.signed(attribute.time.milliseconds)
    }
    writer.losers(of: attributes)
    return writer.bytes
  }

  func decodeMetaverse(_ bytes: [UInt8]) throws -> [MetaverseAttribute] {
    var reader = ByteReader(bytes)
    var result: [MetaverseAttribute] = []
    let count = try reader.count()
    result.reserveCapacity(count)
    for _ in 0..<count {
      let name = try name(try reader.id())
      result.append(
        MetaverseAttribute(
          name: name, values: try reader.values(), contributor: try reader.signed(),
          rule: try reader.signed(), time: Timestamp(milliseconds: try reader.signed())))
    }
    try reader.losers(into: &result)
    return result
  }

  /// The bytes of what a step changed on an object.
  func encode(_ changes: [ObjectChange.Delta]) throws -> [UInt8] {
    var writer = ByteWriter()
    writer.number(changes.count)
    for change in changes {
      writer.number(Int(try number(change.name)))
      writer.values(change.before)
      writer.values(change.after)
      writer.signed(change.rule)
    }
    return writer.bytes
  }

  /// What a step changed on an object, with the names of the rules.
  func decodeDeltas(_ bytes: [UInt8]) throws -> [AttributeDelta] {
    var reader = ByteReader(bytes)
    var result: [AttributeDelta] = []
    for _ in 0..<(try reader.count()) {
      let name = try name(try reader.id())
      let before = try reader.values()
      let after = try reader.values()
      let rule = try ruleName(try reader.signed())
      result.append(AttributeDelta(name: name.text, before: before, after: after, rule: rule))
    }
    return result
  }

  private func ruleName(_ id: Int64) throws -> String {
    guard let source else { return "" }
    return try source.dictionaries.ruleName(id, source.db)
  }
}

extension StoreError {
  static func unnumbered(_ name: AttributeName) -> StoreError {
    StoreError(
      .internal, message: "The attribute \(name) has no number in the store yet",
      hint: "This is a fault of Lockstep's own; please report it")
  }

  static func unlisted(_ id: Int64) -> StoreError {
    StoreError(
      .corrupt, message: "The store names an attribute number \(id) that it does not list",
      hint: "Restore the store from a backup, or start a new one with an Initial cycle")
  }
}
