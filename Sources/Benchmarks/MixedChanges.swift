import Directory

/// A day's changes of a large directory: 5 % of the users are modified, 1 % leave, 1 % come.
enum MixedChanges {
  /// Writes a change file that fits the content file at `path`; the answer is how many records.
  ///
  /// Each `day`, from 0 to 3, is other users'.
  static func write(for path: String, to file: String, day: Int) throws -> Int {
    let reader = try LDIFReader(path: path)
    let writer = try LDIFWriter(path: file)
    writer.version()
    var number = 0
    var written = 0
    while let item = try reader.next() {
      guard case .record(let record) = item, case .content(let attributes) = record.body,
        attributes.contains(where: { $0.name == "sAMAccountName" })
      else { continue }
      number += 1
      for change in changes(record, attributes, number + day) {
        try writer.record(change)
        written += 1
      }
    }
    try writer.close()
    return written
  }

  private static func changes(
    _ record: LDIFRecord, _ attributes: [LDIFAttribute], _ number: Int
  ) -> [LDIFRecord] {
    switch number % 100 {
    case 7: [LDIFRecord(dn: record.dn, body: .delete)]
    case 11, 31, 51, 71, 91:
      [
        LDIFRecord(
          dn: record.dn,
          body: .modify([
            LDIFModification(.replace, "title", values: [bytes("Changed \(number)")])
          ]))
      ]
    case 50: [newcomer(like: record, attributes, number)]
    default: []
    }
  }

  /// Somebody new with the attributes of somebody else, but for those that name a person.
  private static func newcomer(
    like record: LDIFRecord, _ attributes: [LDIFAttribute], _ number: Int
  ) -> LDIFRecord {
    let parent = record.dn.drop { $0 != "," }
    let names: Set<AttributeName> = [
      "sAMAccountName", "userPrincipalName", "mail", "proxyAddresses", "cn", "employeeID",
    ]
    let changed = attributes.map { attribute in
      var attribute = attribute
      if attribute.name == "objectGUID" || attribute.name == "objectSid" {
        // The last bytes of a SID count accounts, and those of a GUID are random.
        var own = Array(attribute.value)
        let bytes = withUnsafeBytes(of: UInt32(number).littleEndian, Array.init)
        own.replaceSubrange((own.count - 4)..., with: bytes)
        own[own.count - 1] |= 0x40
        attribute.value = own[...]
      } else if names.contains(attribute.name) {
        attribute.value = attribute.value + Array("-new".utf8)
      }
      return attribute
    }
    return LDIFRecord(dn: "CN=New \(number)" + parent, body: .add(changed))
  }

  private static func bytes(_ text: String) -> ArraySlice<UInt8> { Array(text.utf8)[...] }
}
