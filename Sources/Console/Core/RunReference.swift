/// A run as people name one: a step (`12`), a run (`r5`), a cycle (`c3`), or the `latest`.
public enum RunReference: Hashable, Sendable {
  case step(Int64)
  case run(Int64)
  case cycle(Int64)
  case latest

  /// The reference that `text` spells; nil if it spells none.
  public init?(_ text: String) {
    let lower = text.lowercased()
    if lower == "latest" {
      self = .latest
    } else if let number = Int64(lower), number > 0 {
      self = .step(number)
    } else if let number = Int64(lower.dropFirst()), number > 0, lower.hasPrefix("r") {
      self = .run(number)
    } else if let number = Int64(lower.dropFirst()), number > 0, lower.hasPrefix("c") {
      self = .cycle(number)
    } else {
      return nil
    }
  }

  /// The reference as people type it.
  public var text: String {
    switch self {
    case .step(let id): "\(id)"
    case .run(let id): "r\(id)"
    case .cycle(let id): "c\(id)"
    case .latest: "latest"
    }
  }

  /// What it is, in words: `cycle 3`.
  public var words: String {
    switch self {
    case .step(let id): "step \(id)"
    case .run(let id): "run \(id)"
    case .cycle(let id): "cycle \(id)"
    case .latest: "the latest cycle"
    }
  }
}
