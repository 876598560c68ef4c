public import Directory
public import SyncExpressions

/// One attribute that a rule writes.
public struct AttributeFlow: Hashable, Sendable {
  /// Where the values come from.
  public enum Source: Hashable, Sendable {
    /// The values of this attribute as they are.
    case direct(AttributeName)
    /// Always these values.
    case constant([AttributeValue])
    /// What the expression makes of the object.
    indirect case expression(Expression)

    /// The source in words: an attribute's name, `constant`, or the expression.
    public var text: String {
      switch self {
      case .direct(let name): name.text
      case .constant: "constant"
      case .expression(let expression): expression.text
      }
    }

    /// The attributes that the source reads, also those that it only counts.
    public var attributes: Set<AttributeName> {
      switch self {
      case .direct(let name): [name]
      case .constant: []
      case .expression(let expression):
        expression.attributes.union(expression.importedAttributes)
          .union(expression.countedAttributes)
      }
    }
  }

  /// The attribute that is written.
  public var target: AttributeName
  /// Where the values come from.
  public var source: Source
  /// Whether the flow counts only when the target object is made (`execute-once`).
  public var applyOnce: Bool
  /// What happens if several rules write the attribute.
  public var merge: MergeType

  /// A flow of these parts.
  public init(
    target: AttributeName, source: Source, applyOnce: Bool = false, merge: MergeType = .update
  ) {
    self.target = target
    self.source = source
    self.applyOnce = applyOnce
    self.merge = merge
  }

  /// The source in words: an attribute's name, `constant`, or the expression.
  public var sourceText: String { source.text }

  /// Whether an expression may say `IgnoreThisFlow`.
  public var mayBeIgnored: Bool {
    guard case .expression(let expression) = source else { return false }
    return expression.text.lowercased().contains("ignorethisflow")
  }

  /// Whether an expression may make references: of text, by `CRef`, or of some of `references`.
  public func mayMakeReferences(of references: Set<AttributeName>) -> Bool {
    guard case .expression(let expression) = source else { return false }
    return !expression.attributes.isDisjoint(with: references)
      || !expression.importedAttributes.isDisjoint(with: references)
      || expression.text.lowercased().contains("cref")
  }
}

/// What happens if several rules write one attribute; all of them must say the same.
public enum MergeType: String, Hashable, Sendable, CaseIterable {
  /// The strongest rule that has a value wins.
  case update
  /// The values of all rules are united.
  case merge
  /// As ``merge``; values that differ only in case are one, in the strongest rule's spelling.
  case mergeCaseInsensitive
}
