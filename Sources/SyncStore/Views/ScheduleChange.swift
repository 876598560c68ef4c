import Directory

extension ScheduleSettings {
  /// A span of whole seconds as one types it: `30m`, `3h`, `1d12h`.
  public static func span(_ seconds: Int) -> String {
    var rest = max(0, seconds)
    var text = ""
    for (unit, name) in [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")] where rest >= unit {
      text += String(rest / unit) + name
      rest %= unit
    }
    return text.isEmpty ? "0s" : text
  }
}

/// What of the schedule is to be changed; what is not named stays as it is by then, whoever has
/// changed it meanwhile.
public struct ScheduleChange: Hashable, Sendable {
  /// The policy of the next cycle alone.
  public enum NextPolicy: Hashable, Sendable {
    /// As the schedule has it.
    case usual
    /// This one.
    case only(CyclePolicy)
  }

  /// Seconds between the beginnings of two cycles.
  public var intervalSeconds: Int?
  /// Whether cycles are started by the schedule.
  public var isEnabled: Bool?
  /// The policy of the next cycle alone.
  public var nextPolicy: NextPolicy?
  /// Seconds after which history is purged.
  public var purgeAgeSeconds: Int?
  /// Deletes a connector may export in one run without a person's word.
  public var deletionThreshold: Int?

  /// A change of these values.
  public init(
    intervalSeconds: Int? = nil, isEnabled: Bool? = nil, nextPolicy: NextPolicy? = nil,
    purgeAgeSeconds: Int? = nil, deletionThreshold: Int? = nil
  ) {
    self.intervalSeconds = intervalSeconds
    self.isEnabled = isEnabled
    self.nextPolicy = nextPolicy
    self.purgeAgeSeconds = purgeAgeSeconds
    self.deletionThreshold = deletionThreshold
  }

  /// What makes `new` of `old`.
  public init(from old: ScheduleSettings, to new: ScheduleSettings) {
    func changed<Value: Equatable>(_ path: KeyPath<ScheduleSettings, Value>) -> Value? {
      old[keyPath: path] == new[keyPath: path] ? nil : new[keyPath: path]
    }
    intervalSeconds = changed(\.intervalSeconds)
    isEnabled = changed(\.isEnabled)
    nextPolicy =
      old.nextPolicy == new.nextPolicy ? nil : new.nextPolicy.map { .only($0) } ?? .usual
    purgeAgeSeconds = changed(\.purgeAgeSeconds)
    deletionThreshold = changed(\.deletionThreshold)
  }

  /// `settings` with this change.
  public func applied(to settings: ScheduleSettings) -> ScheduleSettings {
    var result = settings
    if let intervalSeconds { result.intervalSeconds = intervalSeconds }
    if let isEnabled { result.isEnabled = isEnabled }
    switch nextPolicy {
    case .usual: result.nextPolicy = nil
    case .only(let policy): result.nextPolicy = policy
    case nil: break
    }
    if let purgeAgeSeconds { result.purgeAgeSeconds = purgeAgeSeconds }
    if let deletionThreshold { result.deletionThreshold = deletionThreshold }
    return result
  }
}
