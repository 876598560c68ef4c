/// The text of a systemd unit that runs the engine as a service (systemd.service(5),
/// systemd.exec(5)).
struct SystemdUnit {
  let program: String
  let workspace: String
  let user: String

  /// The unit; it may write to the workspace's folder only.
  var text: String {
    """
    [Unit]
    Description=Lockstep directory synchronization
    After=network-online.target
    Wants=network-online.target

    [Service]
    Type=exec
    User=\(user)
    ExecStart=\(Self.quoted(program)) run --workspace \(Self.quoted(workspace))
    Restart=on-failure
    RestartSec=10
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
    ReadWritePaths=\(Self.quoted(workspace))
    ProtectKernelTunables=yes
    ProtectControlGroups=yes
    RestrictSUIDSGID=yes

    [Install]
    WantedBy=multi-user.target

    """
  }

  /// A path as a unit file wants it: in quotes if it has more than plain characters, with `%`
  /// doubled (systemd.syntax(7), "Specifiers").
  private static func quoted(_ path: String) -> String {
    let doubled = path.split(separator: "%", omittingEmptySubsequences: false)
      .joined(separator: "%%")
    let isPlain = path.allSatisfy {
      $0.isASCII && ($0.isLetter || $0.isNumber || "/._-%".contains($0))
    }
    guard !isPlain else { return doubled }
    var result = "\""
    for character in doubled {
      if character == "\"" || character == "\\" { result += "\\" }
      result.append(character)
    }
    return result + "\""
  }
}
