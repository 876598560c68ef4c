import Dispatch
import Foundation
import Glibc
import Synchronization

/// Looks for bytes in all memory that this process may write, as whoever reads a core dump would.
///
/// The pattern is kept under a mask, so that the search does not find itself.
package struct MemoryScan: Sendable {
  private static let mask: UInt8 = 0xA5
  // The window of one scan is memory in which another would find what it saw.
  private static let turn = Mutex(())
  private let masked: [UInt8]

  /// A scan for `pattern`, of which `next` gives one byte after the other.
  package init(count: Int, _ next: (Int) -> UInt8) {
    masked = (0..<count).map { next($0) ^ Self.mask }
  }

  /// How many times the bytes of each scan stand in memory after `work`, on whose stack nothing else
  /// has been since.
  package static func counts(_ scans: [MemoryScan], after work: @escaping @Sendable () -> Void)
    -> [Int]
  {
    let (done, looked) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    Thread.detachNewThread {
      work()
      done.signal()
      looked.wait()
    }
    done.wait()
    defer { looked.signal() }
    return scans.map { $0.count() }
  }

  /// How many times the bytes stand in memory.
  package func count() -> Int { Self.turn.withLock { _ in countNow() } }

  private func countNow() -> Int {
    let needle = UnsafeMutableRawBufferPointer.allocate(byteCount: masked.count, alignment: 16)
    let window = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 4096)
    defer {
      for room in [needle, window] {
        room.initializeMemory(as: UInt8.self, repeating: 0)
        room.deallocate()
      }
    }
    for (index, byte) in masked.enumerated() { needle[index] = byte ^ Self.mask }
    let own = [needle, window].map {
      UInt(bitPattern: $0.baseAddress)..<UInt(bitPattern: $0.baseAddress) + UInt($0.count)
    }
    let memory = open("/proc/self/mem", O_RDONLY)
    defer { close(memory) }
    // A region that changes while the list of them is read may be in it twice.
    var hits: Set<UInt> = []
    for region in ProcessMemory.regions(of: "self") {
      hits.formUnion(Self.hits(memory, region, needle, window, except: own))
    }
    return hits.count
  }

  private static func hits(
    _ memory: Int32, _ region: Range<UInt>, _ needle: UnsafeMutableRawBufferPointer,
    _ window: UnsafeMutableRawBufferPointer, except own: [Range<UInt>]
  ) -> [UInt] {
    var hits: [UInt] = []
    var at = region.lowerBound
    while at < region.upperBound {
      let wanted = min(window.count, Int(region.upperBound - at))
      let count = pread(memory, window.baseAddress, wanted, off_t(at))
      guard count >= needle.count else { break }
      for offset in offsets(of: needle, in: UnsafeRawBufferPointer(rebasing: window[..<count]))
      where !own.contains(where: { $0.contains(at + UInt(offset)) }) {
        hits.append(at + UInt(offset))
      }
      // Windows overlap, so that nothing hides on their border.
      let isLast = count < wanted || at + UInt(count) >= region.upperBound
      at += UInt(isLast ? count : count - needle.count + 1)
    }
    return hits
  }

  private static func offsets(
    of needle: UnsafeMutableRawBufferPointer, in room: UnsafeRawBufferPointer
  ) -> [Int] {
    guard let start = room.baseAddress, let pattern = needle.baseAddress else { return [] }
    var offsets: [Int] = []
    var from = 0
    let last = room.count - needle.count
    while from <= last, let found = memchr(start + from, Int32(needle[0]), last - from + 1) {
      let offset = UnsafeRawPointer(found) - start
      if memcmp(found, pattern, needle.count) == 0 { offsets.append(offset) }
      from = offset + 1
    }
    return offsets
  }
}
