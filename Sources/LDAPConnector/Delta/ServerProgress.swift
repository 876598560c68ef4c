import Directory

/// How far a server has got with what is changed in its directory, wherever that is.
///
/// A server that is behind does not show who is new: an import of it would take the living for gone.
struct ServerProgress: Hashable, Sendable {
  /// Its address; empty if it is not known.
  var server = ""
  /// The stamp of the last change that it has of each server, by that server's identifier; only of
  /// OpenLDAP.
  var stamps: [String: String] = [:]
  /// The identifier of a domain controller's own database; empty if it does not tell.
  var invocation: [UInt8] = []
  /// The update number of that database.
  var number: Int64?
}

extension ServerProgress {
  /// The stamps in a cookie of OpenLDAP: `rid=000,sid=001,csn=STAMP;STAMP`.
  static func stamps(inCookie cookie: [UInt8]) -> [String: String] {
    let parts = String(decoding: cookie, as: UTF8.self).split(separator: ",")
    guard let list = parts.first(where: { $0.hasPrefix("csn=") }) else { return [:] }
    return stamps(list.dropFirst(4).split(separator: ";").map(String.init))
  }

  /// Stamps by the identifier of the server in them: `TIME#COUNT#SERVER#MODIFICATION`.
  static func stamps(_ values: [String]) -> [String: String] {
    var found: [String: String] = [:]
    for value in values {
      let parts = value.split(separator: "#", omittingEmptySubsequences: false)
      guard parts.count == 4 else { continue }
      let server = String(parts[2])
      found[server] = max(found[server] ?? "", value)
    }
    return found
  }

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

extension LDAPWatermark {
  private static let server = "server"
  private static let invocation = "invocation"
  private static let number = "usn"

  /// How far the server had got that was read until here.
  var progress: ServerProgress {
    var progress = ServerProgress(
      invocation: self[bytes: Self.invocation] ?? [], number: self[number: Self.number])
    guard strategy == .contentSync else { return progress }
    progress.server = String(decoding: self[bytes: Self.server] ?? [], as: UTF8.self)
    progress.stamps = ServerProgress.stamps(inCookie: self[bytes: "cookie"] ?? [])
    return progress
  }

  /// The watermark with which server was read, and how far a domain controller had got.
  func noting(_ progress: ServerProgress) -> LDAPWatermark {
    var noted = self
    switch strategy {
    case .contentSync: noted[bytes: Self.server] = Array(progress.server.utf8)
    case .dirSync, .timestamps:
      guard let number = progress.number else { break }
      noted[bytes: Self.invocation] = progress.invocation
      noted[number: Self.number] = number
    case .updateNumbers, .never: break
    }
    return noted
  }
}

extension DeltaContext {
  /// How far the server has got now.
  func progress() async throws(LDAPError) -> ServerProgress {
    var progress = ServerProgress(server: await connection.server?.description ?? "")
    if profile.kind.isActiveDirectory {
      progress.number = profile.root.highestCommittedUSN
      if let place = profile.root.dsServiceName {
        progress.invocation = try await values(place, "invocationId").first ?? []
      }
    } else {
      let values = try await values(namingContext.text, "contextCSN")
      progress.stamps = ServerProgress.stamps(values.map { String(decoding: $0, as: UTF8.self) })
    }
    return progress
  }

  /// That the server has less than was read until `before`, in words; nil if it has it all, or nobody
  /// can tell.
  ///
  /// - Parameter start: Where deltas of what is read now will begin; nil if nobody has asked.
  func lag(
    since before: LDAPWatermark, _ progress: ServerProgress, start: LDAPWatermark? = nil
  ) async throws(LDAPError) -> String? {
    let lack: String?
    if profile.kind.isActiveDirectory {
      lack = try await lackOfController(before.progress, progress)
    } else {
      var now = progress
      // Without the provider of content synchronization, what is shown may stand still.
      if let told = start?.progress.stamps, !told.isEmpty { now.stamps = told }
      // An account may not be shown them, and is told where a delta begins.
      lack =
        try await start == nil && now.stamps.isEmpty
        ? nil : lackOfStamps(before.progress, now) ?? Self.lackOfStamp(before, start)
    }
    guard let lack else { return nil }
    return "\(progress.server) has less than was read of the directory before: \(lack)"
  }

