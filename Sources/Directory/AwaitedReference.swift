/// How references are spelled to objects that have left what is read, and are still there: by their
/// anchors, with a mark that no name begins with, for nobody learns what names they have then.
public enum AwaitedReference {
  /// With what they begin.
  public static let mark = "=@"

  /// How a reference to the object with an anchor is spelled.
  public static func address(of anchor: Anchor) -> String { mark + anchor.text }
}
