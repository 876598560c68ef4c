import Directory
import SyncStore

/// What imports met and could not read.
extension Explainer {
  /// How many open errors are looked through: pages of as many.
  private static let (pages, page) = (20, 500)

  /// The first open error of an entry that could not be read which `fits`.
  private func firstUnread(
    connector: String? = nil, where fits: (ErrorRow) -> Bool
  ) throws -> ErrorRow? {
    var after: Int64?
    for _ in 0..<Self.pages {
      let rows = try store.openErrors(connector: connector, after: after, limit: Self.page)
      if let found = rows.first(where: { $0.stage == .discovery && fits($0) }) { return found }
      guard rows.count == Self.page, let last = rows.last else { return nil }
      after = last.id
    }
    return nil
  }

  /// How many entries of each connector could not be read, as far as they are looked through.
  func unreadCounts() throws -> [String: Int] {
    var counts: [String: Int] = [:]
    _ = try firstUnread { error in
      counts[error.connector, default: 0] += 1
      return false
    }
    return counts
  }

  /// An entry of this name, or with this value at fault, that was never read.
  func discoveryError(_ text: String) throws -> WhyNot? {
    let key = (try? DistinguishedName(text))?.normalized ?? text.lowercased()
    let error = try firstUnread { error in
      let name = try? DistinguishedName(error.dn)
      let own = name?.rdn ?? ""
      return (name?.normalized ?? error.dn.lowercased()) == key
        || DistinguishedName.pairs(ofRelativeName: own).contains { $0.value.lowercased() == key }
        || error.value.lowercased() == key
    }
    return error.map { error in
      WhyNot(
        subject: error.subject, object: nil, gate: .discoveryError,
        sentence: "\(error.connector) has it, but it could not be read: \(error.type).",
        evidence: Self.evidence(error), hint: error.hint)
    }
  }

  /// Tells of an object whose entry can't be read any more that what is known of it is older.
  ///
  /// Else a disabled account, of which another value is broken, would be said to have arrived.
  func noteUnread(_ findings: [WhyNot], of object: ObjectDetail) throws -> [WhyNot] {
    guard let name = try? DistinguishedName(object.row.dn) else { return findings }
    let error = try firstUnread(connector: object.row.connector) {
      (try? DistinguishedName($0.dn)) == name
    }
    guard let error else { return findings }
    let sentence =
      "What \(error.connector) says of it now could not be read: \(error.type)."
    return findings.map { finding in
      var finding = finding
      if finding.gate == .arrived {
        finding.gate = .discoveryError
        finding.sentence = sentence + " The target shows what was read before."
        finding.passed = []
        finding.evidence = Self.evidence(error) + finding.evidence
        finding.hint = error.hint
      } else {
        finding.evidence.append(sentence)
      }
      return finding
    }
  }
}
