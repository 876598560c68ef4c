import Directory

/// Finds what is there, by anchors alone: what is not among them is gone.
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
      context.scope.roots.map { reader(context, $0, context.filter) }, context.scope)
  }

  private static func reader(
    _ context: DeltaContext, _ base: DistinguishedName, _ filter: String
  ) -> OutsideReader {
    OutsideReader(
      context.connection, below: base, anchor: context.profile.anchorAttribute, filter: filter,
      pageSize: context.pageSize, controls: context.plainControls)
  }

  /// The next anchors; nil after the last.
  func next() async throws(LDAPError) -> [Anchor]? {
    while let search = searches.first {
      if let anchors = try await search.next(in: scope) { return anchors }
      searches.removeFirst()
    }
    return nil
  }
}
