import Certificates
import Foundation
import RuleTools
import SyncRules
import Workspace

/// What becomes of the examples beside rules that imported ones take the place of.
extension RuleImport {
  /// The files of examples beside the rules.
  private func exampleFiles() -> [String] {
    let folder = WorkspaceLocation.join(workspace.settings.rulesFolder, "tests")
    return FileManager.default.fileExists(atPath: folder)
      ? (try? RuleSource.files(in: folder)) ?? [] : []
  }

  /// The examples that came with the standard rules and that nobody has changed: they go with them.
  func standardExampleFiles() -> [String] {
    let connectors = workspace.settings.connectors
    let texts = connectors.filter(\.isSource).flatMap { source in
      connectors.filter { !$0.isSource }.flatMap { target in
        StandardRules.TargetNames.allCases.map { names in
          StandardExamples.text(source: source.name, target: target.name, names: names)
        }
      }
    }
    return exampleFiles().filter { file in
      (try? String(contentsOfFile: file, encoding: .utf8)).map(texts.contains) ?? false
    }
  }

  /// What the imported rules make of a person's own examples, in words; files whose examples all
  /// hold are not mentioned.
  func exampleNotes(_ imported: RuleSet) -> [String] {
    let gone = Set(standardExampleFiles())
    let runner = RuleExampleRunner(imported, certificates: CertificateReader())
    return exampleFiles().filter { !gone.contains($0) }.compactMap { file in
      do {
        let results = try RuleExample.load(file: file).map(runner.run)
        let failed = results.count { !$0.isPassed }
        guard failed > 0 else { return nil }
        return "\(failed) of \(results.count) examples in \(file) do not hold with the imported "
          + "rules; 'lockstep rules test' shows what differs"
      } catch {
        return "the examples in \(file) can't be read: \(error)"
      }
    }
  }
}
