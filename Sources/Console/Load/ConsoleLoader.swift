import Directory
import Dispatch
import Glibc
import SyncStore
import Synchronization

/// Reads from the store what the console's core asks for, off the path of the keys.
///
/// One thread of its own, and another for what is written, which may have to wait for whoever else
/// writes. What is asked for again in the same place before it was begun replaces
/// what was asked there before, so a person who moves on quickly never waits for what they passed.
public final class ConsoleLoader: Sendable {
  private enum Job: Sendable {
    case load(Ticket, Work)
    case poll
  }

  /// Something to be read.
  private enum Work: Sendable {
    case request(Request)
    /// The rows of a part of a table whose order is known.
    case rows(ListSource, Arranger.Part)
  }

  /// What is waiting to be done.
  private struct Waiting {
    var loads: [(ticket: Ticket, work: Work)] = []
    var polls = false
    var isWorking = false
    var isClosed = false
  }

  private let store: any ConsoleStore
  private let clock: LocalTime
  private let requestedBy: String
  private let files: any ExportFiles
  private let services: ConsoleServices
  private let post: @Sendable (Message) -> Void
  private let waiting = Mutex(Waiting())
  private let queue = DispatchQueue(label: "lockstep.console.loader", qos: .userInitiated)

  /// What takes long and is waited for, by the place that waits.
  ///
  /// Commands, searches, looks at what rules did: each is ended when nobody waits for it any more, and
  /// none waits for another.
  private let longWork = Mutex<[Slot: (ticket: Ticket, cancellation: Cancellation)]>([:])
  private let longQueue = DispatchQueue(
    label: "lockstep.console.long", qos: .userInitiated, attributes: .concurrent)
  private let filing = DispatchQueue(label: "lockstep.console.filing", qos: .userInitiated)
  private let starting = DispatchQueue(label: "lockstep.console.engine")
  private let exports = DispatchQueue(label: "lockstep.console.exports")
  /// Whether a list is being written that is still wanted.
  private let isExporting = Mutex(false)
  /// What was asked for and has not been settled: commands, also those taken back, changes of the schedule, an engine's
  /// start.
  private let open = Mutex(0)
  private let arranger = Mutex<Arranger?>(nil)
  /// The store's change counter when it was last looked at.
  private let lastCounter = Mutex<Int64?>(nil)
  /// The lists that tickets of the arranger are about.
  private let arranged = Mutex<[Slot: (ticket: Ticket, list: ListSource, isPage: Bool)]>([:])

  /// A loader over a store.
  ///
  /// - Parameters:
  ///   - options: whose clocks and name are used.
  ///   - files: where exported lists go.
  ///   - services: what the program does for the console.
  ///   - post: takes each message, on the loader's thread; it must not wait.
  public init(
    store: any ConsoleStore, options: ConsoleOptions, files: any ExportFiles,
    services: ConsoleServices, post: @escaping @Sendable (Message) -> Void
  ) {
    self.store = store
    clock = options.clock
    requestedBy = options.requestedBy
    self.files = files
    self.services = services
    self.post = post
  }

  /// Takes an effect that is work for the loader; returns at once.
  ///
  /// - Returns: false for an effect that is not.
  public func take(_ effect: Effect) -> Bool {
    switch effect {
    case .load(let ticket, let request):
      endLongWork(of: ticket.slot)
      if arrange(ticket, request) { return true }
      arranger.withLock { $0 }?.forget(ticket.slot)
      if request.takesLong {
        begin(ticket, request)
        return true
      }
      enqueue {
        $0.loads.removeAll { $0.ticket.slot == ticket.slot }
        $0.loads.append((ticket: ticket, work: .request(request)))
      }
    case .poll: enqueue { $0.polls = true }
    case .file(let command):
      write { [self] in
        let id = try persisting { try store.file(command, requestedBy: requestedBy) }
        return .filed(command, id)
      } orElse: {
        .notFiled(command, $0)
      }
    case .withdraw(let command):
      write { [self] in
        let isBack = try persisting {
          try store.withdraw(command: command, requestedBy: requestedBy)
        }
        return .withdrawn(command, .success(isBack))
      } orElse: {
        .withdrawn(command, .failure($0))
      }
    case .schedule(let change):
      write { [self] in
        let settings = try persisting { try store.change(change, requestedBy: requestedBy) }
        return .scheduled(.success(settings))
      } orElse: {
        .scheduled(.failure($0))
      }
    case .startEngine:
      open.withLock { $0 += 1 }
      starting.async { self.start() }
    case .export(let source, let format):
      isExporting.withLock { $0 = true }
      exports.async { self.export(source, format) }
    case .endExport: isExporting.withLock { $0 = false }
    case .forget(let ticket): endLongWork(of: ticket.slot, ticket)
    case .useTheme, .save, .copy, .edit, .showText, .redraw, .suspend, .quit: return false
    }
    return true
  }

