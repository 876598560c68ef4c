public import Directory

/// What a step did to one object, under the counter that counts it.
public struct ObjectChange: Sendable {
  /// What happened to one attribute.
  public struct Delta: Hashable, Sendable {
    /// The attribute.
    public var name: AttributeName
    /// The values before.
    public var before: [AttributeValue]
    /// The values after.
    public var after: [AttributeValue]
    /// The rule that made it so, by its number in the store; 0 for none.
    public var rule: Int64
    /// A delta of these parts.
    public init(
      _ name: AttributeName, before: [AttributeValue], after: [AttributeValue], rule: Int64 = 0
    ) {
      self.name = name
      self.before = before
      self.after = after
      self.rule = rule
    }
  }

  /// The counter.
  public var counter: Counter
  /// The connector that an outbound counter is about; 0 for the step's own.
  public var target: Int64
  /// The connector-space object.
  public var objectID: Int64
  /// Its name at this time.
  public var dn: String
  /// What a person calls it.
  public var display: String
  /// Its type.
  public var objectType: String
  /// What changed.
  public var deltas: [Delta]
  /// The metaverse object, where the change made or broke a link to it.
  public var metaverse: Int64?
  /// The rule that linked the object, by its number in the store; 0 for none.
  public var linkRule: Int64 = 0
  /// Why, in words for a person, where no rule says it: the scope that the object left.
  public var reason = ""
  /// The bytes of ``deltas``, if they were made already.
  public var encoded: EncodedImage?

  /// A change of these parts.
  public init(
    _ counter: Counter, target: Int64 = 0, objectID: Int64, dn: String, display: String,
    objectType: String, deltas: [Delta]
  ) {
    self.counter = counter
    self.target = target
    self.objectID = objectID
    self.dn = dn
    self.display = display
    self.objectType = objectType
    self.deltas = deltas
  }

  /// The deltas between two lists of attributes.
  public static func deltas(
    from before: [Attribute], to after: [Attribute], rule: Int64 = 0
  ) -> [Delta] {
    var result: [Delta] = []
    for attribute in after {
      let old = before.first { $0.name == attribute.name }?.values ?? []
      if old != attribute.values {
        result.append(Delta(attribute.name, before: old, after: attribute.values, rule: rule))
      }
    }
    for attribute in before where !after.contains(where: { $0.name == attribute.name }) {
      if attribute.values.isEmpty { continue }
      result.append(Delta(attribute.name, before: attribute.values, after: [], rule: rule))
    }
    return result
  }
}
