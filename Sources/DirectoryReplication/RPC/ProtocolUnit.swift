/// One protocol data unit as it came: header, body, and what is at its end.
struct ProtocolUnit: Sendable {
  /// The header.
  let header: PDUHeader
  /// All bytes, with the header.
  let bytes: [UInt8]

  /// The token of the authentication at the end; empty if there is none.
  var token: ArraySlice<UInt8> { bytes.suffix(header.authenticationLength) }

  /// Where the authentication begins, which is the end if there is none.
  func authenticationStart() throws(MalformedMessage) -> Int {
    guard header.authenticationLength > 0 else { return bytes.count }
    let start = bytes.count - header.authenticationLength - AuthenticationTrailer.length
    guard start >= PDUHeader.length else {
      throw MalformedMessage(expected: "a unit that holds its authentication", offset: bytes.count)
    }
    return start
  }
}
