public import Directory
import GRDB

/// One metaverse attribute with where its values come from.
public struct MetaverseAttribute: Hashable, Sendable {
  /// The attribute.
  public var name: AttributeName
  /// Its values.
  public var values: [AttributeValue]
  /// The connector-space object that gave them.
  public var contributor: Int64
  /// The rule that let them flow, by its number in the store.
  public var rule: Int64
  /// When they came in.
  public var time: Timestamp
  /// An attribute of these parts.
  public init(
    name: AttributeName, values: [AttributeValue], contributor: Int64, rule: Int64,
    time: Timestamp
  ) {
    self.name = name
    self.values = values
    self.contributor = contributor
    self.rule = rule
    self.time = time
  }
}

/// What the rules want an object of a target to say.
public struct DesiredImage: Hashable, Sendable {
  /// Every attribute that rules write, those without a value too: they are to be empty.
  public var attributes: [Attribute]
  /// The reference attributes that rules write; their values are rows of their own.
  public var references: [AttributeName]
  /// An image of these parts.
  public init(attributes: [Attribute] = [], references: [AttributeName] = []) {
    self.attributes = attributes
    self.references = references
  }
}

/// Writes and reads the blobs that hold attributes; two equal sets give equal bytes.
struct AttributeCoding {
  let dictionaries: Dictionaries
  let db: Database

  func encode(_ attributes: [Attribute]) throws -> [UInt8] {
    var numbered: [(id: Int64, values: [AttributeValue])] = []
    numbered.reserveCapacity(attributes.count)
    for attribute in attributes {
      numbered.append((try dictionaries.id(attribute.name, db), attribute.values))
    }
    numbered.sort { $0.id < $1.id }
    var writer = ByteWriter()
    writer.number(numbered.count)
    for (id, values) in numbered {
      writer.number(Int(id))
      writer.values(values)
    }
    return writer.bytes
  }

  func decode(_ bytes: [UInt8]) throws -> AttributeSet {
    AttributeSet(try decodeList(bytes))
  }

  func decodeList(_ bytes: [UInt8]) throws -> [Attribute] {
    var reader = ByteReader(bytes)
    var result: [Attribute] = []
    let count = try reader.count()
    result.reserveCapacity(count)
    for _ in 0..<count {
      let name = try dictionaries.name(try reader.id(), db)
      result.append(Attribute(name, try reader.values()))
    }
    return result
  }

  func encode(_ desired: DesiredImage) throws -> [UInt8] {
    let plain = try encode(desired.attributes)
    var writer = ByteWriter(capacity: plain.count + 16)
    let ids = try desired.references.map { try dictionaries.id($0, db) }.sorted()
    writer.number(ids.count)
    for id in ids { writer.number(Int(id)) }
    return writer.bytes + plain
  }

  func decodeDesired(_ bytes: [UInt8]) throws -> DesiredImage {
    var reader = ByteReader(bytes)
    var desired = DesiredImage()
    for _ in 0..<(try reader.count()) {
      desired.references.append(try dictionaries.name(try reader.id(), db))
    }
    for _ in 0..<(try reader.count()) {
      let name = try dictionaries.name(try reader.id(), db)
      desired.attributes.append(Attribute(name, try reader.values()))
    }
    return desired
  }

  func encode(_ attributes: [MetaverseAttribute]) throws -> [UInt8] {
    var writer = ByteWriter()
    writer.number(attributes.count)
    for attribute in attributes {
      writer.number(Int(try dictionaries.id(attribute.name, db)))
      writer.values(attribute.values)
      writer.signed(attribute.contributor)
      writer.signed(attribute.rule)
      writer.signed(attribute.time.milliseconds)
    }
    return writer.bytes
  }

  func decodeMetaverse(_ bytes: [UInt8]) throws -> [MetaverseAttribute] {
    var reader = ByteReader(bytes)
    var result: [MetaverseAttribute] = []
    for _ in 0..<(try reader.count()) {
      let name = try dictionaries.name(try reader.id(), db)
      result.append(
        MetaverseAttribute(
          name: name, values: try reader.values(), contributor: try reader.signed(),
          rule: try reader.signed(), time: Timestamp(milliseconds: try reader.signed())))
    }
    return result
  }

  /// The bytes of what a step changed on an object.
  func encode(_ changes: [ObjectChange.Delta]) throws -> [UInt8] {
    var writer = ByteWriter()
    writer.number(changes.count)
    for change in changes {
      writer.number(Int(try dictionaries.id(change.name, db)))
      writer.values(change.before)
      writer.values(change.after)
      writer.signed(change.rule)
    }
    return writer.bytes
  }

  func decodeDeltas(_ bytes: [UInt8]) throws -> [AttributeDelta] {
    var reader = ByteReader(bytes)
    var result: [AttributeDelta] = []
    for _ in 0..<(try reader.count()) {
      let name = try dictionaries.name(try reader.id(), db)
      let before = try reader.values()
      let after = try reader.values()
      let rule = try dictionaries.ruleName(try reader.signed(), db)
      result.append(AttributeDelta(name: name.text, before: before, after: after, rule: rule))
    }
    return result
  }
}
