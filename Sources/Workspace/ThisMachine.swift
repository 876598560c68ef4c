import CSystem

/// What never leaves this machine, and so may be sent in the clear.
enum ThisMachine {
  /// Whether `host` is this machine, by a loopback address or its usual name.
  static func isMeant(byHost host: String) -> Bool {
    // C would read no further than the first NUL.
    !host.utf8.contains(0) && cs_is_this_machine(host) == 1
  }

  /// Whether `url` is one of plain HTTP at this machine, without a user name.
  static func isMeant(byPlainURL url: String) -> Bool {
    let scheme = "http://"
    guard url.lowercased().hasPrefix(scheme) else { return false }
    let place = url.dropFirst(scheme.count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if place.hasPrefix("[") {
      guard let end = place.firstIndex(of: "]") else { return false }
      let rest = place[place.index(after: end)...]
      return (rest.isEmpty || rest.hasPrefix(":"))
        && isMeant(byHost: String(place[..<end].dropFirst()))
    }
    return isMeant(byHost: String(place.prefix { $0 != ":" }))
  }
}
