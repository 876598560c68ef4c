/// Reads what a search finds, a batch at a time; one batch is read ahead.
///
/// For one task at a time. When it is released before the end, the server is told to stop.
actor SearchReader {
  private let connection: LDAPConnection
  private let message: Int32
  private let reading: EntryReading
  private var ahead: Task<Result<[SearchMessage], LDAPError>, Never>?
  private var isOver = false

  /// The end of the search; nil until it has been read.
  private(set) var result: LDAPResult?

  init(connection: LDAPConnection, message: Int32, _ reading: EntryReading) {
    self.connection = connection
    self.message = message
    self.reading = reading
  }

  deinit {
    guard !isOver else { return }
    ahead?.cancel()
    Task { [connection, message] in await connection.abandon(message) }
  }

  /// The next messages, at least one; nil after the end.
  ///
  /// The last one of all is `done`.
  ///
  /// - Throws: ``LDAPError`` if the connection broke; a result that is no success is none.
  func next() async throws(LDAPError) -> [SearchMessage]? {
    guard !isOver else { return nil }
    let task = ahead ?? read()
    ahead = nil
    let outcome = await withTaskCancellationHandler {
      await task.value
    } onCancel: {
      task.cancel()
    }
    switch outcome {
    case .failure(let error):
      isOver = true
      throw error
    case .success(let messages):
      if case .done(let result)? = messages.last {
        self.result = result
        isOver = true
      } else {
        ahead = read()
      }
      return messages
    }
  }

  /// Begins to read the first messages before they are asked for.
  func readAhead() {
    if ahead == nil, !isOver { ahead = read() }
  }

  private func read() -> Task<Result<[SearchMessage], LDAPError>, Never> {
    Task { [connection, message, reading] in
      do throws(LDAPError) {
        return .success(
          try await connection.perform { (session, patience) throws(LDAPError) in
            try session.messages(of: message, reading, patience)
          })
      } catch {
        return .failure(error)
      }
    }
  }
}
