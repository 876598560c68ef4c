/// Positions and lengths in text.
///
/// A position counts Unicode scalars. That is what .NET counts for all but the characters beyond
/// U+FFFF, which it holds as two; counting such a pair as one keeps every function from cutting it
/// in half, as Entra Connect did before 2.1.1.0. A combining mark counts by itself, as in .NET.
enum Text {
  /// The number of characters.
  static func length(_ text: String) -> Int {
    withBytes(of: text) { bytes in scalars(in: bytes[...]) }
  }

  /// The first `count` characters; all if there are fewer.
  static func prefix(_ text: String, _ count: Int) -> String {
    if count >= text.utf8.count { return text }
    return slice(text, from: 0, count: count)
  }

  /// `count` characters from the place `start`, counted from 0; fewer if the text ends.
  static func slice(_ text: String, from start: Int, count: Int) -> String {
    guard count > 0 else { return "" }
    return withBytes(of: text) { bytes in
      let first = offset(of: start, in: bytes, from: 0)
      let end = count >= bytes.count ? bytes.count : offset(of: count, in: bytes, from: first)
      return String(decoding: UnsafeBufferPointer(rebasing: bytes[first..<end]), as: UTF8.self)
    }
  }

  /// Whether both texts are the same, scalar by scalar.
  static func isSame(_ a: String, _ b: String) -> Bool {
    a.utf8.count == b.utf8.count && a.utf8.elementsEqual(b.utf8)
  }

  /// Calls `body` with the bytes in UTF-8, without copying them where they lie in one piece.
  static func withBytes<Result>(
    of text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Result
  ) -> Result {
    var text = text
    return text.withUTF8(body)
  }

  /// The number of scalars that start in these bytes.
  static func scalars(in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    var count = 0
    for byte in bytes where byte & 0xC0 != 0x80 { count += 1 }
    return count
  }

  /// Where the scalar `position` places after the one at `start` begins, or the end.
  static func offset(
    of position: Int, in bytes: UnsafeBufferPointer<UInt8>, from start: Int
  ) -> Int {
    var left = position
    var index = start
    while index < bytes.count {
      if bytes[index] & 0xC0 != 0x80 {
        if left == 0 { return index }
        left -= 1
      }
      index += 1
    }
    return bytes.count
  }
}
