/// How the store finds the resources that can meet a filter, without reading all of them.
struct FilterPlan: Sendable {
  /// Where to look.
  indirect enum Candidates: Hashable, Sendable {
    /// At every resource of the type.
    case all
    /// At the one with this id.
    case id(String)
    /// At those with this value in the key index of this number.
    case key(Int, String)
    /// At those last written in this range of milliseconds.
    case modified(ClosedRange<Int64>)
    /// At those that have a link of this number to the resource of this id.
    case linking(Int, to: String)
    /// At those to which the resource of this id has a link of this number.
    case linked(Int, from: String)
    /// At those of any of these.
    case union([Candidates])
    /// Nowhere.
    case none

    // Fewer resources to look at first.
    fileprivate var rank: Int {
      switch self {
      case .none: return 0
      case .id: return 1
      case .key: return 2
      case .linking, .linked: return 3
      case .union: return 4
      case .modified: return 5
      case .all: return 6
      }
    }
  }

  /// Where to look.
  var candidates: Candidates
  /// Whether every candidate meets the filter, so that it need not be tried.
  var isExact: Bool

  /// The plan for `filter` on resources of `type`; for no filter, all of them.
  init(_ filter: Filter?, for type: ResourceType) {
    self = filter.map { Self.plan($0, type) } ?? FilterPlan(.all, isExact: true)
  }

  private init(_ candidates: Candidates, isExact: Bool) {
    self.candidates = candidates
    self.isExact = isExact
  }

  private static func plan(_ filter: Filter, _ type: ResourceType) -> FilterPlan {
    switch filter {
    case .and(let a, let b): return both(plan(a, type), plan(b, type))
    case .or(let a, let b): return either(plan(a, type), plan(b, type))
    case .compare(let path, let relation, let operand):
      let found = candidates(path, relation, operand, type)
      return FilterPlan(found ?? .all, isExact: found != nil)
    case .values(let path, .compare(let inner, .eq, .text(let id)))
    where inner.attribute.name == "value":
      let found = linkCandidates(path.attribute, id)
      return FilterPlan(found ?? .all, isExact: found != nil)
    case .not, .present, .values: return FilterPlan(.all, isExact: false)
    }
  }

  private static func both(_ a: FilterPlan, _ b: FilterPlan) -> FilterPlan {
    if case .modified(let x) = a.candidates, case .modified(let y) = b.candidates {
      let isExact = a.isExact && b.isExact
      guard x.overlaps(y) else { return FilterPlan(.none, isExact: true) }
      return FilterPlan(.modified(x.clamped(to: y)), isExact: isExact)
    }
    let better = a.candidates.rank <= b.candidates.rank ? a : b
    return FilterPlan(better.candidates, isExact: false)
  }

  private static func either(_ a: FilterPlan, _ b: FilterPlan) -> FilterPlan {
    if a.candidates == .all || b.candidates == .all { return FilterPlan(.all, isExact: false) }
    func parts(_ candidates: Candidates) -> [Candidates] {
      if case .union(let parts) = candidates { return parts }
      return [candidates]
    }
    return FilterPlan(.union(parts(a.candidates) + parts(b.candidates)), isExact: false)
  }

  private static func candidates(
    _ path: AttributePath, _ relation: Filter.Operator, _ operand: Filter.Operand,
    _ type: ResourceType
  ) -> Candidates? {
    if case .moment(let moment) = operand, path.attribute.name == "meta",
      path.sub?.name == "lastModified"
    {
      return modified(relation, moment)
    }
    guard relation == .eq, case .text(let text) = operand else { return nil }
    if path.sub == nil, path.attribute.name == "id" { return .id(text) }
    if path.sub == nil, let code = type.keyCode(path.attribute) { return .key(code, text) }
    guard path.sub == nil || path.sub?.name == "value" else { return nil }
    return linkCandidates(path.attribute, text)
  }

  private static func linkCandidates(_ attribute: AttributeDefinition, _ id: String) -> Candidates?
  {
    switch attribute.storage {
    case .body: return nil
    case .links(let number): return .linking(number, to: id)
    case .reverseLinks(let number): return .linked(number, from: id)
    }
  }

  private static func modified(_ relation: Filter.Operator, _ moment: Int64) -> Candidates? {
    // Every stored moment is between these, and a sum with 1 can't overflow.
    let (first, last) = (Int64.min / 2, Int64.max / 2)
    let moment = min(max(moment, first + 1), last - 1)
    switch relation {
    case .eq: return .modified(moment...moment)
    case .gt: return .modified(moment + 1...last)
    case .ge: return .modified(moment...last)
    case .lt: return .modified(first...moment - 1)
    case .le: return .modified(first...moment)
    default: return nil
    }
  }
}
