#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Where a secret is to be found; the configuration never holds the secret itself.
public struct SecretReference: Hashable, Sendable, CustomStringConvertible {
  /// The kinds of places.
  public enum Source: Hashable, Sendable {
    /// The file at this path holds the secret and nothing else.
    case file(String)
    /// The environment variable of this name holds the secret.
    case environment(String)
  }

  /// What a secret looks like.
  public enum Form: Hashable, Sendable {
    /// One line of text: a password or a token.
    case line
    /// A private key in PEM (RFC 7468), of several lines.
    case pem
  }

  /// Where the secret is.
  public var source: Source
  /// What it looks like.
  public var form = Form.line
  /// Where the reference stands; nil if it was not read from a file.
  public var place: SourcePlace?

  /// A reference of these parts.
  public init(_ source: Source, place: SourcePlace? = nil) {
    self.source = source
    self.place = place
  }

  /// The place in words: `the file /etc/lockstep/token`.
  public var description: String {
    switch source {
    case .file(let path): "the file \(path)"
    case .environment(let name): "the environment variable \(name)"
    }
  }

  /// The secret.
  ///
  /// White space at the end of a file is not part of it, since editors add a line break.
  ///
  /// - Parameters:
  ///   - folder: The folder that a relative path starts from, as a rule the configuration's.
  ///   - environment: Answers for an environment variable, with nil if it is not set; nil means the
  ///     process's own environment.
  /// - Throws: ``ConfigurationError`` if it is absent, empty, or open to others than its owner.
  public func resolve(
    relativeTo folder: String,
    environment: ((String) -> String?)? = nil
  ) throws(ConfigurationError) -> Secret {
    switch source {
    case .file(let path):
      return try read(path.hasPrefix("/") ? path : folder + "/" + path)
    case .environment(let name):
      guard let text = (environment ?? Self.variable)(name), !text.isEmpty else {
        throw ConfigurationError(
          place: place, message: "The environment variable \(name) is not set or empty",
          hint: "set it for the account that runs this program")
      }
      return Secret(text)
    }
  }

  private static func variable(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
  }

  private func read(_ path: String) throws(ConfigurationError) -> Secret {
    do throws(ConfigurationError) {
      let file = try OpenFile(path, purpose: "secret file")
      try Self.checkOwner(file)
      let bytes = try file.bytes(limit: 64 << 10, purpose: "secret file")
      let end = bytes.lastIndex { $0 > 0x20 }.map { $0 + 1 } ?? 0
      guard let text = String(validating: bytes[..<end], as: UTF8.self), form.fits(text) else {
        throw ConfigurationError(
          message: "The secret file \(path) is empty or not \(form.words)", hint: form.hint)
      }
      return Secret(text)
    } catch {
      throw ConfigurationError(place: place, message: error.message, hint: error.hint)
    }
  }

  private static func checkOwner(_ file: borrowing OpenFile) throws(ConfigurationError) {
    guard file.status.st_mode & 0o077 == 0 else {
      throw ConfigurationError(
        message: "The secret file \(file.path) is open to others than its owner",
        hint: "run: chmod 600 \(file.path)")
    }
    guard file.status.st_uid == geteuid() || file.status.st_uid == 0 else {
      let owner = AccountName.of(file.status.st_uid)
      throw ConfigurationError(
        message: "The secret file \(file.path) belongs to \(owner), and this runs as "
          + AccountName.of(geteuid()),
        hint: "run it as \(owner): sudo -u '\(owner)' …; only if the engine is not to run as "
          + "\(owner), give the file to its account (chown)")
    }
  }
}

extension SecretReference.Form {
  fileprivate func fits(_ text: String) -> Bool {
    switch self {
    case .line: !text.isEmpty && !text.utf8.contains { $0 < 0x20 }
    case .pem:
      // A certificate is PEM as well; old keys name their kind, as "RSA PRIVATE KEY".
      text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----")
        && text.contains("-----END ")
        && !text.utf8.contains { $0 < 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
    }
  }

  fileprivate var words: String {
    switch self {
    case .line: "one line of text"
    case .pem: "a key in PEM"
    }
  }

  fileprivate var hint: String {
    switch self {
    case .line: "write the secret into it, and nothing else"
    case .pem: "it begins with a line like -----BEGIN PRIVATE KEY-----: openssl writes such files"
    }
  }
}

extension TOMLTable {
  /// The reference in `<name>_file` or `<name>_environment`, or nil if neither is there.
  ///
  /// - Throws: ``ConfigurationError`` if both are there, or one is no text.
  public func optionalSecret(_ name: String) throws(ConfigurationError) -> SecretReference? {
    let (file, variable) = (name + "_file", name + "_environment")
    guard self[file] == nil || self[variable] == nil else {
      throw ConfigurationError(
        place: place(of: variable), message: "\"\(file)\" and \"\(variable)\" exclude each other",
        hint: "keep one of them")
    }
    if let path = try optionalString(file) {
      return SecretReference(.file(path), place: place(of: file))
    }
    return try optionalString(variable).map {
      SecretReference(.environment($0), place: place(of: variable))
    }
  }

  /// The reference in `<name>_file` or `<name>_environment`.
  ///
  /// - Throws: ``ConfigurationError`` if there is none, both are there, or one is no text.
  public func secret(_ name: String) throws(ConfigurationError) -> SecretReference {
    if let reference = try optionalSecret(name) { return reference }
    throw ConfigurationError(
      place: place, message: "\"\(name)_file\" or \"\(name)_environment\" is missing",
      hint: "name the file, readable by its owner only, or the variable that holds the secret")
  }
}
