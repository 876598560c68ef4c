import Foundation

@testable import EntraConfiguration

/// A folder of its own for one test, shaped like an exported configuration.
final class ExportFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "entra-export-" + UUID().uuidString
    for name in ["SynchronizationRules", "Connectors", "GlobalSettings"] {
      try FileManager.default.createDirectory(
        atPath: path + "/" + name, withIntermediateDirectories: true)
    }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ text: String, to name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path + "/" + name))
  }

  /// A folder with two connectors, a metaverse and two rules.
  static func small() throws -> ExportFolder {
    let folder = try ExportFolder()
    try folder.write(Samples.directoryConnector, to: "Connectors/Connector_{d1}.xml")
    try folder.write(Samples.cloudConnector, to: "Connectors/Connector_{c1}.xml")
    try folder.write(Samples.metaverse, to: "GlobalSettings/MV.xml")
    try folder.write(Samples.inbound, to: "SynchronizationRules/in.xml")
    try folder.write(Samples.outbound, to: "SynchronizationRules/out.xml")
    return folder
  }

  func read() throws -> EntraExport { try EntraExport.read(folder: path) }
}

/// The configuration of a real server, where it is present.
enum RealExport {
  static let folder: String? = {
    let named = ProcessInfo.processInfo.environment["LOCKSTEP_ENTRA_DATA"]
    let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../../shared/data/entra-connect-contoso").standardized.path
    let candidates = [named, beside].compactMap(\.self)
    return candidates.first {
      FileManager.default.fileExists(atPath: $0 + "/SynchronizationRules")
    }
  }()

  static var isPresent: Bool { folder != nil }
}
