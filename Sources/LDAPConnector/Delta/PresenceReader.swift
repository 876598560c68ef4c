import Directory

/// Finds what is there, by anchors and names alone: what is not among them is gone.
actor PresenceReader {
  private var searches: [OutsideReader]
  private let scope: ContainerScope?

  private init(_ searches: [OutsideReader], _ scope: ContainerScope?) {
    self.searches = searches
    self.scope = scope
  }

  /// Of everything in the directory, wanted or not.
  static func all(_ context: DeltaContext) -> PresenceReader {
    PresenceReader([reader(context, context.profile.base, "(objectClass=*)")], nil)
  }

  /// Of what is wanted.
  static func wanted(_ context: DeltaContext) -> PresenceReader {
    PresenceReader(
      context.scope.rootsTwice.map { reader(context, $0, context.filter) }, context.scope)
  }

  /// Of what is wanted and is to be found where a full import had read already.
  static func again(_ context: DeltaContext) -> PresenceReader {
    PresenceReader(
      context.scope.roots.dropLast().map { reader(context, $0, context.filter) }, context.scope)
  }

  private static func reader(
    _ context: DeltaContext, _ base: DistinguishedName, _ filter: String
  ) -> OutsideReader {
    OutsideReader(
      context.connection, below: base, anchor: context.profile.anchorAttribute, filter: filter,
      pageSize: context.pageSize, controls: context.plainControls)
  }

  /// What is there next; nil after the last.
  func next() async throws(LDAPError) -> OutsideReader.Page? {
    while let search = searches.first {
      if let page = try await search.page(in: scope) { return page }
      searches.removeFirst()
    }
    return nil
  }
}
