extension Function {
  /// Every function of the language.
  static let all: [Function] =
    flow + checks + conversions + encodings + lists + texts + cuts + searches + directories
    + mathematics + dates + certificates

  /// The functions by name.
  static let named = Dictionary(uniqueKeysWithValues: all.map { ($0.name.description, $0) })

  /// The names in order.
  static let names = all.map(\.name.description).sorted()
}
