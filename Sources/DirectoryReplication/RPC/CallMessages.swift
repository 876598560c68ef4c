/// A part of a call as it is sent (C706 §12.6.4.9).
struct RequestMessage {
  /// The length of header and call header.
  static let headLength = 24

  var call: UInt32
  var operation: UInt16
  /// How many bytes of the call come with this part and after it.
  var remaining: Int
  var flags: PDUHeader.Flags

  /// Header and call header of a unit with `length` bytes in all.
  func head(length: Int, authentication: Int) -> [UInt8] {
    var writer = NDRWriter()
    writer.add(
      PDUHeader(
        kind: .request, flags: flags, length: length, authenticationLength: authentication,
        call: call
      ).bytes)
    writer.add(UInt32(truncatingIfNeeded: remaining))
    writer.add(UInt16(0))
    writer.add(operation)
    return writer.bytes
  }
}

/// A part of an answer (C706 §12.6.4.10): where in its unit the data is.
struct ResponseMessage {
  /// The length of header and call header.
  static let headLength = 24

  /// The data with its padding, as it came.
  let data: ArraySlice<UInt8>

  /// What `unit` holds.
  static func read(_ unit: ProtocolUnit) throws(MalformedMessage) -> ResponseMessage {
    let end = try unit.authenticationStart()
    guard end >= headLength else {
      throw MalformedMessage(expected: "the head of an answer", offset: end)
    }
    return ResponseMessage(data: unit.bytes[headLength..<end])
  }
}
