import Glibc
import Synchronization

/// Memory of which nothing gets into swap or a dump, as far as the system allows it.
///
/// Small pieces share pages, since how much may be locked is limited, and each mapping counts. What
/// was given back is used again, and stays mapped.
enum LockedMemory {
  /// Pieces are powers of two of bytes, from 16 to this many; larger ones are usual memory.
  private static let largest = 4096
  /// Bytes that are mapped at a time.
  private static let chunk = 64 << 10

  /// Addresses: of pieces that were given back, by the power of two, and of what is still untouched.
  private struct Pool {
    var free: [[UInt]] = Array(repeating: [], count: 13)
    var next: UInt = 0
    var end: UInt = 0
  }

  private static let pool = Mutex(Pool())

  /// A piece of `count` bytes, at least one.
  static func allocate(_ count: Int) -> UnsafeMutableRawBufferPointer {
    guard let power = power(of: count) else {
      return .allocate(byteCount: count, alignment: 16)
    }
    let address = pool.withLock { pool -> UInt in
      if let again = pool.free[power].popLast() { return again }
      let size = UInt(1) << UInt(power)
      if pool.end - pool.next < size {
        pool.next = map()
        pool.end = pool.next + UInt(chunk)
      }
      defer { pool.next += size }
      return pool.next
    }
    return UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(bitPattern: address), count: count)
  }

  /// Takes a piece back, which is overwritten.
  static func release(_ piece: UnsafeMutableRawBufferPointer) {
    guard let start = piece.baseAddress else { return }
    explicit_bzero(start, piece.count)
    guard let power = power(of: piece.count) else { return piece.deallocate() }
    let address = UInt(bitPattern: start)
    pool.withLock { $0.free[power].append(address) }
  }

  private static func power(of count: Int) -> Int? {
    guard count <= largest else { return nil }
    return max(4, Int.bitWidth - (count - 1).leadingZeroBitCount)
  }

  private static func map() -> UInt {
    let found = mmap(nil, chunk, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let found, UInt(bitPattern: found) != UInt.max else {
      return UInt(bitPattern: UnsafeMutableRawPointer.allocate(byteCount: chunk, alignment: 16))
    }
    // What the system refuses it refuses: it is overwritten all the same.
    _ = mlock(found, chunk)
    _ = madvise(found, chunk, MADV_DONTDUMP)
    return UInt(bitPattern: found)
  }
}
