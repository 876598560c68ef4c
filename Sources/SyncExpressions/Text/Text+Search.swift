extension Text {
  /// The place of the first `needle` at or after `start`, all counted from 0; nil without one.
  static func first(_ needle: String, in text: String, from start: Int) -> Int? {
    withBytes(of: text) { bytes in
      withBytes(of: needle) { wanted in
        let from = offset(of: start, in: bytes, from: 0)
        guard wanted.count <= bytes.count - from else { return nil }
        for place in from...(bytes.count - wanted.count) where matches(wanted, bytes, at: place) {
          return scalars(in: bytes[..<place])
        }
        return nil
      }
    }
  }

  /// The place of the last `needle` that ends at or before `end`, counted from 0; nil without one.
  static func last(_ needle: String, in text: String, before end: Int) -> Int? {
    withBytes(of: text) { bytes in
      withBytes(of: needle) { wanted in
        let limit = end >= bytes.count ? bytes.count : offset(of: end, in: bytes, from: 0)
        var place = limit - wanted.count
        while place >= 0 {
          if matches(wanted, bytes, at: place) { return scalars(in: bytes[..<place]) }
          place -= 1
        }
        return nil
      }
    }
  }

  /// The steps that it takes at worst to look for `needle` in `text`.
  static func searchSteps(_ needle: String, in text: String) -> Int {
    1 + text.utf8.count / 64 * (1 + needle.utf8.count / 8)
  }

  private static func matches(
    _ wanted: UnsafeBufferPointer<UInt8>, _ bytes: UnsafeBufferPointer<UInt8>, at place: Int
  ) -> Bool {
    var index = 0
    while index < wanted.count {
      if wanted[index] != bytes[place + index] { return false }
      index += 1
    }
    return true
  }
}
