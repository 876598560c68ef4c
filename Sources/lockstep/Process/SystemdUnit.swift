import Foundation
import Workspace

/// The text of a systemd unit that runs the engine as a service (systemd.service(5),
/// systemd.exec(5)).
struct SystemdUnit {
  let program: String
  let workspace: String
  let user: String
  /// The folders outside the workspace that the engine and its tenant write to.
  var folders: [String] = []

  /// The folders outside the workspace in which `settings` have files that are written.
  static func folders(of settings: WorkspaceSettings, besides workspace: String) -> [String] {
    let files = [settings.storeFile] + (settings.tenant.map { [$0.database] } ?? [])
    // The journals stand beside the file that a link leads to, the lock beside the link.
    let outside = files.flatMap { [folder(of: $0), folder(of: real($0))] }.map(real)
      .filter { !($0 + "/").hasPrefix(real(workspace) + "/") }
    return Set(outside).sorted()
  }

  private static func folder(of file: String) -> String {
    (file as NSString).deletingLastPathComponent
  }

  /// Where `path` leads, without links and steps upwards, which systemd takes in no path; as far as
  /// it is there, for the rest as it is written.
  static func real(_ path: String) -> String {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    let (above, name) = (folder(of: path), (path as NSString).lastPathComponent)
    guard !above.isEmpty, above != path else { return path }
    let base = real(above)
    return name == ".." ? folder(of: base) : WorkspaceLocation.join(base, name)
  }

  /// The account that owns a folder; nil if there is no such folder, or the account has no name.
  static func owner(of folder: String) -> String? {
    let attributes = try? FileManager.default.attributesOfItem(atPath: folder)
    return attributes?[.ownerAccountName] as? String
  }

  /// The unit; it may write to the workspace's folder and to ``folders`` only.
  var text: String {
    """
    [Unit]
    Description=Lockstep directory synchronization
    After=network-online.target
    Wants=network-online.target
    # What passes is tried again for ten minutes at least; then it is left to a person ('systemctl
    # reset-failed' lets it be started again): a store that can't be upgraded is no better next time.
    StartLimitIntervalSec=1h
    StartLimitBurst=20

    [Service]
    Type=exec
    User=\(user)
    ExecStart=\(Self.word(program)) run --workspace \(Self.word(workspace))
    Restart=on-failure
    RestartSec=30
    # 2: the configuration is wrong; starting again would not help.
    RestartPreventExitStatus=2
    TimeoutStopSec=90
    # The engine ends its tenant itself, after the batch in hand.
    KillMode=mixed
    UMask=0077
    LimitCORE=0
    NoNewPrivileges=yes
    PrivateTmp=yes
    ProtectSystem=strict
    ProtectHome=read-only
    ReadWritePaths=\(([workspace] + folders).map { Self.quoted($0) }.joined(separator: " "))
    ProtectKernelTunables=yes
    ProtectControlGroups=yes
    RestrictSUIDSGID=yes

    [Install]
    WantedBy=multi-user.target

    """
  }

  /// A path as a word of a command, in which systemd puts variables in (systemd.service(5), "Command
  /// lines").
  private static func word(_ path: String) -> String {
    quoted(path, doubling: "%$")
  }

  /// A path as a unit file wants it: in quotes if it has more than plain characters, with `%`
  /// doubled (systemd.syntax(7), "Specifiers").
  private static func quoted(_ path: String, doubling doubled: String = "%") -> String {
    let isPlain = path.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "/._-%".contains($0))
    }
    var result = isPlain ? "" : "\""
    // By scalars: a sign with a combining mark is another Character, and means the same.
    for scalar in path.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result += "\\" }
      if doubled.unicodeScalars.contains(scalar) { result.unicodeScalars.append(scalar) }
      result.unicodeScalars.append(scalar)
    }
    return isPlain ? result : result + "\""
  }
}
