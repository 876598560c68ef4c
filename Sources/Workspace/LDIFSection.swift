import Configuration

/// The settings of a connector that reads LDIF files.
public struct LDIFSection: Hashable, Sendable {
  /// Files, or folders of files, that hold the whole directory; absolute paths.
  public var content: [String]
  /// The folder of change files, or nil; an absolute path.
  public var changes: String?
  /// The attribute that names an object for ever, or nil for the usual ones.
  public var anchor: String?
  /// Whether values may be read from other files.
  public var allowsFileURLs: Bool
  /// Further attributes that hold names of other objects.
  public var references: [String]
  /// Further attributes that hold bytes.
  public var binaries: [String]

  /// A text that differs when other objects are read, or are read in another way.
  var fingerprint: String {
    let parts =
      ["ldif", anchor ?? "", allowsFileURLs ? "urls" : ""] + content + [changes ?? ""]
      + references.sorted() + [""] + binaries.sorted()
    return parts.joined(separator: "\n")
  }
}

extension LDIFSection {
  init(_ table: TOMLTable, folder: String) throws(ConfigurationError) {
    try table.rejectUnknown(
      allowed: ConnectorDefinition.sharedKeys + [
        "content", "changes", "anchor", "allow_file_urls", "reference_attributes",
        "binary_attributes",
      ])
    let content: [String]
    if case .string = table["content"]?.kind {
      content = [try table.string("content")]
    } else {
      content = try table.strings("content")
    }
    guard !content.isEmpty, !content.contains("") else {
      throw ConfigurationError(
        place: table.place(of: "content"), message: "\"content\" names no file",
        hint: "name an LDIF file, a folder of them, or a list of both")
    }
    self.content = content.map { WorkspaceLocation.absolute($0, in: folder) }
    changes = try table.optionalString("changes").map { WorkspaceLocation.absolute($0, in: folder) }
    anchor = try AttributeNames.optional(table, "anchor")
    allowsFileURLs = try table.boolean("allow_file_urls", default: false)
    (references, binaries) = try AttributeNames.kinds(table)
    try checkPlaces(table)
  }

  /// What is read twice is an object twice, and a change is no content.
  private func checkPlaces(_ table: TOMLTable) throws(ConfigurationError) {
    var seen: Set<String> = []
    for path in content {
      let isFile = [".ldif", ".ldf"].contains { path.lowercased().hasSuffix($0) }
      let above = path.lastIndex(of: "/").map { String(path[..<$0]) }
      guard seen.insert(path).inserted, !isFile || !content.contains(above ?? "") else {
        throw ConfigurationError(
          place: table.place(of: "content"), message: "\"content\" names \(path) twice",
          hint: "name each file once, by itself or by its folder")
      }
    }
    guard let changes else { return }
    if content.contains(changes) {
      throw ConfigurationError(
        place: table.place(of: "changes"),
        message: "\"changes\" and \"content\" are the same, \(changes)",
        hint: "keep change files in a folder of their own")
    }
  }
}
