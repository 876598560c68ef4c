import Directory

extension Value {
  /// What a flow gets when this is the result of the whole expression.
  ///
  /// An empty string is no value: directories have none, so it counts as `NULL`.
  func outcome() throws(ExpressionFailure) -> ExpressionOutcome {
    switch self {
    case .null: return .null
    case .authoritativeNull: return .authoritativeNull
    case .ignoreThisFlow: return .ignoreThisFlow
    case .failure(let text): throw ExpressionFailure(.errorFunction, text)
    case .list(let values):
      var result: [AttributeValue] = []
      result.reserveCapacity(values.count)
      for value in values {
        try value.refuseDate()
        if let flowing = value.attributeValue { result.append(flowing) }
      }
      return result.isEmpty ? .null : .values(result)
    default:
      try refuseDate()
      return attributeValue.map { .values([$0]) } ?? .null
    }
  }

  private func refuseDate() throws(ExpressionFailure) {
    guard case .date = self else { return }
    throw ExpressionFailure(
      .type, "The expression gives a date, which no attribute holds",
      hint: "make text of it with FormatDateTime, or a number with NumFromDate")
  }
}
