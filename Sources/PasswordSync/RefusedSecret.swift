public import Secrets
import Synchronization

/// The secret of a service's account that a server has refused.
///
/// It is not tried again for a while: each try counts as a bad sign-in, and brings the account nearer
/// to being locked, by which others may work as well. Another secret is tried at once.
public final class RefusedSecret<Failure: Error>: Sendable {
  private struct Refusal {
    let mark: SecretBytes
    let failure: Failure
    let moment: ContinuousClock.Instant
  }

  private let known = Mutex<Refusal?>(nil)
  private let now: @Sendable () -> ContinuousClock.Instant

  /// No secret yet.
  ///
  /// - Parameter now: The time.
  public init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) { self.now = now }

  /// What to tell a person beside the refusal.
  public static var hint: String { "The same secret is tried again after 15 minutes" }
  private static var patience: Duration { .seconds(900) }

  /// What tells secrets apart: a digest of one.
  public static func mark(of secret: String) -> SecretBytes { PasswordHash.ntHash(of: secret) }

  /// What the server said, if this secret was refused and is not to be tried again yet.
  public func failure(of mark: SecretBytes) -> Failure? {
    known.withLock { known in
      guard let refusal = known, refusal.mark.isEqual(to: mark) else { return nil }
      guard now() - refusal.moment < Self.patience else {
        known = nil
        return nil
      }
      return refusal.failure
    }
  }

  /// Notes that a secret was refused.
  public func note(_ failure: Failure, of mark: SecretBytes) {
    let refusal = Refusal(mark: mark, failure: failure, moment: now())
    known.withLock { $0 = refusal }
  }
}
