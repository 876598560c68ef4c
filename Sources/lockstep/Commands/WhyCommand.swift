import ArgumentParser
import Explanations
import SyncStore
import Workspace

/// The command `lockstep why`.
struct WhyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "why",
    abstract: "Says why an object is not in the target: the first gate that stopped it.",
    discussion: """
      From the source on: not imported, could not be read, not synchronized, out of the scope of \
      the rules (which clause, which value), not joined and not projected, out of the outbound \
      scope, held, not sent, refused, not confirmed.
      """)

  @OptionGroup var options: ReportOptions
  @Argument(help: .objectName)
  var object: String
  @Option(help: "Only this target.")
  var target: String?

  func run() throws {
    let workspace = try options.place.open()
    let rules = try WorkspaceRules.load(workspace)
    try options.print { store in
      if let target { try check(target, in: store) }
      let explainer = Explainer(store: store, rules: rules)
      return WhyReport.make(try explainer.whyNot(object, target: target))
    }
  }

  private func check(_ target: String, in store: any StoreReading) throws {
    let names = try store.connectors().filter { !$0.isSource }.map(\.name)
    guard names.contains(where: { $0.lowercased() == target.lowercased() }) else {
      throw WorkspaceError(
        .notFound, message: "There is no target '\(target)' in the store",
        hint: "It has: " + names.joined(separator: ", "))
    }
  }
}
