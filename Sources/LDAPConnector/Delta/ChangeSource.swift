import Directory

/// One thing that a directory tells has changed, as far as it tells it.
enum DirectoryChange: Sendable {
  /// An entry that is wanted, whole, as it is now.
  case whole(SearchEntry)
  /// An entry with what changed of it; whether it is wanted is not known.
  case part(SearchEntry)
  /// An entry that is no more.
  case deleted(Anchor)
  /// An entry that is no longer among those wanted, or no more.
  case missing(Anchor)
  /// An entry that is wanted, and as it was.
  case present(Anchor)
}

/// What a source of changes tells besides what is wanted.
enum ToldBesides: Sendable {
  /// Nothing.
  case nothing
  /// Whole objects that the configuration's filter leaves out and that have others below them.
  case containers
  /// Parts of objects that the configuration's filter leaves out.
  case parts
}

/// Where the changes of a delta import come from; one for each ``DeltaStrategy``.
protocol ChangeSource: Sendable {
  /// What it tells besides what is wanted.
  var besides: ToldBesides { get }

  /// The next changes; nil after the last.
  ///
  /// - Throws: ``LDAPError``, or ``ConnectorFailure`` with `fullImportRequired` if changes can't be
  ///   had from where they were to begin.
  func next() async throws -> [DirectoryChange]?

  /// How it ended; asked for after the last change.
  func ending() async throws -> ChangeEnding

  /// Whether an entry that was not staged may have come into sight together with others below it,
  /// which the directory does not tell.
  func bringsOthers(_ entry: SearchEntry) -> Bool
}

extension ChangeSource {
  /// Nothing, where the server is asked for what is wanted.
  var besides: ToldBesides { .nothing }

  /// Where the server tells whether an entry has others below it, that decides.
  func bringsOthers(_ entry: SearchEntry) -> Bool {
    entry.text(ContentSyncSource.childMark)?.uppercased() == "TRUE"
  }
}

/// How the changes of a delta import ended.
struct ChangeEnding: Sendable {
  /// Where the next delta goes on.
  var watermark: LDAPWatermark
  /// Whether everything that is there was told, so that all else is gone.
  var toldAll = false
  /// Whether deletes may have been kept back, so that what is there must be compared.
  var wantsComparison = false
}

/// What a delta import knows of its directory.
struct DeltaContext: Sendable {
  let connection: LDAPConnection
  let profile: DirectoryProfile
  let settings: LDAPConnectorSettings
  let request: ImportRequest
  /// Where objects are wanted.
  let scope: ContainerScope
  /// Which objects, as the server is asked.
  let filter: String
  /// Which attributes.
  let attributes: [String]

  /// Which objects, as a server is asked that tells what changed: also those with others below them,
  /// which have another name when they do.
  var toldFilter: String {
    guard settings.filter != nil else { return filter }
    return "(|" + filter + "(" + ContentSyncSource.childMark + "=TRUE))"
  }

  /// Whether the configuration's filter asks for what other objects say of an object.
  var filtersByBackLinks: Bool {
    let names = settings.filter.map(SearchFilter.attributes(in:)) ?? []
    return !names.isDisjoint(with: profile.schema.backLinks.union(Self.backLinks))
  }

  /// What servers keep as back links that do not say so in their schema.
  private static let backLinks: Set<AttributeName> = ["memberOf", "isMemberOf"]

  /// The failure of a delta that can't be had.
  static func fullImportRequired(_ reason: String, words: String = "") -> ConnectorFailure {
    ConnectorFailure(
      .fullImportRequired, message: "A delta import is not possible: \(reason)",
      serverWords: words, hint: "Run a full import; a cycle does that by itself.")
  }
}
