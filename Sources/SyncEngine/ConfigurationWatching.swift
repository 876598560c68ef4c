/// Tells an engine what has become of the configuration that it was made by.
public protocol ConfigurationWatching: Sendable {
  /// Looks whether the configuration is still the one that the engine works by.
  ///
  /// - Parameter atOnce: Whether somebody waits for it: what nobody has touched lately is read at
  ///   once then. What is being written is given a moment to be written to its end.
  func look(atOnce: Bool) -> ConfigurationState
}

/// What has become of a configuration since an engine read it.
public enum ConfigurationState: Hashable, Sendable {
  /// It is as it was.
  case same
  /// It was changed a moment ago, and perhaps not to its end.
  case changing
  /// It is another one, by which an engine can work.
  case changed
  /// It is another one that can't be used, and why, with the place.
  case wrong(String)
}

/// Why an engine ended.
public enum EngineEnd: Hashable, Sendable {
  /// It was told to, or had nothing to do for long enough.
  case done
  /// The configuration is another one; an engine that is made by it can go on.
  case configurationChanged
  /// It was asked to stay and to keep the schedule; an engine with such options can go on.
  case serviceWanted
}
