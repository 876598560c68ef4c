import CNcursesw
import CSystem
public import Cells
import Glibc

extension TerminalScreen {
  /// Waits for something to happen and returns all of it; nothing when the time is up.
  ///
  /// - Parameter timeoutMilliseconds: How long to wait; nil for as long as it takes.
  public func wait(timeoutMilliseconds: Int? = nil) -> [InputEvent] {
    if isHungUp { return [.hangup] }
    var descriptors = [
      pollfd(fd: 0, events: Int16(POLLIN), revents: 0),
      pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wakeHandle.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    var timeout = timeoutMilliseconds.map { Int32(clamping: max(0, $0)) } ?? -1
    if let patience = reader.patience {
      let left = Int32(clamping: (patience + 999_999) / 1_000_000)
      timeout = timeout < 0 ? left : min(timeout, left)
    }
    let ready = poll(&descriptors, 3, timeout)
    var events: [InputEvent] = []
    if ready == 0 { reader.giveUp(into: &events) }
    if ready != 0 { takeSignals(into: &events) }
    if ready > 0 {
      if descriptors[0].revents != 0 { takeInput(descriptors[0].revents, into: &events) }
      if descriptors[2].revents != 0, wakeHandle.take() { events.append(.wake) }
    }
    return events
  }

  private func takeSignals(into events: inout [InputEvent]) {
    var hasNewSize = false
    while case let signal = cs_signals_next(), signal != 0 {
      switch signal {
      case SIGWINCH: hasNewSize = true
      case SIGTSTP:
        suspend(into: &events)
        if isAway { return }
      case SIGCONT:
        // Stopped by SIGSTOP, without a chance to leave the screen first.
        guard hasForeground(into: &events) else { return }
        reset_prog_mode()
        repaint()
        modes.enter()
        hasNewSize = true
        if !events.contains(.resumed) { events.append(.resumed) }
      case SIGHUP: hangUp(into: &events)
      default: if !events.contains(.terminate) { events.append(.terminate) }
      }
    }
    if hasNewSize { takeSize(into: &events) }
  }

  private func takeInput(_ state: Int16, into events: inout [InputEvent]) {
    var input: [InputEvent] = []
    // Bytes that are no character are read, too, and make no input.
    let waiting = cs_readable_bytes(0)
    let count = reader.drain(into: &input)
    for event in input {
      if event == .key(Key(.character("z"), control: true)) {
        suspend(into: &events)
        if isAway { return }
      } else {
        events.append(event)
      }
    }
    if count > 0 || waiting > 0 {
      fruitlessReads = 0
      return
    }
    // Readable, yet nothing to read: the end of file of a terminal that is gone.
    fruitlessReads += 1
    if state & Int16(POLLHUP | POLLERR | POLLNVAL) != 0 || fruitlessReads > 8 {
      hangUp(into: &events)
    }
  }

  private func hangUp(into events: inout [InputEvent]) {
    isHungUp = true
    if !events.contains(.hangup) { events.append(.hangup) }
  }

  /// Asks the kernel for the size, since curses only counts on signals that it got itself.
  private func takeSize(into events: inout [InputEvent]) {
    var columns: Int32 = 0
    var rows: Int32 = 0
    guard cs_terminal_size(1, &columns, &rows) == 0, columns > 0, rows > 0 else { return }
    let new = Size(columns: Int(columns), rows: Int(rows))
    guard new != size else { return }
    size = new
    resizeterm(rows, columns)
    repaint()
    events.append(.resize(new))
  }

  /// Leaves the screen, stops as the shell expects, and takes the screen again when continued.
  private func suspend(into events: inout [InputEvent]) {
    modes.leave()
    endwin()
    cs_stop_process_group()
    guard hasForeground(into: &events) else { return }
    modes.enter()
    repaint()
    wnoutrefresh(nc_stdscr())
    doupdate()
    events += [.suspended, .resumed]
    takeSize(into: &events)
  }

  /// Whether the shell gave the terminal back; false if the program is to end without it.
  ///
  /// Continued in the background (`bg`) it stops again, as programs do that write there: on this
  /// thread the kernel does not see to it, since libdispatch blocks SIGTTOU on its own.
  private func hasForeground(into events: inout [InputEvent]) -> Bool {
    while case let group = tcgetpgrp(1), group >= 0, group != getpgrp() {
      if endsInBackground(into: &events) { return false }
      cs_stop_process_group()
    }
    return true
  }

  /// Whether a signal that ends the program came with what continued it; another thread may be the
  /// one that takes it, a moment later.
  private func endsInBackground(into events: inout [InputEvent]) -> Bool {
    let end = cs_monotonic_nanoseconds() + 100_000_000
    while case let left = (end - cs_monotonic_nanoseconds()) / 1_000_000, left > 0 {
      var descriptor = pollfd(fd: signals, events: Int16(POLLIN), revents: 0)
      poll(&descriptor, 1, Int32(left))
      while case let signal = cs_signals_next(), signal != 0 {
        switch signal {
        case SIGWINCH, SIGTSTP, SIGCONT: break
        case SIGHUP:
          isAway = true
          hangUp(into: &events)
          return true
        default:
          isAway = true
          events.append(.terminate)
          return true
        }
      }
    }
    return false
  }
}
