import Configuration
import Directory
import SyncStore

/// The watch of a directory for changes as text.
enum WatchReport {
  /// The line that tells how a watch stands.
  static func line(_ connector: String, _ state: WatchState) -> String {
    let (name, text) = (SafeText.line(connector), SafeText.line(state.text))
    let since = TimeText.local(state.since)
    guard state.isBroken else {
      return "\(name) is watched for changes since \(since), by \(text)."
    }
    let wait = DurationText.print(.seconds(Int64(state.retrySeconds.rounded(.up))))
    return "\(name) is not watched for changes since \(since): \(text) (tried again each \(wait))"
  }
}

/// The watch of a directory as `--json` spells it.
struct WatchJSON: Encodable {
  let connector: String
  let state: String
  let since: String
  let means: String?
  let trouble: String?
  let retrySeconds: Double?

  init(_ connector: String, _ watch: WatchState) {
    self.connector = connector
    state = watch.isBroken ? "broken" : "watching"
    since = watch.since.description
    means = watch.isBroken ? nil : watch.text
    trouble = watch.isBroken ? watch.text : nil
    retrySeconds = watch.isBroken ? watch.retrySeconds : nil
  }
}
