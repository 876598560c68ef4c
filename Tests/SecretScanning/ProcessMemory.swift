import Glibc

/// The memory of a process, by what the kernel shows of it.
enum ProcessMemory {
  /// The regions that the process `id`, or `self`, may write.
  static func regions(of id: String) -> [Range<UInt>] {
    guard let file = fopen("/proc/\(id)/maps", "r") else { return [] }
    defer { fclose(file) }
    var regions: [Range<UInt>] = []
    var line = [CChar](repeating: 0, count: 512)
    while fgets(&line, Int32(line.count), file) != nil {
      let text = String(
        decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      let words = text.split(separator: " ")
      let ends = words.first?.split(separator: "-").compactMap { UInt($0, radix: 16) } ?? []
      guard words.count > 1, words[1].hasPrefix("rw"), ends.count == 2 else { continue }
      regions.append(ends[0]..<ends[1])
    }
    return regions
  }
}
