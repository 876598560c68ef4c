import Secrets

/// The computations of NTLMv2 ([MS-NLMP] §3.3.2 and §3.4.5).
enum NTLMv2 {
  /// The key made of the password's hash, the user and the domain (§3.3.2, NTOWFv2).
  static func responseKey(_ hash: SecretBytes, user: String, domain: String) -> SecretBytes {
    let digest = Digest.hmacMD5(key: hash)
    digest.add((upperCase(user) + domain).utf16LE)
    return digest.secret()
  }

  /// What the client says and the server computes too (§3.3.2, ComputeResponse).
  struct Response {
    /// Proof and what it proves.
    let bytes: [UInt8]
    /// The key that the exchanged session key is enciphered with.
    let baseKey: SecretBytes
  }

  /// The response to `challenge`.
  ///
  /// - Parameters:
  ///   - time: a FILETIME of eight bytes.
  ///   - nonce: eight random bytes.
  ///   - target: the server's information, as the client sends it back.
  static func response(
    _ key: SecretBytes, challenge: [UInt8], time: [UInt8], nonce: [UInt8], target: [UInt8]
  ) -> Response {
    let zeros: [UInt8] = [0, 0, 0, 0]
    let said = [1, 1, 0, 0] + zeros + time + nonce + zeros + target + zeros
    let digest = Digest.hmacMD5(key: key)
    digest.add(challenge)
    digest.add(said)
    let proof = digest.bytes()
    let base = Digest.hmacMD5(key: key)
    base.add(proof)
    return Response(bytes: proof + said, baseKey: base.secret())
  }

  /// The four keys of a session (§3.4.5.2 and §3.4.5.3).
  static func key(_ session: SecretBytes, _ use: KeyUse) -> SecretBytes {
    let digest = Digest.md5()
    digest.add(session)
    digest.add("session key to \(use.rawValue) key magic constant\0".utf8)
    return digest.secret()
  }

  /// What a key is for.
  enum KeyUse: String {
    case clientSigns = "client-to-server signing"
    case serverSigns = "server-to-client signing"
    case clientSeals = "client-to-server sealing"
    case serverSeals = "server-to-client sealing"
  }

  // As Windows does it: one character for one, so ß stays.
  private static func upperCase(_ text: String) -> String {
    var out = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let upper = scalar.properties.uppercaseMapping.unicodeScalars
      out.append(upper.count == 1 ? upper.first ?? scalar : scalar)
    }
    return String(out)
  }
}
