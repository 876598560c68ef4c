/// A metaverse object as a person names it: `mv:12`, or as reports write it, `metaverse object 12`.
public struct MetaverseAddress: Hashable, Sendable {
  /// The object's number.
  public var number: Int64

  private static let heads = ["mv:", "metaverse:", "metaverse object ", "metaverse "]

  /// The metaverse object that `text` names; nil if it names none.
  public init?(_ text: String) {
    let text = text.lowercased()
    guard let head = Self.heads.first(where: text.hasPrefix),
      case let digits = text.dropFirst(head.count), !digits.isEmpty,
      digits.allSatisfy({ ("0"..."9").contains($0) }), let number = Int64(digits), number > 0
    else { return nil }
    self.number = number
  }
}