  /// Whether something that a person asked for is yet to be settled: a command, a change of the
  /// schedule, an engine's start.
  public var isSettling: Bool { open.withLock { $0 > 0 } }

  /// Forgets what has not begun; what is under way finds nobody any more.
  public func close() {
    waiting.withLock {
      $0 = Waiting()
      $0.isClosed = true
    }
    isExporting.withLock { $0 = false }
    arranger.withLock { $0 }?.close()
    for slot in Slot.allCases { endLongWork(of: slot) }
  }

  /// Gives what is about the order of a long list to who works it out; false for anything else.
  private func arrange(_ ticket: Ticket, _ request: Request) -> Bool {
    let (list, arrangement, need): (ListSource, ListArrangement, Arranger.Need)
    switch request {
    case .page(let page):
      guard case .store(let source) = page.source else { return false }
      (list, arrangement) = (source, page.arrangement)
      need = .rows(
        start: page.start, count: page.count, anchor: page.anchor,
        waitsForAnchor: page.waitsForAnchor)
    case .order(.store(let source), let order, let known, let isRefresh):
      (list, arrangement, need) = (source, order, .news(known: known, isRefresh: isRefresh))
    default: return false
    }
    let isPage = if case .page = request { true } else { false }
    arranged.withLock { $0[ticket.slot] = (ticket: ticket, list: list, isPage: isPage) }
    let arranger = arranger.withLock { known in
      if let known { return known }
      let new = Arranger(store) { [weak self] ticket, part in self?.arranged(ticket, part) }
      known = new
      return new
    }
    arranger.ask(.init(list: list, arrangement: arrangement), need, for: ticket)
    return true
  }

  /// Takes a part of an order; the rows are still to be read.
  private func arranged(_ ticket: Ticket, _ part: Result<Arranger.Part, any Error>) {
    guard let asked = arranged.withLock({ $0[ticket.slot] }), asked.ticket == ticket else { return }
    switch part {
    case .failure(let error): send(.failed(ticket, Self.storeError(error)))
    case .success(let part) where asked.isPage:
      enqueue {
        $0.loads.removeAll { $0.ticket.slot == ticket.slot }
        $0.loads.append((ticket: ticket, work: .rows(asked.list, part)))
      }
    case .success(let part): send(.answered(ticket, .order(part.state)))
    }
  }

  private func enqueue(_ change: (inout sending Waiting) -> Void) {
    let starts = waiting.withLock { waiting in
      guard !waiting.isClosed else { return false }
      change(&waiting)
      if waiting.isWorking { return false }
      waiting.isWorking = true
      return true
    }
    if starts { queue.async { self.work() } }
  }

  private func work() {
    while let job = next() { perform(job) }
  }

  /// What a person looks at comes before the polling.
  private func next() -> Job? {
    waiting.withLock { waiting in
      let order = Slot.allCases
      let first = waiting.loads.indices.min {
        (order.firstIndex(of: waiting.loads[$0].ticket.slot) ?? 0)
          < (order.firstIndex(of: waiting.loads[$1].ticket.slot) ?? 0)
      }
      if let first {
        let load = waiting.loads.remove(at: first)
        return .load(load.ticket, load.work)
      }
      if waiting.polls {
        waiting.polls = false
        return .poll
      }
      waiting.isWorking = false
      return nil
    }
  }

  private func perform(_ job: Job) {
    switch job {
    case .load(let ticket, let work): load(ticket, work)
    case .poll:
      do {
        let counter = try store.changeCounter()
        let isNew = lastCounter.withLock { last in
          defer { last = counter }
          return last != counter
        }
        if isNew { arranger.withLock { $0 }?.markOld() }
        send(.polled(counter))
      } catch {
        send(.pollFailed(Self.storeError(error)))
      }
    }
  }