  /// - Throws: ``ConnectorFailure`` with `serverBehind` if the server has less than was read until
  ///   `before`.
  func checkLag(
    since before: LDAPWatermark, _ progress: ServerProgress, start: LDAPWatermark? = nil
  ) async throws {
    let lag = try await lag(since: before, progress, start: start)
    try Self.refuse(lag)
  }

  /// Apart from the check: the compiler can't split a coroutine that makes the error itself.
  private static func refuse(_ lag: String?) throws(ConnectorFailure) {
    guard let lag else { return }
    throw ConnectorFailure(
      .serverBehind,
      message: lag + ". It is not read, as who it does not know yet would be taken for gone",
      hint: "Wait until it has caught up, or take it out of \"servers\". After a crash it goes on "
        + "by itself with the next change.")
  }

  private func lackOfStamps(
    _ before: ServerProgress, _ now: ServerProgress
  ) async throws(LDAPError) -> String? {
    for (server, stamp) in before.stamps.sorted(by: { $0.key < $1.key }) {
      let known = now.stamps[server]
      if let known, known >= stamp { continue }
      // A server that crashed has forgotten how far it had got, and has the changes themselves; one
      // that gets them of another server does not get them in their order.
      if before.server == now.server, try await hasEntry(stamped: stamp) { continue }
      guard let known else {
        return "nothing of the server \(server), of which changes were read"
      }
      return "of the server \(server) changes until \(known), and they were read until \(stamp)"
    }
    return nil
  }

  private func hasEntry(stamped stamp: String) async throws(LDAPError) -> Bool {
    let search = LDAPSearch(
      base: namingContext.text, filter: "(entryCSN=" + SearchFilter.escape(stamp) + ")",
      attributes: ["1.1"], controls: plainControls)
    do throws(LDAPError) {
      return try await !connection.entries(search).isEmpty
    } catch {
      guard error.resultCode != nil else { throw error }
      return false
    }
  }

  /// The youngest stamp of all says something of another server only: it goes with the entry that
  /// bore it.
  private static func lackOfStamp(_ before: LDAPWatermark, _ start: LDAPWatermark?) -> String? {
    guard let start, start.strategy == .timestamps, before.strategy == .timestamps,
      start[bytes: "server"] != before[bytes: "server"],
      let now = start[bytes: "stamp"].map({ String(decoding: $0, as: UTF8.self) }),
      let stamp = before[bytes: "stamp"].map({ String(decoding: $0, as: UTF8.self) }),
      now.utf8.count == stamp.utf8.count, now < stamp
    else { return nil }
    return "changes until \(now), and on another server they were read until \(stamp)"
  }

  private func lackOfController(
    _ before: ServerProgress, _ now: ServerProgress
  ) async throws(LDAPError) -> String? {
    guard !before.invocation.isEmpty, let number = before.number,
      !now.invocation.isEmpty, now.invocation != before.invocation
    else { return nil }
    let vector =
      try await values(namingContext.text, "replUpToDateVector").first
      .map(ServerProgress.vector) ?? [:]
    // An account may not be shown it.
    guard !vector.isEmpty else { return nil }
    let name = GUID(bytes: before.invocation)?.description ?? Hexadecimal.encode(before.invocation)
    guard let known = vector[before.invocation] else {
      return "nothing of the domain controller with the invocationId \(name), which was read"
    }
    guard known < number else { return nil }
    return "of the domain controller with the invocationId \(name) changes up to the update number "
      + "\(known), and they were read up to \(number)"
  }

  /// The values of one attribute; none where the account may not see them.
  private func values(
    _ dn: String, _ attribute: String
  ) async throws(LDAPError) -> [[UInt8]] {
    do throws(LDAPError) {
      return try await connection.entry(dn, [attribute])?[attribute].map { Array($0) } ?? []
    } catch {
      guard error.resultCode != nil else { throw error }
      return []
    }
  }
}
