import Foundation
import SyncStore

/// What a person agrees to who releases something: since they looked, a group may have grown.
struct ReleaseConsent {
  /// Groups of held changes, as they are now.
  var groups: [HeldGroup] = []
  /// Imports that are not believed.
  var imports: [HeldImport] = []
  /// How many objects are named one by one, of which nothing needs to be said.
  var objects = 0

  /// How many changes that is.
  var count: Int {
    groups.reduce(0) { $0 + $1.count } + imports.reduce(0) { $0 + $1.count } + objects
  }

  /// What is released, a line each.
  var lines: [String] {
    groups.map { group in
      "g\(group.id): \(group.count) \(group.kind.rawValue) of "
        + SafeText.line("\(group.connector), \(group.cause)")
    } + imports.map { SafeText.line("import of \($0.connector): \($0.message)") }
  }

  /// What they type to agree; nil where nothing is asked.
  var word: String? {
    if groups.contains(where: { $0.kind == .deletes }) { return "DELETE" }
    if !imports.isEmpty { return "BELIEVE" }
    return groups.isEmpty ? nil : "y"
  }

  /// Says what it is, and asks, where that is needed.
  func isGiven() -> Bool {
    guard let word else { return true }
    guard isatty(STDIN_FILENO) == 1 else {
      for line in lines { StandardStreams.complain("lockstep: " + line) }
      StandardStreams.complain(
        "lockstep: nobody can be asked here; --yes releases it, --count \(count) if it is no more.")
      return false
    }
    StandardStreams.write(
      lines.joined(separator: "\n") + "\nType \(word) to let that go: ", to: STDERR_FILENO)
    return readLine() == word
  }
}
