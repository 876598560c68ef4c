import ArgumentParser
import Console
import SyncStore
import Workspace

/// The command `lockstep compare`.
struct CompareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Shows what two cycles, runs or steps did differently.",
    discussion: """
      Each is named as for 'lockstep show': a step (12), a run (r5), a cycle (c3), the latest \
      cycle (latest). So a rehearsal is compared with what was done, or with another rehearsal.
      """)

  @OptionGroup var options: TableOptions
  @OptionGroup var range: LimitOptions
  @Argument(help: "The first: c3, r5, 12.")
  var first: String
  @Argument(help: "The second.")
  var second: String

  func run() throws {
    try options.print { store in
      let steps = try [first, second].map { text in
        guard let reference = StepReference(text) else {
          throw ValidationError("'\(text)' is no step, run (r5), cycle (c3) or 'latest'.")
        }
        return try reference.steps(in: store).map(\.id)
      }
      return ComparisonReport.make(
        try store.comparison(of: steps[0], with: steps[1]), first, second,
        limit: range.limit(options.format))
    }
  }
}
