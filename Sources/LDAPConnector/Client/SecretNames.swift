import Directory

/// Names of attributes whose values must not be copied out of an answer.
struct SecretNames: Sendable {
  // In lower case, as bytes; and a bit for each length that occurs.
  private var names: [[UInt8]] = []
  private var lengths: UInt64 = 0

  init(_ names: some Sequence<AttributeName>) {
    for name in names {
      let bytes = Array(name.text.lowercased().utf8)
      self.names.append(bytes)
      lengths |= 1 << UInt64(min(bytes.count, 63))
    }
  }

  /// Whether `description` is one of the attributes, with or without options.
  func contain(_ description: UnsafeBufferPointer<UInt8>) -> Bool {
    guard lengths != 0 else { return false }
    var count = 0
    while count < description.count, description[count] != 0x3B { count += 1 }
    guard lengths & (1 << UInt64(min(count, 63))) != 0 else { return false }
    return names.contains { name in
      guard name.count == count else { return false }
      for index in 0..<count {
        let byte = description[index]
        let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        if lower != name[index] { return false }
      }
      return true
    }
  }
}

/// What of a search's entries is read.
struct EntryReading: Sendable {
  /// Each entry's controls.
  var controls: Bool
  /// The attribute whose values are handed out as secrets; nil if none is.
  var secret: SecretNames?

  /// What `search` asks for.
  init(_ search: LDAPSearch) {
    controls = search.readsEntryControls
    secret = search.secret.map { SecretNames([$0]) }
  }
}
