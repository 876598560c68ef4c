import ArgumentParser
import Console
import Directory
import SyncStore
import Workspace

/// The command `lockstep password-sync`.
struct PasswordSyncCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "password-sync",
    abstract: "Shows how passwords are synchronized, and has them synchronized now.",
    discussion: """
      Passwords go their own way beside the cycles, every two minutes: what changed is sent as \
      a hash of a hash, and events 656 and 657 tell of each. It is set up under \
      [password_sync] in lockstep.toml.
      """,
    subcommands: [
      Status.self, Run.self, Full.self, User.self, List.self, Batches.self, Events.self,
    ], defaultSubcommand: Status.self)

  /// `lockstep password-sync status`.
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows the state of each channel and how many accounts are how far.")
    @OptionGroup var options: ReportOptions

    func run() throws {
      let store = try options.place.store()
      try StandardStreams.print(
        PasswordReport.status(try store.passwordChannels(), now: .now), asJSON: options.json)
    }
  }

  /// `lockstep password-sync run`.
  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Looks for passwords that changed now, and sends what waits for another try.")
    @OptionGroup var place: WorkspaceOptions

    func run() async throws {
      try await PasswordSyncCommand.order(.now, place)
      try PasswordSyncCommand.checkFailures(place)
    }
  }

  /// `lockstep password-sync full`.
  struct Full: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sends the passwords of all accounts again.")
    @OptionGroup var place: WorkspaceOptions

    func run() async throws {
      try await PasswordSyncCommand.order(.full, place)
      try PasswordSyncCommand.checkFailures(place)
    }
  }

  /// `lockstep password-sync user`.
  struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows how far one account's password has come, with its last requests.")
    @OptionGroup var options: ReportOptions
    @OptionGroup var range: LimitOptions
    @Argument(help: "A DN, an anchor, a user principal name or a display name.")
    var name: String
    @Flag(help: "Read the account anew and send its password first, by each channel that has it.")
    var send = false

    func run() async throws {
      let store = try options.place.store()
      var rows = try store.findPasswords(name)
      guard !rows.isEmpty else { throw PasswordReport.nobody(name) }
      if send {
        // One account may go by several channels, to several targets.
        let accounts = Set(rows.map { [$0.domain, $0.id.anchor] })
        guard accounts.count == 1, let row = rows.first else {
          throw WorkspaceError(
            .usage, message: "'\(name)' names \(accounts.count) accounts",
            hint: "Name one by its DN or its anchor")
        }
        try await PasswordSyncCommand.order(
          .account(anchor: row.id.anchor), options.place, isSilent: options.json)
        rows = try store.findPasswords(name)
      }
      let limit = range.limit(options.json ? .json : .text)
      let accounts = try rows.map { row in
        (row, try store.passwordBatches(account: row.id, before: nil, limit: limit))
      }
      try StandardStreams.print(
        PasswordReport.accounts(accounts, now: .now), asJSON: options.json)
      if send, rows.contains(where: { $0.attempts > 0 }) {
        throw ExitStatus.completedWithErrors.asError
      }
    }
  }

  /// `lockstep password-sync list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the ledger: each account with how far its password has come.")
    @OptionGroup var options: TableOptions
    @OptionGroup var range: LimitOptions
    @OptionGroup var arrange: ArrangeOptions
    @Option(help: "Only accounts of this kind.")
    var only: FilterArgument = .all
    @Option(help: "Only accounts with this text in their name.")
    var text = ""

    func run() throws {
      try options.print { store in
        var query = try arrange.query(.view(.passwords), choice: only.filter.rawValue)
        if !text.isEmpty {
          query.arrangement.terms.append(ListTerm(nil, .contains, .text(text)))
        }
        let (table, hasMore) = try query.rows(
          in: store, limit: range.limit(options.format))
        guard case .store(.passwords(let rows)) = table else { return .nothing }
        return PasswordReport.list(rows, hasMore: hasMore, now: .now)
      }
    }
  }

  /// `lockstep password-sync batches`.
  struct Batches: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists what was sent and answered, events 656 and 657 paired, newest first.")
    @OptionGroup var options: TableOptions
    @OptionGroup var range: LimitOptions
    @OptionGroup var arrange: ArrangeOptions
    @Option(help: "Only the batch of this number, with what was said to each account.")
    var batch: Int64?

    func run() throws {
      try options.print { store in
        if let batch {
          let found = try store.passwordBatches(account: nil, before: batch + 1, limit: 1)
          guard let row = found.first(where: { $0.id == batch }) else {
            throw WorkspaceError(
              .notFound, message: "There is no batch \(batch)",
              hint: "'lockstep password-sync batches' lists those that are kept")
          }
          return PasswordBatchReport.batch(row)
        }
        let (table, hasMore) = try arrange.query(
          .passwordBatches
        ).rows(in: store, limit: range.limit(options.format))
        guard case .store(.passwordBatches(let rows)) = table else { return .nothing }
        return PasswordBatchReport.list(rows, hasMore: hasMore)
      }
    }
  }

  /// `lockstep password-sync events`.
  struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the events about passwords, newest last.")
    @OptionGroup var options: TableOptions
    @OptionGroup var range: LimitOptions
    @Option(help: "Only events with this text.")
    var text = ""

    func run() throws {
      try options.print { store in
        let limit = range.limit(options.format)
        let rows = try store.events(
          codes: PasswordReport.eventCodes, text: text, before: nil, limit: limit + 1)
        return EventsReport.make(Array(rows.prefix(limit)), hasMore: rows.count > limit)
      }
    }
  }

  /// Which accounts are listed.
  struct FilterArgument: ExpressibleByArgument {
    let filter: PasswordFilter
    static let all = Self(filter: .all)
    private init(filter: PasswordFilter) { self.filter = filter }
    init?(argument: String) {
      guard let filter = PasswordFilter(rawValue: argument) else { return nil }
      self.filter = filter
    }
    static var allValueStrings: [String] { PasswordFilter.allCases.map(\.rawValue) }
    var defaultValueDescription: String { filter.rawValue }
  }

  private static func order(
    _ order: PasswordOrder, _ place: WorkspaceOptions, isSilent: Bool = false
  ) async throws {
    let status = try await Order(EngineProcess(workspace: try place.open())).end(
      of: .passwords(order))
    guard status.state == .finished else {
      throw WorkspaceError(
        .stopped, message: "Passwords were not synchronized: " + status.outcome,
        hint: "See 'lockstep password-sync status' and 'lockstep password-sync events'")
    }
    if !isSilent { StandardStreams.say(SafeText.line(status.outcome) + ".") }
  }

  /// Ends the command as a cycle ends in which objects have errors, if passwords have failed.
  private static func checkFailures(_ place: WorkspaceOptions) throws {
    guard try place.store().passwordChannels().contains(where: { $0.retrying > 0 }) else { return }
    throw ExitStatus.completedWithErrors.asError
  }
}
