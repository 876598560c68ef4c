import Directory

/// How far a directory has been read, and by which means.
struct LDAPWatermark: Hashable, Sendable {
  /// By which means.
  var strategy: DeltaStrategy
  /// What the means need, by names that hold neither `=` nor line breaks.
  var fields: [String: String]

  /// A watermark of these parts.
  init(_ strategy: DeltaStrategy, _ fields: [String: String] = [:]) {
    self.strategy = strategy
    self.fields = fields
  }

  private static let prefix = "ldap-"

  /// The watermark that was stored; nil if it is none of this connector.
  init?(_ watermark: Watermark) {
    guard watermark.kind.hasPrefix(Self.prefix),
      let strategy = DeltaStrategy(rawValue: String(watermark.kind.dropFirst(Self.prefix.count)))
    else { return nil }
    self.strategy = strategy
    fields = [:]
    for line in watermark.value.split(separator: "\n") {
      guard let end = line.firstIndex(of: "=") else { return nil }
      fields[String(line[..<end])] = String(line[line.index(after: end)...])
    }
  }

  /// The watermark as it is stored.
  var stored: Watermark {
    let lines = fields.sorted { $0.key < $1.key }.map { $0.key + "=" + $0.value }
    return Watermark(kind: Self.prefix + strategy.rawValue, value: lines.joined(separator: "\n"))
  }

  /// Bytes under a name, which are stored as Base64.
  subscript(bytes name: String) -> [UInt8]? {
    get { fields[name].flatMap { Base64.decode(Array($0.utf8)) } }
    set { fields[name] = newValue.map { String(decoding: Base64.encode($0), as: UTF8.self) } }
  }

  /// A number under a name.
  subscript(number name: String) -> Int64? {
    get { fields[name].flatMap { Int64($0) } }
    set { fields[name] = newValue.map { String($0) } }
  }
}

extension LDAPWatermark {
  /// Under which name it is kept what was read.
  private static let reading = "reading"

  /// Under which name it is kept how the containers were called.
  private static let places = "places"

  /// Under which name it is kept what the configuration's own filter was.
  private static let filter = "filter"

  /// Whether it was noted while the configuration had this filter of its own; nil if that is not known.
  func hasFilter(_ filter: String?) -> Bool? {
    self[bytes: Self.filter].map { $0 == Array((filter ?? "").utf8) }
  }

  /// The watermark with what was read, and how the containers were called meanwhile.
  func noting(_ context: DeltaContext) -> LDAPWatermark {
    var noted = self
    noted.fields[Self.reading] = Self.fingerprint(context.settings, context.profile)
    noted[bytes: Self.filter] = Array((context.settings.filter ?? "").utf8)
    noted[bytes: Self.places] = Array(Self.names(context.scope).joined(separator: "\n").utf8)
    return noted
  }

  private static func names(_ scope: ContainerScope) -> [String] { scope.roots.map(\.normalized) }

  /// Those containers of `scope` that had another name when this was noted.
  func renamed(_ scope: ContainerScope) -> [DistinguishedName] {
    guard let bytes = self[bytes: Self.places] else { return [] }
    let before = String(decoding: bytes, as: UTF8.self)
    guard before != Self.names(scope).joined(separator: "\n") else { return [] }
    let names = before.split(separator: "\n").map(String.init)
    guard names.count == scope.roots.count else { return scope.roots }
    return zip(scope.roots, names).filter { $0.normalized != $1 }.map(\.0)
  }

  /// Whether it was noted while the same objects and attributes were read.
  func holds(for settings: LDAPConnectorSettings, _ profile: DirectoryProfile) -> Bool {
    fields[Self.reading] == Self.fingerprint(settings, profile)
  }

  private static func fingerprint(
    _ settings: LDAPConnectorSettings, _ profile: DirectoryProfile
  ) -> String {
    let types = profile.typeRules(settings).map {
      $0.objectClass + ($0.companion.map { "+" + $0 } ?? "") + ">" + $0.objectType
    }
    let lists: [[String]] = [
      [profile.base.normalized, settings.filter ?? "", profile.anchorAttribute?.text ?? ""],
      settings.included.map(\.description).sorted(), settings.excluded.map(\.description).sorted(),
      settings.attributes.map { $0.lowercased() }.sorted(), types,
      settings.ignoredAttributes.map { $0.text.lowercased() }.sorted(),
      [settings.leaving.rawValue, settings.isTarget ? "target" : "source"],
    ]
    var digest = FNV1a()
    for list in lists {
      for text in list {
        digest.add(text.utf8)
        digest.add(CollectionOfOne(0))
      }
      digest.add(CollectionOfOne(1))
    }
    return String(digest.value, radix: 16)
  }
}
