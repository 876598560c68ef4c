import Foundation

/// The expressions of a real server's exported rules, where that sample is at hand.
enum ShippedRules {
  /// The folder with the sample, or nil: `LOCKSTEP_ENTRA_DATA` or a folder beside the package.
  static let folder: URL? = {
    let named = ProcessInfo.processInfo.environment["LOCKSTEP_ENTRA_DATA"]
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let beside = package.deletingLastPathComponent()
      .appending(path: "shared/data/entra-connect-contoso")
    let root = named.map { URL(filePath: $0) } ?? beside
    let rules = root.appending(path: "SynchronizationRules")
    return FileManager.default.fileExists(atPath: rules.path) ? rules : nil
  }()

  /// All expressions of all rules, those that repeat too.
  static func expressions() throws -> [String] {
    guard let folder else { return [] }
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    return try files.filter { $0.pathExtension == "xml" }.flatMap { file in
      try elements(in: String(contentsOf: file, encoding: .utf8))
    }
  }

  private static func elements(in xml: String) -> [String] {
    xml.components(separatedBy: "<expression>").dropFirst().compactMap { rest in
      rest.components(separatedBy: "</expression>").first.map(plain)
    }
  }

  private static func plain(_ xml: String) -> String {
    let references = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'")]
    let text = references.reduce(xml) { $0.replacingOccurrences(of: $1.0, with: $1.1) }
    return text.replacingOccurrences(of: "&amp;", with: "&")
  }
}
