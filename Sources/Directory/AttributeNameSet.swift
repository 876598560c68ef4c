/// A set of attribute names as bits, by the names' numbers: to ask it costs next to nothing.
///
/// For a set that is asked about many names and then thrown away.
public struct AttributeNameSet: Sendable {
  private var words: [UInt64] = []

  /// The set of `names`.
  public init(_ names: [AttributeName] = []) {
    for name in names { insert(name) }
  }

  /// Adds a name.
  public mutating func insert(_ name: AttributeName) {
    let word = name.number / UInt64.bitWidth
    while words.count <= word { words.append(0) }
    words[word] |= 1 << UInt64(name.number % UInt64.bitWidth)
  }

  /// Whether `name` is one of them.
  public func contains(_ name: AttributeName) -> Bool {
    let word = name.number / UInt64.bitWidth
    return word < words.count && words[word] & (1 << UInt64(name.number % UInt64.bitWidth)) != 0
  }
}
