import ArgumentParser
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
      Status.self, Run.self, Full.self, User.self, List.self, Events.self,
    ], defaultSubcommand: Status.self)

  /// `lockstep password-sync status`.
  struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows the state of each channel and how many accounts are how far.")
    @OptionGroup var options: ReportOptions

    func run() throws {
      let store = try StoreReader(file: options.place.open().settings.storeFile)
      try StandardStreams.print(
        PasswordReport.status(try store.passwordChannels(), now: .now), asJSON: options.json)
    }
  }

  /// `lockstep password-sync run`.
  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Looks for passwords that changed now, and sends what waits for another try.")
    @OptionGroup var place: WorkspaceOptions

    func run() async throws { try await PasswordSyncCommand.order(.now, place) }
  }

  /// `lockstep password-sync full`.
  struct Full: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sends the passwords of all accounts again.")
    @OptionGroup var place: WorkspaceOptions

    func run() async throws { try await PasswordSyncCommand.order(.full, place) }
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
      let workspace = try options.place.open()
      let store = try StoreReader(file: workspace.settings.storeFile)
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
      let accounts = try rows.map { row in
        (
          row,
          try store.passwordBatches(anchor: row.id.anchor, before: nil, limit: range.limit)
        )
      }
      try StandardStreams.print(
        PasswordReport.accounts(accounts, now: .now), asJSON: options.json)
    }
  }

  /// `lockstep password-sync list`.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the ledger: each account with how far its password has come.")
    @OptionGroup var options: ReportOptions
    @OptionGroup var range: LimitOptions
    @Option(help: "Only accounts of this kind.")
    var only: FilterArgument = .all
    @Option(help: "Only accounts with this text in their name.")
    var text = ""

    func run() throws {
      let store = try StoreReader(file: options.place.open().settings.storeFile)
      var rows: [PasswordRow] = []
      for channel in try store.passwordChannels() where rows.count < range.limit {
        rows += try store.passwords(
          channel: channel.id, only.filter, text: text, after: nil,
          limit: range.limit - rows.count)
      }
      try StandardStreams.print(
        PasswordReport.list(rows, limit: range.limit, now: .now), asJSON: options.json)
    }
  }

  /// `lockstep password-sync events`.
  struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints the events about passwords, newest last.")
    @OptionGroup var options: ReportOptions
    @OptionGroup var range: LimitOptions
    @Option(help: "Only events with this text.")
    var text = ""

    func run() throws {
      try options.print {
        try EventsReport.make(
          $0, codes: PasswordReport.eventCodes, text: text, limit: range.limit)
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
}
