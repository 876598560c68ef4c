import Directory

/// What a server shows of its resources without being asked (RFC 7643 §7, `returned`).
extension SCIMServer {
  /// The attributes of a type that are shown only to who asks for them by their names.
  ///
  /// What nobody can write is left out: a user's groups are dear to a server.
  func shownOnRequest(_ type: SCIMResourceType) -> [String] {
    paths(type).filter { Self.isOnRequest($0.attribute) }.map(\.path)
  }

  /// The attributes of a type that can be written and are never shown, apart from a password, which a
  /// server keeps when it is left out.
  func neverShown(_ type: SCIMResourceType) -> [String] {
    paths(type).filter { path, attribute in
      attribute.returned == .never && attribute.mutability == .readWrite
        && path.lowercased() != "password"
    }.map(\.path)
  }

  /// The attributes to ask for in a list; nil if all are shown without being asked for.
  ///
  /// Who asks for one gets only what it asks for (RFC 7644 §3.9).
  func wanted(_ type: SCIMResourceType) -> String? {
    guard !shownOnRequest(type).isEmpty else { return nil }
    let own = paths(type).filter { _, attribute in
      switch attribute.returned {
      case .always, .default: attribute.mutability != .writeOnly
      case .request: Self.isOnRequest(attribute)
      case .never: false
      }
    }
    let common = SCIMSchema.common.map(\.name)
    let known = Set(common.map { $0.lowercased() })
    return (common + own.map(\.path).filter { !known.contains($0.lowercased()) })
      .joined(separator: ",")
  }

  /// A digest of ``wanted(_:)``, whatever the order of the names; nil if nothing is asked for.
  func wantedDigest(_ type: SCIMResourceType) -> String? {
    wanted(type).map { names in
      var digest = FNV1a()
      digest.add(names.lowercased().split(separator: ",").sorted().joined(separator: ",").utf8)
      return String(digest.value, radix: 16)
    }
  }

  private static func isOnRequest(_ attribute: SCIMAttribute) -> Bool {
    attribute.returned == .request && attribute.mutability != .readOnly
      && attribute.mutability != .writeOnly
  }

  private func paths(_ type: SCIMResourceType) -> [(path: String, attribute: SCIMAttribute)] {
    let own = schema(type.schema)?.attributes ?? []
    return own.map { ($0.name, $0) }
      + type.extensions.flatMap { urn in
        (schema(urn)?.attributes ?? []).map { (urn + ":" + $0.name, $0) }
      }
  }
}
