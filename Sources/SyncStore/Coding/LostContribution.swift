public import Directory

/// A contribution to a metaverse attribute beside the strongest one: with the reason why it does not
/// count, or united with that.
public struct LostContribution: Hashable, Sendable {
  /// Why a contribution does not count; the numbers are those in the store.
  public enum Reason: Int, Sendable, CaseIterable {
    case noValue = 0
    case lowerPrecedence = 1
    case otherObject = 2
    case ignored = 3
    case blocked = 4
    case onlyOnce = 5
    /// It counts: rules unite what they give.
    case united = 6

    /// The reason in words for a person; empty for one that counts.
    public var text: String {
      switch self {
      case .noValue: "its source has no value"
      case .lowerPrecedence: "a rule with a lower precedence number has a value"
      case .otherObject: "the same rule has a value from another object"
      case .ignored: "its expression asked that this flow be ignored"
      case .blocked: "a rule with a lower precedence number said that there is no value"
      case .onlyOnce: "it flows only when the object is made"
      case .united: ""
      }
    }
  }

  /// The connector-space object that gave it.
  public var contributor: Int64
  /// The rule, by its number in the store.
  public var rule: Int64
  /// Why it does not count, or that it does.
  public var reason: Reason
  /// What it gives or would have given, if that is short; else empty.
  public var values: [AttributeValue]

  /// Bytes of values that are kept at most: most are worth a look, a picture is not.
  static let longest = 64

  /// A contribution of these parts; values that are long are not kept.
  public init(contributor: Int64, rule: Int64, reason: Reason, values: [AttributeValue] = []) {
    self.contributor = contributor
    self.rule = rule
    self.reason = reason
    let size = values.prefix(9).reduce(0) { $0 + $1.byteCount }
    self.values = values.count < 9 && size <= Self.longest ? values : []
  }
}

extension AttributeValue {
  fileprivate var byteCount: Int {
    switch self {
    case .string(let text), .reference(let text): text.utf8.count
    case .binary(let bytes): bytes.count
    case .integer, .boolean: 8
    }
  }
}

/// Lost contributions stand behind the attributes, and only if there are any: an object without
/// rivals costs no byte more, and what was written before there were any is read as it was.
extension ByteWriter {
  mutating func losers(of attributes: [MetaverseAttribute]) {
    let contested = attributes.indices.filter { !attributes[$0].losers.isEmpty }
    guard !contested.isEmpty else { return }
    number(contested.count)
    for index in contested {
      number(index)
      number(attributes[index].losers.count)
      for loser in attributes[index].losers {
        signed(loser.contributor)
        signed(loser.rule)
        number(loser.reason.rawValue)
        values(loser.values)
      }
    }
  }
}

extension ByteReader {
  mutating func losers(into attributes: inout [MetaverseAttribute]) throws(StoreError) {
    guard !isAtEnd else { return }
    for _ in 0..<(try count()) {
      let index = Int(truncatingIfNeeded: try id())
      for _ in 0..<(try count()) {
        let (contributor, rule) = (try signed(), try signed())
        let reason = LostContribution.Reason(rawValue: Int(truncatingIfNeeded: try id()))
        let values = try values()
        // A reason that a later version knows, or an index of nothing, is left out.
        guard let reason, attributes.indices.contains(index) else { continue }
        attributes[index].losers.append(
          LostContribution(contributor: contributor, rule: rule, reason: reason, values: values))
      }
    }
  }
}
