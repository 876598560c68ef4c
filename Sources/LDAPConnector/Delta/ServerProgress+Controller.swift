import Directory

/// How far a domain controller has got.
///
/// Each counts the changes of its own database, of all naming contexts together, and knows for each
/// naming context up to which number of which database it has what changed there. So numbers are
/// compared of what has changed in the naming context that is read: of those of others, a controller
/// may never hear.
extension ServerProgress {
  /// Whether another controller can be asked whether it has got as far.
  var isComparable: Bool { !invocation.isEmpty && number != nil }

  /// Up to which update number of which database a controller has the changes of others: the
  /// up-to-dateness vector as it is stored, in both of its versions ([MS-DRSR] §5.166).
  static func vector(_ bytes: [UInt8]) -> [[UInt8]: Int64] {
    guard bytes.count >= 16 else { return [:] }
    func number(_ place: Int, _ size: Int) -> Int64 {
      bytes[place..<place + size].reversed().reduce(0) { $0 << 8 | Int64($1) }
    }
    guard let size = [1: 24, 2: 32][number(0, 4)] else { return [:] }
    var found: [[UInt8]: Int64] = [:]
    var place = 16
    for _ in 0..<number(8, 4) {
      guard place + size <= bytes.count else { break }
      found[Array(bytes[place..<place + 16])] = number(place + 16, 8)
      place += size
    }
    return found
  }
}

extension DeltaContext {
  private static let readOnly = "msDS-isRODC"
  private static let numberAttribute = "uSNChanged"

  /// How far the controller has got now; `before` is how far the one had got that was read before.
  func controllerProgress(since before: ServerProgress?) async throws(LDAPError) -> ServerProgress {
    var progress = ServerProgress()
    guard let place = profile.root.dsServiceName,
      let controller = try await shown(place, ["invocationId", Self.readOnly])
    else { return progress }
    progress.invocation = controller["invocationId"].first ?? []
    // One that makes no changes is in nobody's vector.
    let isReadOnly =
      profile.root.isReadOnlyController
      || controller.text(Self.readOnly)?.uppercased() == "TRUE"
    guard !progress.invocation.isEmpty, !isReadOnly else { return progress }
    let known = before?.invocation == progress.invocation ? before?.number : nil
    progress.number = try await largestNumber(after: known)
    return progress
  }

  /// The largest update number in the naming context; `known` if nothing has changed there since.
  ///
  /// Looked for from the top, in windows that grow: most of what a controller counts may have
  /// changed elsewhere.
  private func largestNumber(after known: Int64?) async throws(LDAPError) -> Int64? {
    guard var last = profile.root.highestCommittedUSN else { return nil }
    var size: Int64 = 1000
    while last > known ?? 0 {
      let first = max(known ?? 0, last - size) + 1
      guard let found = try await numbers(in: first...last) else { return nil }
      if let largest = found { return largest }
      last = first - 1
      size = size > Int64.max / 10 ? Int64.max : size * 10
    }
    return known
  }

  /// The largest update number of those in `window` that something bears, if there is one; nil if
  /// the server does not say.
  private func numbers(
    in window: ClosedRange<Int64>
  ) async throws(LDAPError) -> Int64?? {
    let name = Self.numberAttribute
    var controls = plainControls
    if profile.has(ControlOID.showDeleted) {
      controls.append(ServerControl(ControlOID.showDeleted, isCritical: true))
    }
    let search = LDAPSearch(
      base: namingContext.text,
      filter: "(&(\(name)>=\(window.lowerBound))(\(name)<=\(window.upperBound)))",
      attributes: [name], controls: controls)
    let pages = PagedSearch(connection, search, pageSize: pageSize)
    var largest: Int64?
    while let messages = try await pages.next() {
      if case .done(let result)? = messages.last, result.code != LDAPCode.success {
        if LDAPCode.ofTheMoment.contains(result.code) {
          throw await connection.error(result, "The last update number could not be found")
        }
        return nil
      }
      for case .entry(let entry) in messages {
        guard let number = entry.text(name).flatMap({ Int64($0) }), window.contains(number) else {
          continue
        }
        largest = max(largest ?? number, number)
      }
    }
    return .some(largest)
  }

  /// What the controller lacks of the one that was read before, in words; nil if it has it all, or
  /// nobody can tell.
  func lackOfController(
    _ before: ServerProgress, _ now: ServerProgress
  ) async throws(LDAPError) -> String? {
    guard before.isComparable, let number = before.number, !now.invocation.isEmpty else {
      return nil
    }
    guard now.invocation != before.invocation else {
      // A database never counts backwards.
      guard let counted = profile.root.highestCommittedUSN, counted > 0, counted < number else {
        return nil
      }
      return "changes up to its update number \(counted), and it was read up to \(number)"
    }
    let vector =
      try await values(namingContext.text, "replUpToDateVector").first
      .map(ServerProgress.vector) ?? [:]
    // An account may not be shown it; one that is being filled has none yet, and says so.
    guard !vector.isEmpty else {
      guard profile.root.isSynchronized == false else { return nil }
      return "it has not got all from the other controllers since it was set up or started"
    }
    let name = GUID(bytes: before.invocation)?.description ?? Hexadecimal.encode(before.invocation)
    guard let known = vector[before.invocation] else {
      return "nothing of the domain controller with the invocationId \(name), which was read"
    }
    guard known < number else { return nil }
    return "of the domain controller with the invocationId \(name) changes up to the update number "
      + "\(known), and they were read up to \(number)"
  }
}