  /// Writes what a person asked for, in the order in which it was asked for, and tells what came of it.
  private func write(
    _ work: @escaping @Sendable () throws -> Message,
    orElse failed: @escaping @Sendable (StoreError) -> Message
  ) {
    open.withLock { $0 += 1 }
    filing.async { [self] in
      defer { settled() }
      do { send(try work()) } catch { send(failed(Self.storeError(error))) }
    }
  }

  /// Does `work` as soon as the store is not locked: who else writes may take long, as a copy does.
  private func persisting<Value>(_ work: () throws -> Value) throws -> Value {
    while true {
      do { return try work() } catch let error as StoreError where error.code == .busy {
        if waiting.withLock({ $0.isClosed }) { throw error }
        // The store has waited itself; where it has not, this must not keep a processor busy.
        usleep(100_000)
      }
    }
  }

  /// Something asked for is settled, and has been told.
  private func settled() { open.withLock { $0 -= 1 } }

  /// Begins what takes long beside all other reading.
  private func begin(_ ticket: Ticket, _ request: Request) {
    let cancellation = Cancellation()
    longWork.withLock { $0[ticket.slot] = (ticket, cancellation) }
    longQueue.async { [self] in
      guard !cancellation.isCancelled else { return }
      let message: Message
      do {
        let answer = try Self.answer(request, from: store, services, cancellation)
        message = .answered(ticket, answer)
      } catch {
        message = .failed(ticket, Self.storeError(error))
      }
      // What was ended has nobody who waits, and is no failure.
      if !cancellation.isCancelled { send(message) }
    }
  }

  /// Ends what a place waits for that takes long; where a ticket is given, only its work.
  private func endLongWork(of slot: Slot, _ ticket: Ticket? = nil) {
    let ended = longWork.withLock { work -> Cancellation? in
      guard let known = work[slot], ticket == nil || known.ticket == ticket else { return nil }
      work[slot] = nil
      return known.cancellation
    }
    ended?.cancel()
  }

  private func load(_ ticket: Ticket, _ work: Work) {
    do {
      let response: Response =
        switch work {
        case .request(let request): try Self.answer(request, from: store, services)
        case .rows(let list, let part):
          .page(
            TablePage(
              rows: .store(try store.rows(of: list, ids: part.ids)), state: part.state,
              anchorIndex: part.anchorIndex))
        }
      send(.answered(ticket, response))
    } catch {
      send(.failed(ticket, Self.storeError(error)))
    }
  }

  /// An engine takes a while to begin; reading goes on meanwhile.
  private func start() {
    defer { settled() }
    do {
      try services.startEngine()
      send(.engineStarted(nil))
    } catch {
      send(.engineStarted(Self.fault(error)))
    }
  }

  private func send(_ message: Message) {
    if !waiting.withLock({ $0.isClosed }) { post(message) }
  }

  private static func storeError(_ error: any Error) -> StoreError {
    error as? StoreError
      ?? StoreError(.internal, message: "\(error)", hint: "Report this with what you did.")
  }

  private static func fault(_ error: any Error) -> Fault {
    if let error = error as? StoreError { return Fault(error) }
    if let fault = error as? Fault { return fault }
    return Fault(message: "\(error)", hint: "lockstep service status says more.")
  }

  /// Told to stop, or left with the console, it leaves no file.
  private struct ExportEnded: Error {}

  /// Rows between two words of how far an export is.
  private static let tellingRows = 20_000

  private func export(_ source: ScreenExport, _ format: ExportFormat) {
    do {
      let file = try files.create(name: source.name, format: format)
      let reader = ExportReader(store: store, services: services, clock: clock, now: .now)
      let header = reader.header(source)
      var rows = 0
      try file.write(format == .csv ? ExportText.csv(header.titles) : "[")
      try reader.forEach(source) { fields in
        switch format {
        case .csv: try file.write(ExportText.csv(fields.map(ExportText.harmless)))
        case .json:
          try file.write(
            (rows == 0 ? "\n" : ",\n") + ExportText.json(fields, header: header))
        }
        rows += 1
        if !isExporting.withLock({ $0 }) { throw ExportEnded() }
        if rows % Self.tellingRows == 0 { send(.exporting(rows: rows)) }
      }
      if format == .json { try file.write("\n]\n") }
      send(.exported(path: try file.close(), rows: rows))
    } catch is ExportEnded {
      send(
        .notExported(
          Fault(message: "writing was stopped", hint: "What there was of the file is gone.")))
    } catch {
      send(.notExported(Self.fault(error)))
    }
  }
}
