import Directory

/// The numbers of attribute names and rules as they were at one moment; reading it takes no lock.
final class NameTable: Sendable {
  let ruleIDs: [String: Int64]
  /// The name with each number; numbers are given in sequence, so the gaps are few.
  private let names: [AttributeName?]
  // The number by the name's own in this process; 0 for names without one.
  private let ids: [Int64]

  init(names: [Int64: AttributeName], ruleIDs: [String: Int64]) {
    let largest = names.keys.max().map { min(max($0, 0), Int64(Int32.max)) } ?? -1
    var list = [AttributeName?](repeating: nil, count: Int(largest) + 1)
    let last = names.values.map(\.number).max() ?? -1
    var ids = [Int64](repeating: 0, count: last + 1)
    for (id, name) in names {
      ids[name.number] = id
      if id >= 0 && id <= largest { list[Int(id)] = name }
    }
    self.names = list
    self.ids = ids
    self.ruleIDs = ruleIDs
  }

  static let empty = NameTable(names: [:], ruleIDs: [:])

  /// The number of `name`, if it had one at that moment.
  func id(of name: AttributeName) -> Int64? {
    guard name.number < ids.count, case let id = ids[name.number], id != 0 else { return nil }
    return id
  }

  /// The name that has the number `id`, if it had one at that moment.
  func name(_ id: Int64) -> AttributeName? {
    guard id >= 0, id < names.count else { return nil }
    return names[Int(id)]
  }
}
