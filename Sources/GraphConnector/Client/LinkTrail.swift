/// The links that were followed from page to page of one list: one that leads back would be followed
/// for ever.
struct LinkTrail: Sendable {
  private var links: Set<String> = []

  /// Takes a link; false if it was there before.
  mutating func take(_ link: String) -> Bool { links.insert(link).inserted }
}
