import Directory
import Secrets

/// A session with the replication service of one controller: found, signed in to, bound.
///
/// Its calls wait for the network.
final class ReplicationSession {
  /// The controller, by the name it was called by.
  let host: String
  /// What is to be told of how it came about; nil if nothing is.
  let notice: String?
  /// The key that secrets are enciphered under.
  let sessionKey: SecretBytes
  /// Whether it is known that what the controller told in earlier sessions is there still.
  var isTrusted = false
  private let connection: RPCConnection
  private let handle: [UInt8]
  /// The domain's, which every handle is made with.
  private let epoch: UInt32
  // For single objects, once one is asked for.
  private var handleOfObjects: [UInt8]?
  // Found out with the first request: Samba refuses tables of prefixes without, others may refuse
  // them with.
  private var withSchema = true

  /// Opens a session.
  ///
  /// - Parameters:
  ///   - host: the controller.
  ///   - security: makes the context that says who this program is.
  ///   - connect: makes a connection to a port of the controller.
  /// - Throws: what a layer throws; ``ReplicationError`` where more is known than that.
  init(
    _ settings: ReplicationSettings, host: String,
    security: (ReplicationSettings, String) throws -> any SecurityContext,
    connect: (Int) throws -> TCPSocket
  ) throws {
    self.host = host
    func associate(_ port: Int) throws -> RPCConnection {
      RPCConnection(try connect(port), callPatience: settings.callPatience)
    }
    let mapper = try associate(settings.mapperPort)
    let port = try EndpointMapper.port(of: .replication, on: mapper)
    let connection = try associate(port)
    let security = try security(settings, host)
    do {
      try connection.bind(.replication, security: security)
      (handle, epoch) = try Self.bind(connection)
    } catch let fault as RPCFault where fault.isAuthentication {
      // NTLM gets no answer of its own: the first call tells that the password was wrong.
      throw ReplicationError.wrongPassword(server: host, words: fault.words)
    }
    self.connection = connection
    notice = security.notice
    sessionKey = try security.sessionKey()
  }

  /// Seconds for which a controller is waited for at the end of a session.
  private static let farewell = 2.0

  /// Ends the session ([MS-DRSR] §4.1.25); a controller that has died is not waited for long.
  func close() throws {
    connection.callPatience = min(connection.callPatience, Self.farewell)
    for handle in [handleOfObjects, handle].compactMap({ $0 }) {
      _ = try connection.call(DirectoryBinding.unbindOperation, handle)
    }
  }

  /// What the controller answers to `request`.
  ///
  /// Single objects are asked for under a handle of their own: Samba before 4.17.11 and 4.18.7 keeps
  /// with each handle how far the reading of changes has come, and forgets it when something else is
  /// asked for under the same one (bugzilla.samba.org 15401).
  func changes(_ request: ChangesRequest) throws -> ChangesReply {
    var request = request
    request.withSchema = withSchema
    do {
      return try ask(request)
    } catch RefusedChanges.status(let status) where WindowsStatus.prefixes.contains(status) {
      request.withSchema.toggle()
      let reply = try ask(request)
      withSchema = request.withSchema
      return reply
    }
  }

  /// What the names stand for ([MS-DRSR] §4.1.4).
  func resolve(_ request: NamesRequest) throws -> [NamesReply.Item] {
    try NamesReply.read(try connection.call(NamesRequest.operation, request.stub(handle)))
  }

  private func ask(_ request: ChangesRequest) throws -> ChangesReply {
    guard request.extended != .none else {
      return try ChangesReply.read(
        try connection.call(ChangesRequest.operation, request.stub(handle)))
    }
    let answer = try connection.call(ChangesRequest.operation, request.stub(try objectHandle()))
    let reply: ChangesReply
    do {
      reply = try ChangesReply.read(answer)
    } catch let error as MalformedMessage {
      throw RefusedChanges.unreadable(error.description)
    }
    // Where nothing of the kind was asked for, the field says nothing.
    guard ExtendedStatus.good.contains(reply.extendedStatus) else {
      throw RefusedChanges.extended(reply.extendedStatus)
    }
    return reply
  }

  private func objectHandle() throws -> [UInt8] {
    if let handleOfObjects { return handleOfObjects }
    let made = try Self.bind(connection, epoch: epoch).handle
    handleOfObjects = made
    return made
  }

  // A controller of a domain that was renamed refuses changes to whoever names another epoch than
  // its own ([MS-DRSR] §4.1.10.5.2), and tells it in its answer alone.
  private static func bind(
    _ connection: RPCConnection, epoch: UInt32 = 0
  ) throws -> (handle: [UInt8], epoch: UInt32) {
    let answer = try bindOnce(connection, epoch: epoch)
    guard answer.epoch != epoch else { return (answer.handle, epoch) }
    _ = try connection.call(DirectoryBinding.unbindOperation, answer.handle)
    let second = try bindOnce(connection, epoch: answer.epoch)
    return (second.handle, answer.epoch)
  }

  private static func bindOnce(
    _ connection: RPCConnection, epoch: UInt32
  ) throws -> DirectoryBinding.Answer {
    let answer = try DirectoryBinding.read(
      try connection.call(
        DirectoryBinding.bindOperation, DirectoryBinding.request(epoch: epoch)))
    guard answer.status == 0 else { throw RefusedChanges.status(answer.status) }
    guard answer.extensions.isSuperset(of: .needed.subtracting(.base)) else {
      throw ContextRefusal(words: "the controller is older than Windows Server 2003")
    }
    return answer
  }
}
