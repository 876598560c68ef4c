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
    let timeout = timeoutMilliseconds.map { Int32(clamping: max(0, $0)) } ?? -1
    let ready = poll(&descriptors, 3, timeout)
    var events: [InputEvent] = []
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
      case SIGTSTP: suspend(into: &events)
      case SIGCONT:
        // Stopped by SIGSTOP, without a chance to leave the screen first.
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
    let count = reader.drain(into: &input)
    for event in input {
      if event == .key(Key(.character("z"), control: true)) {
        suspend(into: &events)
      } else {
        events.append(event)
      }
    }
    if count > 0 {
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
    modes.enter()
    repaint()
    wnoutrefresh(nc_stdscr())
    doupdate()
    events += [.suspended, .resumed]
    takeSize(into: &events)
  }
}
