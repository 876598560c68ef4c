import ArgumentParser
import Foundation

/// Where the process starts.
@main
enum Main {
  static func main() async {
    // A reader that goes away (`lockstep history | head`) ends the output, not with an error.
    signal(SIGPIPE, SIG_DFL)
    let arguments = CommandLine.arguments
    let status: Int32
    if OriginalCommand.isMeant(by: arguments.first ?? "") {
      status = await OriginalCommand.run(Array(arguments.dropFirst()))
    } else {
      status = await Invocation.run(Array(arguments.dropFirst()))
    }
    exit(StandardStreams.status(status))
  }
}
