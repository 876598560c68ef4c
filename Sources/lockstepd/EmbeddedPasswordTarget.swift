import PasswordSync
import Synchronization
import Workspace

/// The workspace's own tenant as a target of passwords: sees that it runs, and follows it when it
/// comes back at another port.
final class EmbeddedPasswordTarget: PasswordTarget {
  private struct Current {
    var url: String
    var target: any PasswordTarget
  }
  private let tenant: TenantKeeper
  private let make: @Sendable (String) -> any PasswordTarget
  private let current = Mutex<Current?>(nil)

  /// A target that `make` builds for a URL.
  init(tenant: TenantKeeper, make: @escaping @Sendable (String) -> any PasswordTarget) {
    self.tenant = tenant
    self.make = make
  }

  func provision(_ changes: [PasswordChange]) async throws -> [PasswordAnswer] {
    try await target().provision(changes)
  }

  func ping() async throws { try await target().ping() }

  private func target() async throws -> any PasswordTarget {
    let url: String
    do {
      url = try await tenant.url()
    } catch let error as WorkspaceError {
      throw PasswordTargetFailure(error.message, hint: error.hint)
    }
    return current.withLock { current in
      if let known = current, known.url == url { return known.target }
      let target = make(url)
      current = Current(url: url, target: target)
      return target
    }
  }
}
