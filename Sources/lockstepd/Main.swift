import ArgumentParser
import Foundation
import Workspace

/// Where the process starts.
@main
enum Main {
  static func main() async {
    exit(await Invocation.run(Array(CommandLine.arguments.dropFirst())))
  }
}
