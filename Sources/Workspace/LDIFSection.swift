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
    anchor = try table.optionalString("anchor")
    allowsFileURLs = try table.boolean("allow_file_urls", default: false)
    references = try table.strings("reference_attributes", default: [])
    binaries = try table.strings("binary_attributes", default: [])
  }
}
