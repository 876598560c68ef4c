import Directory

/// Asks a server now and then whether anything moved.
struct PollingWatch: ChangeWatch {
  private let context: DeltaContext
  private let probe: any ChangeProbe

  init(_ context: DeltaContext, _ probe: any ChangeProbe) {
    self.context = context
    self.probe = probe
  }

  var means: String { "asking for \(probe.words)" }

  func change() async throws {
    repeat {
      try await Task.sleep(for: .seconds(context.settings.pollInterval))
    } while try await !probe.hasNews()
  }
}

extension ChangeProbe {
  /// Whether something has moved.
  ///
  /// - Throws: ``ConnectorFailure`` if the server can't be asked any more.
  func hasNews() async throws -> Bool {
    do {
      return try await hasMoved()
    } catch let error as LDAPError {
      throw error.failure(isStart: false)
    }
  }
}

/// Is told by Active Directory that something changed ([MS-ADTS] §3.1.1.3.4.1.9), and asks whether
/// it was something that is read.
struct NotifiedWatch: ChangeWatch {
  private let context: DeltaContext
  private let probe: any ChangeProbe
  private let search: StandingSearch
  /// What is waited for before it is asked again.
  private let pause: @Sendable () async throws -> Void

  var means: String {
    "notification of changes" + (isPolled ? ", and asking for \(probe.words)" : "")
  }

  /// Whether the server is asked beside it: Samba notifies of no delete.
  private var isPolled: Bool { context.profile.kind == .samba }

  /// Seconds after which the server is asked though it told nothing.
  var patience: Double {
    let timeout = context.settings.connection.operationTimeout
    return isPolled ? min(context.settings.pollInterval, timeout) : timeout
  }

  /// Begins to watch; nil if the server refuses to notify this account.
  static func begin(
    _ context: DeltaContext, _ probe: any ChangeProbe,
    pause: @escaping @Sendable () async throws -> Void = { try await Task.sleep(for: .seconds(1)) }
  ) async throws -> NotifiedWatch? {
    let search = LDAPSearch(
      base: context.namingContext.text, attributes: ["objectGUID"],
      controls: [ServerControl(ControlOID.notification, isCritical: true)])
    let standing = try await context.connection.begin(search)
    // One that is refused is so at once.
    let first = try await context.connection.news(of: standing, within: 0.2)
    for case .done in first { return nil }
    return NotifiedWatch(context: context, probe: probe, search: standing, pause: pause)
  }

  func change() async throws {
    do {
      while true {
        let news = try await context.connection.news(
          of: search, within: patience)
        if case .done(let result)? = news.last {
          throw await context.connection.error(result, "The server stopped telling changes")
        }
        // After a long silence, too: whether the server is still there, and told all.
        if try await probe.hasNews() { return }
        // In a busy domain something changes at any moment, mostly what is not read.
        try await pause()
      }
    } catch let error as LDAPError {
      throw error.failure(isStart: false)
    }
  }
}
