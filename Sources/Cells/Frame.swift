/// Everything the terminal should show, once: cells, the cursor, and the modes it should be in.
public struct Frame: Hashable, Sendable {
  /// The cells.
  public var buffer: CellBuffer
  /// The selected row or the caret: screen readers and magnifiers follow it even when it is hidden.
  public var cursor: Position
  /// Whether the cursor is drawn, as in a text field.
  public var cursorVisible: Bool
  /// The window's title; empty leaves it alone.
  public var title: String
  /// Whether mouse events are wanted.
  public var mouse: Bool
  /// The same content as plain lines for the linear mode; nil when the buffer's text will do.
  public var linearText: String?

  /// Makes a frame.
  public init(
    buffer: CellBuffer, cursor: Position = Position(column: 0, row: 0),
    cursorVisible: Bool = false, title: String = "", mouse: Bool = false, linearText: String? = nil
  ) {
    self.buffer = buffer
    self.cursor = cursor
    self.cursorVisible = cursorVisible
    self.title = title
    self.mouse = mouse
    self.linearText = linearText
  }
}
