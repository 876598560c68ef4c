import Foundation
import Secrets
import Workspace

/// Asks the embedded tenant whether a password signs a user in, as a program of the user's would
/// (RFC 6749 §4.3).
struct TenantSignIn {
  /// What the tenant answered.
  enum Answer: Hashable {
    /// The password is the user's.
    case signsIn
    /// It is, and must be changed first.
    case mustChange
    /// It is not, or none was synchronized for the user yet.
    case wrongPassword
    /// There is no such user.
    case unknownUser
    /// The account is disabled.
    case disabled
    /// Too many attempts failed; nothing was compared.
    case locked
    /// Something else, in the tenant's words.
    case refused(String)
  }

  /// The client of everybody, as the tenant knows it.
  static let client = "6c6f636b-7374-4570-8000-7369676e696e"

  /// Seconds that the tenant may be silent.
  private static let patience = 30

  private let host: String
  private let port: UInt16

  /// The tenant that tells by `url` where it speaks SCIM.
  ///
  /// - Throws: ``WorkspaceError`` if that is no address of this machine.
  init(url: String) throws(WorkspaceError) {
    if url.hasPrefix("https://") {
      throw WorkspaceError(
        .system,
        message:
          "The tenant at \(url) shows a certificate, and this command speaks plain HTTP only",
        hint:
          "Have a client that trusts the certificate ask /organizations/oauth2/v2.0/token there, "
          + "or try without certificate_file under [tenant]")
    }
    guard let parts = URLComponents(string: url), let host = parts.host, parts.scheme == "http",
      let port = parts.port.flatMap({ UInt16(exactly: $0) })
    else {
      throw WorkspaceError(
        .system, message: "The tenant's address \(url) is none of this machine",
        hint: "See tenant.address in the workspace")
    }
    self.host = host.trimmingCharacters(in: ["[", "]"])
    self.port = port
  }

  /// What comes of signing in as `name` with `password`.
  ///
  /// - Throws: ``WorkspaceError`` if the tenant does not answer.
  func answer(_ name: String, _ password: SecretBytes) throws(WorkspaceError) -> Answer {
    let socket = try connection()
    defer { close(socket) }
    let body = Self.body(name, password)
    let head =
      "POST /organizations/oauth2/v2.0/token HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
      + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.count)\r\n\r\n"
    let isSent =
      Array(head.utf8).withUnsafeBytes { Self.send($0, to: socket) }
      && body.withBytes { Self.send($0, to: socket) }
    guard isSent, let answer = Self.receive(from: socket) else {
      throw WorkspaceError(
        .system, message: "The embedded tenant does not answer", hint: "See tenant.log")
    }
    return answer
  }

  // MARK: The request

  /// The form, the password in it with all but letters and digits escaped.
  private static func body(_ name: String, _ password: SecretBytes) -> SecretBytes {
    let unreserved = CharacterSet(
      charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    let user = name.addingPercentEncoding(withAllowedCharacters: unreserved) ?? ""
    let head = Array(
      "grant_type=password&client_id=\(client)&scope=openid&username=\(user)&password=".utf8)
    let digits = Array("0123456789ABCDEF".utf8)
    return SecretBytes(count: head.count + 3 * password.count) { out in
      out.copyBytes(from: head)
      password.withBytes { bytes in
        for (index, byte) in bytes.enumerated() {
          let place = head.count + 3 * index
          out[place] = UInt8(ascii: "%")
          out[place + 1] = digits[Int(byte >> 4)]
          out[place + 2] = digits[Int(byte & 15)]
        }
      }
    }
  }

  private func connection() throws(WorkspaceError) -> Int32 {
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &list) == 0, let found = list else {
      throw WorkspaceError(
        .system, message: "The tenant's address \(host) is no number",
        hint: "See tenant.address in the workspace")
    }
    defer { freeaddrinfo(list) }
    let descriptor = socket(
      found.pointee.ai_family, found.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue),
      found.pointee.ai_protocol)
    var wait = timeval(tv_sec: Self.patience, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      setsockopt(
        descriptor, SOL_SOCKET, option, &wait, socklen_t(MemoryLayout<timeval>.size))
    }
    guard connect(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
      let words = String(cString: strerror(errno))
      close(descriptor)
      throw WorkspaceError(
        .system, message: "The embedded tenant can't be reached: \(words)", hint: "See tenant.log")
    }
    return descriptor
  }

  private static func send(_ bytes: UnsafeRawBufferPointer, to socket: Int32) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = Glibc.send(
        socket, bytes.baseAddress.map { $0 + sent }, bytes.count - sent,
        Int32(MSG_NOSIGNAL))
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  // MARK: The answer

  private static func receive(from socket: Int32) -> Answer? {
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count < 1 << 20 {
      let count = recv(socket, &part, part.count, 0)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      bytes += part[..<count]
      if isWhole(bytes) { break }
    }
    return answer(Data(bytes))
  }

  /// Whether as much has come as the head says; without that, the end of the connection tells.
  private static func isWhole(_ bytes: [UInt8]) -> Bool {
    let data = Data(bytes)
    guard let end = data.firstRange(of: Data("\r\n\r\n".utf8)) else { return false }
    let lines = String(decoding: data[..<end.lowerBound], as: UTF8.self).lowercased()
      .components(separatedBy: "\r\n")
    let name = "content-length:"
    guard let line = lines.first(where: { $0.hasPrefix(name) }),
      let length = Int(line.dropFirst(name.count).trimmingCharacters(in: .whitespaces))
    else { return false }
    return data.count - end.upperBound >= length
  }

  /// What an answer of HTTP says; nil if it is none.
  ///
  /// The numbers are those of Microsoft Entra's authentication errors.
  static func answer(_ data: Data) -> Answer? {
    guard let end = data.firstRange(of: Data("\r\n\r\n".utf8)) else { return nil }
    let head = String(decoding: data[..<end.lowerBound], as: UTF8.self)
    let words = head.prefix { $0 != "\r\n" }.split(separator: " ")
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
      return nil
    }
    if status == 200 { return .signsIn }
    let body = try? JSONSerialization.jsonObject(with: data[end.upperBound...]) as? [String: Any]
    switch (body?["error_codes"] as? [Int])?.first {
    case 50126: return .wrongPassword
    case 50034: return .unknownUser
    case 50057: return .disabled
    case 50055: return .mustChange
    case 50053: return .locked
    default:
      let text = body?["error_description"] as? String
      return .refused(SafeText.line(text ?? "HTTP status \(status)"))
    }
  }
}
