public import Directory

/// An error that a step is about to record.
public struct StepError: Sendable {
  /// The stage that met it.
  public var stage: ErrorRow.Stage
  /// Its type.
  public var type: SyncErrorType
  /// The object, or nil for one that could not be staged.
  public var objectID: Int64?
  /// The object's name.
  public var dn: String
  /// The attribute to blame, or empty.
  public var attribute = ""
  /// Its value, or empty.
  public var value = ""
  /// The name of the rule that was at work, or empty.
  public var rule = ""
  /// The text of the expression that failed, or empty.
  public var expression = ""
  /// The column of ``expression`` where it failed, from 1; nil if that is not known.
  public var column: Int?
  /// What is wrong, in the server's words where it spoke.
  public var message: String
  /// The server's code, or empty.
  public var code = ""
  /// Where it was read, or empty.
  public var location = ""
  /// What to do next.
  public var hint: String
  /// The anchor of an object that could not be read, if the directory told one.
  public var anchor: Anchor?
  /// The other object of a conflict; its names are kept as they are now.
  public var otherObjectID: Int64?

  /// An error of these parts; the others are set afterwards.
  public init(
    _ stage: ErrorRow.Stage, _ type: SyncErrorType, objectID: Int64?, dn: String, message: String,
    hint: String
  ) {
    self.stage = stage
    self.type = type
    self.objectID = objectID
    self.dn = dn
    self.message = message
    self.hint = hint
  }
}
