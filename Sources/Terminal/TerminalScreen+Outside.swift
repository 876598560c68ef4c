import CNcursesw
import CSystem
import Glibc

extension TerminalScreen {
  /// Gives the terminal to another program for as long as `work` takes, and takes it again.
  public func outside<T>(_ work: () throws -> T) rethrows -> T {
    if mouseIsOn { mousemask(0, nil) }
    mouseIsOn = false
    modes.leave()
    curs_set(1)
    endwin()
    defer {
      modes.enter()
      reset_prog_mode()
      curs_set(cursorIsVisible ? 1 : 0)
      repaint()
      wnoutrefresh(nc_stdscr())
      doupdate()
    }
    return try work()
  }
}
