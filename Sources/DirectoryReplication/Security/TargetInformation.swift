/// What a server says of itself in its challenge: a list of attributes ([MS-NLMP] §2.2.2.1).
struct TargetInformation: Hashable {
  /// The kinds of attributes that matter here.
  enum Kind {
    static let end: UInt16 = 0
    static let flags: UInt16 = 6
    static let time: UInt16 = 7
    static let targetName: UInt16 = 9
  }
  // The flag that an integrity code follows.
  private static let integrity: UInt32 = 2

  /// An attribute.
  struct Pair: Hashable {
    let kind: UInt16
    let value: [UInt8]
  }

  /// The attributes in their order, without the end.
  var pairs: [Pair] = []

  /// The list that `bytes` are.
  static func read(_ bytes: some Collection<UInt8>) throws(MalformedMessage) -> TargetInformation {
    var reader = NDRReader(Array(bytes))
    var list = TargetInformation()
    while reader.rest > 0 {
      let head = Array(try reader.bytes(4))
      let kind = UInt16(head[0]) | UInt16(head[1]) << 8
      if kind == Kind.end { break }
      let value = try reader.bytes(Int(head[2]) | Int(head[3]) << 8)
      list.pairs.append(Pair(kind: kind, value: Array(value)))
    }
    return list
  }

  /// The server's time as a FILETIME of eight bytes.
  var time: [UInt8]? { pairs.first { $0.kind == Kind.time && $0.value.count == 8 }?.value }

  /// The list with the flag that the client's answer bears an integrity code.
  var withIntegrity: TargetInformation {
    var copy = self
    let place = pairs.firstIndex { $0.kind == Kind.flags && $0.value.count == 4 }
    let old = place.map { pairs[$0].value } ?? [0, 0, 0, 0]
    let pair = Pair(kind: Kind.flags, value: [old[0] | UInt8(Self.integrity)] + old[1...])
    if let place { copy.pairs[place] = pair } else { copy.pairs.append(pair) }
    return copy
  }

  /// The list with the name of the service that is asked for, in place of one that is there.
  func with(serviceName: String) -> TargetInformation {
    var copy = self
    copy.pairs.removeAll { $0.kind == Kind.targetName }
    copy.pairs.append(Pair(kind: Kind.targetName, value: serviceName.utf16LE))
    return copy
  }

  /// The list as it is sent, with its end.
  var bytes: [UInt8] {
    var writer = NDRWriter()
    for pair in pairs + [Pair(kind: Kind.end, value: [])] {
      writer.add([UInt8(truncatingIfNeeded: pair.kind), UInt8(pair.kind >> 8)])
      let count = pair.value.count
      writer.add([UInt8(truncatingIfNeeded: count), UInt8(truncatingIfNeeded: count >> 8)])
      writer.add(pair.value)
    }
    return writer.bytes
  }
}
