import Directory
import Synchronization

/// What attributes' names mean in a server's resource types, found once for each: an export asks for
/// the same few names with each object.
final class TargetMemory: Sendable {
  private struct Key: Hashable {
    var type: String
    var name: String
  }

  private let known = Mutex<[Key: ResourceWriter.Target]>([:])

  /// What `name` means in resources of the type called `type`, which `find` tells when it is not
  /// known yet; a failure is not remembered.
  func target(
    _ name: String, of type: String,
    _ find: () throws(ObjectFailure) -> ResourceWriter.Target
  ) throws(ObjectFailure) -> ResourceWriter.Target {
    let key = Key(type: type, name: name)
    if let target = known.withLock({ $0[key] }) { return target }
    let target = try find()
    known.withLock { $0[key] = target }
    return target
  }
}
