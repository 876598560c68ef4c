/// What a PATCH operation acts on (RFC 7644 §3.5.2, figure 7).
struct PatchPath: Sendable {
  /// The attribute; nil if the whole extension is meant.
  var path: AttributePath?
  /// Which values of a multi-valued attribute are meant; all if nil.
  var filter: Filter?
  /// The URN of the extension that is meant as a whole.
  var wholeExtension: String?

  /// A path to an attribute.
  init(path: AttributePath, filter: Filter?) {
    self.path = path
    self.filter = filter
  }

  /// A path to everything of an extension.
  init(wholeExtension: String) { self.wholeExtension = wholeExtension }
}
