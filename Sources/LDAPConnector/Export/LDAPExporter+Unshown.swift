import Directory

/// Finds out whether what was written is read again: the rules may have given an object values by which
/// the configuration's filter leaves it out.
extension LDAPExporter {
  /// How many objects are asked for at a time.
  private static let chunk = 100

  /// Tells of those that were written, and that no import would show.
  ///
  /// They are there: what becomes of them is known by their anchors.
  func tellUnshown(_ plans: [ExportPlan], _ outcomes: inout [ExportOutcome?]) async {
    guard let filter, let attribute = profile.anchorAttribute else { return }
    var written: [(index: Int, anchor: Anchor)] = []
    for plan in plans {
      guard let outcome = outcomes[plan.index], let anchor = outcome.written(by: plan) else {
        continue
      }
      written.append((plan.index, anchor))
    }
    while !written.isEmpty {
      let some = written.prefix(Self.chunk)
      written.removeFirst(some.count)
      guard let there = await found(some.map(\.anchor), attribute, nil),
        let shown = await found(some.map(\.anchor), attribute, filter)
      else { return }
      for (index, anchor) in some where there.contains(anchor) && !shown.contains(anchor) {
        outcomes[index] = outcomes[index]?.unshown(anchor, by: filter)
      }
    }
  }

  /// Those of `anchors` whose objects the server has, and that a filter wants; nil if it does not say.
  private func found(
    _ anchors: [Anchor], _ attribute: AttributeName, _ filter: String?
  ) async -> Set<Anchor>? {
    let any = "(|" + anchors.map { SearchFilter.equals(attribute, $0) }.joined() + ")"
    let search = LDAPSearch(
      base: profile.base.text, filter: SearchFilter.all([any] + [filter].compactMap(\.self)),
      attributes: [attribute.text])
    // What was written is written; the import finds out what could not be asked here.
    guard let entries = try? await connection.entries(search) else { return nil }
    return Set(entries.compactMap { EntryMapper.anchorText($0, attribute).map { Anchor($0) } })
  }
}

extension ExportOutcome {
  /// The anchor of the object that was made or changed so.
  fileprivate func written(by plan: ExportPlan) -> Anchor? {
    if case .delete = plan.work { return nil }
    return switch self {
    case .done(let anchor): anchor ?? plan.operation.anchor
    case .partly(let part): part.anchor
    case .accepted, .failed, .unknown, .removed: nil
    }
  }

  /// The outcome, of an object that no import would show.
  fileprivate func unshown(_ anchor: Anchor, by filter: String) -> ExportOutcome {
    guard case .done = self else { return self }
    let failure = ObjectFailure(
      .notRead, code: "not shown",
      message: "It was taken, and what it says now is not what the connector's \"filter\" "
        + "\(ServerWords.shown(filter, limit: 200)) lets it read: the object is there, and no import "
        + "shows it")
    return .partly(PartialExport(anchor: anchor, failure: failure, lacking: []))
  }
}
