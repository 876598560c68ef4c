/// Addresses to which a secret may go.
enum SafeURL {
  /// Whether `url` is one of HTTPS with a host, or of plain HTTP at this machine, without a user name.
  static func isSafe(_ url: String) -> Bool {
    guard !url.utf8.contains(0x40) else { return false }
    let scheme = "https://"
    guard url.lowercased().hasPrefix(scheme) else { return ThisMachine.isMeant(byPlainURL: url) }
    // A host can't begin with what ends one.
    let first = url.utf8.dropFirst(scheme.utf8.count).first
    return first.map { !"/:?#".utf8.contains($0) } ?? false
  }

  /// `url` for messages, without what may be a password or a token in it.
  static func shown(_ url: String) -> String {
    let url = String(url.prefix { $0 != "?" && $0 != "#" })
    guard let end = url.lastIndex(of: "@") else { return url }
    let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
    return start < end ? url[..<start] + "…" + url[end...] : "…" + url[end...]
  }
}
