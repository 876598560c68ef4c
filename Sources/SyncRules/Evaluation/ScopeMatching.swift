import Directory

extension ScopeClause {
  /// Whether the clause holds for `values` of its attribute; `isPresent` says that there is one
  /// even if none is at hand.
  func holds(_ values: [AttributeValue], isPresent: Bool) -> Bool {
    let passes =
      operand.test == .isNotNull
      ? isPresent || !values.isEmpty : values.contains(where: matches)
    return passes != operand.isNegated
  }

  private func matches(_ value: AttributeValue) -> Bool {
    switch operand.test {
    case .isBitSet:
      guard let number = value.number else { return false }
      return number & operand.mask == operand.mask
    case .isMemberOf:
      return (try? DistinguishedName(value.text))?.normalized == operand.texts[0].original
    case .lessThan, .lessThanOrEqual, .greaterThan, .greaterThanOrEqual:
      return isOrdered(value)
    default:
      return operand.texts.indices.contains { matchesText(value, $0) }
    }
  }

  private func isOrdered(_ value: AttributeValue) -> Bool {
    let (isLess, isSame): (Bool, Bool)
    // As with equality: "12000" stands before "5000" where it is a text.
    if let limit = operand.numbers[0], case .integer(let number) = value {
      (isLess, isSame) = (number < limit, number == limit)
    } else {
      let text = value.printedForms[0]
      (isLess, isSame) = (operand.texts[0].isAfter(text), operand.texts[0].equals(text))
    }
    return switch operand.test {
    case .lessThan: isLess
    case .lessThanOrEqual: isLess || isSame
    case .greaterThan: !isLess && !isSame
    default: !isLess
    }
  }

  private func matchesText(_ value: AttributeValue, _ index: Int) -> Bool {
    // "007" and "7" are two employee numbers; only what its directory calls a number is one.
    if case .integer(let number) = value, let other = operand.numbers[index],
      operand.test == .equal || operand.test == .isIn
    {
      return number == other
    }
    switch value {
    case .string(let text), .reference(let text): return matchesText(text, operand.texts[index])
    case .boolean, .integer: return matchesText(value.text, operand.texts[index])
    case .binary:
      return value.printedForms.contains { matchesText($0, operand.texts[index]) }
    }
  }

  private func matchesText(_ text: String, _ wanted: FoldedText) -> Bool {
    switch operand.test {
    case .contains: wanted.isPart(of: text)
    case .startsWith: wanted.isPrefix(of: text)
    case .endsWith: wanted.isSuffix(of: text)
    default: wanted.equals(text)
    }
  }
}

extension AttributeValue {
  /// The value as a number, if it is one or spells one.
  fileprivate var number: Int64? {
    switch self {
    case .integer(let number): number
    case .string(let text): Int64(text)
    default: nil
    }
  }

  /// The forms in which the value is printed; a SID or a GUID in Microsoft's form too.
  fileprivate var printedForms: [String] {
    guard case .binary(let bytes) = self else { return [text] }
    let named = [SID(bytes: bytes)?.description, GUID(bytes: bytes)?.description]
    return named.compactMap { $0 } + [text]
  }
}
