import Configuration
import Directory

@testable import DirectoryReplication

/// What a test sees of a request for changes that came to a ``FakeController``.
struct SeenRequest {
  let stub: [UInt8]

  private func number(_ place: Int) -> UInt32 {
    stub[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// Whether one object is asked for.
  var isForObject: Bool { number(112) == 6 }
  /// Whether passwords are asked for.
  var wantsSecrets: Bool { stub.firstRange(of: [0x5A, 0, 9, 0] as [UInt8]) != nil }
  /// Whether the prefixes say of which schema they are.
  var saysSchema: Bool { number(136) == 3 }
  /// How far is known.
  var object: UInt64 { UInt64(number(72)) }
  /// How far attributes are known: as far as before the cycle that is under way.
  var property: UInt64 { UInt64(number(88)) }
  /// The session's handle.
  var handle: [UInt8] { Array(stub[..<20]) }
  /// Of which controller that is.
  var invocation: GUID { GUID(bytes: stub[48..<64]) ?? .zero }
  /// Whether the request says what is known of other controllers.
  var saysKnown: Bool { number(96) != 0 }
  /// Whether `guid` is in it.
  func names(_ guid: GUID) -> Bool { stub.firstRange(of: guid.bytes) != nil }
}

extension FakeController {
  /// A controller that lets anyone bind, and answers requests for changes.
  convenience init(
    _ manner: Manner = Manner(), changes: @escaping @Sendable (SeenRequest) -> Answer
  ) {
    self.init(manner) { operation, stub in
      switch operation {
      case 0: .reply(Self.bound())
      case 3: changes(SeenRequest(stub: stub))
      default: .reply([UInt8](repeating: 0, count: 24))
      }
    }
  }

  /// The answer to a bind of a controller that can do all that is needed, or what `extensions` say.
  static func bound(
    _ extensions: UInt32 = 0x0500_8001 | 0x0400_0000, handle: UInt8 = 3, epoch: UInt32 = 0
  ) -> [UInt8] {
    var writer = NDRWriter()
    writer.pointer()
    for number in [28, 28, extensions] { writer.add(number) }
    writer.zeros(20)
    writer.add(epoch)
    writer.add([UInt8](repeating: handle, count: 20))
    writer.add(UInt32(0))
    return writer.bytes
  }

  /// Where this controller is.
  var settings: ReplicationSettings {
    var settings = ReplicationSettings(
      hosts: ["127.0.0.1"], domain: "contoso.com", account: "sync"
    ) { Secret("x") }
    settings.mapperPort = port
    settings.patience = 10
    return settings
  }

  /// A reader of this controller that waits for `patience` seconds.
  func reader(patience: Double = 10) -> DirectoryReplicator {
    var settings = settings
    settings.patience = patience
    return DirectoryReplicator(settings) { _, _ in FakeContext() }
  }
}

extension DirectoryReplicator {
  /// The error of a read from the beginning; nil if it succeeds.
  func failure(since cursor: ReplicationCursor? = nil) async -> ReplicationError? {
    do {
      _ = try await changes(since: cursor)
      return nil
    } catch {
      return error as? ReplicationError
    }
  }
}
