import CNcursesw
import CSystem
import Glibc

extension TerminalScreen {
  /// Gives the terminal to another program for as long as `work` takes, and takes it again.
  ///
  /// What is typed meanwhile to interrupt or end a program is for that one; what stops it stops this
  /// one, too, and gives the shell its terminal.
  public func outside<T>(_ work: () throws -> T) rethrows -> T {
    if mouseIsOn { mousemask(0, nil) }
    mouseIsOn = false
    modes.leave()
    curs_set(1)
    endwin()
    cs_signals_outside()
    defer {
      cs_signals_inside()
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
