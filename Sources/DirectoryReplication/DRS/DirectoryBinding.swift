import Directory

/// The beginning and end of a session with the replication service ([MS-DRSR] §4.1.3 and §4.1.25).
enum DirectoryBinding {
  static let bindOperation: UInt16 = 0
  static let unbindOperation: UInt16 = 1

  // The id by which programs that are no controllers say what they are ([MS-DRSR] §5,
  // NTDSAPI_CLIENT_GUID).
  private static let client = GUID(0xE24D_201A, 0x4FD6, 0x11D1, 0xA3DA_0000_F875_AE0D)

  /// What each side can do ([MS-DRSR] §5.39, `DRS_EXTENSIONS_INT`).
  struct Extensions: OptionSet, Hashable, Sendable {
    let rawValue: UInt32
    static let base = Extensions(rawValue: 0x0000_0001)
    /// Secrets are enciphered under the session's key.
    static let strongEncryption = Extensions(rawValue: 0x0000_8000)
    static let requestV8 = Extensions(rawValue: 0x0100_0000)
    static let replyV6 = Extensions(rawValue: 0x0400_0000)

    /// What this side offers, and the other must have.
    static let needed: Extensions = [.base, .strongEncryption, .requestV8, .replyV6]
  }

  /// What a server answers to the beginning.
  struct Answer: Hashable {
    /// Names the session in every call.
    let handle: [UInt8]
    let extensions: Extensions
    /// How often the domain was renamed, as a number that both sides must name; 0 if it never was
    /// ([MS-DRSR] §5.39, `dwReplEpoch`).
    let epoch: UInt32
    /// The status; 0 is success.
    let status: UInt32
  }

  /// The parameters of `IDL_DRSBind`.
  ///
  /// - Parameter epoch: the domain's ``Answer/epoch``, once it is known.
  static func request(epoch: UInt32 = 0) -> [UInt8] {
    // Flags, site, process, epoch; the rest of the structure may be left out.
    var extensions = NDRWriter()
    extensions.add(Extensions.needed.rawValue)
    extensions.zeros(16)
    extensions.add(UInt32(0))
    extensions.add(epoch)
    var writer = NDRWriter()
    writer.pointer()
    writer.add(client)
    writer.pointer()
    writer.add(UInt32(extensions.bytes.count))
    writer.add(UInt32(extensions.bytes.count))
    writer.add(extensions.bytes)
    writer.align(4)
    return writer.bytes
  }

  /// What an answer of `IDL_DRSBind` says.
  static func read(_ answer: [UInt8]) throws(MalformedMessage) -> Answer {
    var reader = NDRReader(answer)
    var extensions = Extensions.needed
    var epoch: UInt32 = 0
    if try reader.pointer() {
      let count = try reader.count("bytes of extensions", size: 1)
      try reader.conformance("bytes of extensions", is: count)
      let bytes = try reader.bytes(count)
      extensions = Extensions(rawValue: number(bytes.prefix(4)))
      if bytes.count >= 28 { epoch = number(bytes.dropFirst(24).prefix(4)) }
      reader.align(4)
    }
    let handle = Array(try reader.bytes(20))
    return Answer(
      handle: handle, extensions: extensions, epoch: epoch, status: try reader.uint32())
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
  }
}
