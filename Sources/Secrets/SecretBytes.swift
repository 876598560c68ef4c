/// Bytes that nobody may see: a key, or the hash of a password.
///
/// They live in one piece of memory that gets into no swap and no dump, and is overwritten when the
/// last reference goes. Printing, dumping and reflecting say `(secret)`; there is no way into text,
/// and nothing here can be encoded.
public final class SecretBytes: Sendable, CustomStringConvertible, CustomDebugStringConvertible,
  CustomReflectable
{
  // Written by the initializer only, and read until the end.
  private nonisolated(unsafe) let memory: UnsafeMutableRawBufferPointer

  /// As many bytes as `count` says, which `fill` writes; they are zero before.
  public init<E: Error>(
    count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws(E) -> Void
  ) throws(E) {
    memory = LockedMemory.allocate(max(count, 1))
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    let room = UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
    self.count = count
    try fill(room)
  }

  /// How many bytes there are.
  public let count: Int

  /// A copy of `bytes`, whose own memory stays as it is.
  public convenience init(_ bytes: some Collection<UInt8>) {
    self.init(count: bytes.count) { $0.copyBytes(from: bytes) }
  }

  /// A copy of `bytes` that `change` works on.
  package convenience init(
    _ bytes: some Collection<UInt8>, changedBy change: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    self.init(count: bytes.count) {
      $0.copyBytes(from: bytes)
      change($0)
    }
  }

  /// A copy of `secret` that `change` works on.
  package convenience init(
    _ secret: SecretBytes, changedBy change: (UnsafeMutableRawBufferPointer) -> Void
  ) {
    self.init(count: secret.count) { memory in
      secret.withBytes { memory.copyMemory(from: $0) }
      change(memory)
    }
  }

  deinit { LockedMemory.release(memory) }

  /// What `body` makes of the bytes; it must keep no copy.
  public func withBytes<R, E: Error>(
    _ body: (UnsafeRawBufferPointer) throws(E) -> R
  ) throws(E) -> R {
    try body(UnsafeRawBufferPointer(rebasing: memory[..<count]))
  }

  /// Whether both are the same bytes, found out in a time that does not tell where they differ.
  public func isEqual(to other: SecretBytes) -> Bool {
    guard count == other.count else { return false }
    return withBytes { mine in
      other.withBytes { theirs in
        zip(mine, theirs).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
      }
    }
  }

  /// Always `(secret)`.
  public var description: String { "(secret)" }
  /// Always `(secret)`.
  public var debugDescription: String { "(secret)" }
  /// A mirror without children.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
