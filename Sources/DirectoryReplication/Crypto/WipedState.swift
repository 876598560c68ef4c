import Glibc

/// The state of a digest or cipher in memory that is overwritten at its end: what is left of it
/// could tell the key.
struct WipedState<State>: ~Copyable {
  /// Where the state is.
  let pointer: UnsafeMutablePointer<State>

  /// A place for `state`, as it is before a key went in.
  init(_ state: State) {
    pointer = .allocate(capacity: 1)
    pointer.initialize(to: state)
  }

  deinit {
    explicit_bzero(pointer, MemoryLayout<State>.size)
    pointer.deallocate()
  }
}
