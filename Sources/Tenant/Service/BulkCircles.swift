import JSON

/// The operations of a Bulk request that wait for each other.
enum BulkCircles {
  /// The operations of `waiting` in circles, each after those that it refers to.
  ///
  /// All of one refer to each other, by other ones or straight; an operation that is in no circle is
  /// one of its own.
  /// These are the strongly connected components in the order of Tarjan's algorithm ("Depth-First
  /// Search and Linear Graph Algorithms", 1972), without recursion: a chain of operations is as long
  /// as the request.
  static func circles(_ waiting: [Int], of operations: [BulkRequest.Operation]) -> [[Int]] {
    var makers: [String: Int] = [:]
    for index in waiting where operations[index].method == "POST" {
      if let name = operations[index].bulkID { makers[name] = index }
    }
    var search = Search()
    for index in waiting where search.order[index] == nil {
      search.visit(index) { operations[$0].references.compactMap { makers[$0] }.sorted() }
    }
    return search.circles
  }

  /// The data without what refers to resources of these names.
  static func without(_ names: Set<String>, _ data: JSONObject) -> JSONObject {
    var rest = data
    rest.members = data.members.compactMap { member in
      without(names, member.value).map { JSONMember(name: member.name, value: $0) }
    }
    return rest
  }

  // The value without its references; nil if nothing is left of it.
  private static func without(_ names: Set<String>, _ value: JSONValue) -> JSONValue? {
    switch value {
    case .string(let text):
      return BulkRequest.name(in: text).map(names.contains) ?? false ? nil : value
    case .array(let elements): return .array(elements.compactMap { without(names, $0) })
    case .object(let object):
      // What else is told of a reference goes with it.
      for name in ["value", "$ref"] {
        if let id = object.written(name), without(names, id) == nil { return nil }
      }
      return .object(without(names, object))
    default: return value
    }
  }

  // The state of the search, by the indices of operations.
  private struct Search {
    private struct Frame {
      var index: Int
      var next: [Int]
    }

    private(set) var circles: [[Int]] = []
    private(set) var order: [Int: Int] = [:]
    private var lowest: [Int: Int] = [:]
    private var open: [Int] = []
    private var isOpen: Set<Int> = []

    mutating func visit(_ start: Int, next: (Int) -> [Int]) {
      var frames = [enter(start, next)]
      while let frame = frames.last {
        guard let other = frame.next.last else {
          frames.removeLast()
          leave(frame.index)
          if let parent = frames.last { lower(parent.index, to: lowest[frame.index]) }
          continue
        }
        frames[frames.count - 1].next.removeLast()
        if order[other] == nil {
          frames.append(enter(other, next))
        } else if isOpen.contains(other) {
          lower(frame.index, to: order[other])
        }
      }
    }

    private mutating func enter(_ index: Int, _ next: (Int) -> [Int]) -> Frame {
      let number = order.count
      order[index] = number
      lowest[index] = number
      open.append(index)
      isOpen.insert(index)
      return Frame(index: index, next: next(index).reversed())
    }

    private mutating func lower(_ index: Int, to other: Int?) {
      guard let known = lowest[index], let other else { return }
      lowest[index] = min(known, other)
    }

    private mutating func leave(_ index: Int) {
      guard lowest[index] == order[index], let place = open.lastIndex(of: index) else { return }
      let circle = Array(open[place...])
      open.removeSubrange(place...)
      isOpen.subtract(circle)
      circles.append(circle.sorted())
    }
  }
}
