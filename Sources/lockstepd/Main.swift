import ArgumentParser
import Foundation
import Workspace

/// Where the process starts.
@main
enum Main {
  static func main() async {
    // A server that closes its connection, or a log that goes away, ends nothing by that.
    signal(SIGPIPE, SIG_IGN)
    exit(await Invocation.run(Array(CommandLine.arguments.dropFirst())))
  }
}
