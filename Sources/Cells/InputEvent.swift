/// What the world tells the console.
public enum InputEvent: Hashable, Sendable {
  /// A key was pressed.
  case key(Key)
  /// Text was pasted in one piece; line breaks are `\n`.
  case paste(String)
  /// The mouse was used.
  case mouse(MouseEvent)
  /// The terminal has a new size.
  case resize(Size)
  /// The program is about to be stopped by ^Z.
  case suspended
  /// The program was continued and owns the terminal again.
  case resumed
  /// The terminal is gone; nothing can be drawn any more.
  case hangup
  /// The program was asked to end.
  case terminate
  /// Another thread called the wake handle.
  case wake
}

/// One use of the mouse.
public struct MouseEvent: Hashable, Sendable {
  /// What was done.
  public enum Action: Hashable, Sendable {
    /// The main button was pressed.
    case press
    /// The main button was pressed twice in quick succession.
    case doublePress
    /// The second button was pressed.
    case secondaryPress
    /// The wheel was turned away from the user.
    case scrollUp
    /// The wheel was turned towards the user.
    case scrollDown
  }

  /// What was done.
  public var action: Action
  /// The cell under the pointer.
  public var position: Position

  /// Makes an event.
  public init(_ action: Action, at position: Position) {
    self.action = action
    self.position = position
  }
}
