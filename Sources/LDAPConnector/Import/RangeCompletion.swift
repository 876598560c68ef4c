import Directory

/// Gets the values of large attributes that a server gives in parts, to the last one.
///
/// Half a group never passes for the whole: what can't be completed is an error of the object.
struct RangeCompletion: Sendable {
  let connection: LDAPConnection
  /// The object.
  let dn: DistinguishedName

  /// How often an object is read anew that changes while it is read.
  private static let attempts = 5
  // What changes when an object does, by the products.
  private static let stamps = ["uSNChanged", "entryCSN", "modifyTimestamp"]

  /// The answers that hold all values of what `object` has not got whole.
  ///
  /// - Throws: ``DiscoveryError`` if the server does not give them; ``LDAPError`` if the connection
  ///   broke.
  func parts(of object: EntryMapper.Mapped) async throws -> [(AttributeName, [SearchEntry])] {
    var all: [(AttributeName, [SearchEntry])] = []
    for attribute in object.unfinished {
      all.append((attribute.name, try await parts(of: attribute)))
    }
    return all
  }

  /// The answers that hold all values together.
  ///
  /// - Throws: ``DiscoveryError`` if the server does not give them; ``LDAPError`` if the connection
  ///   broke.
  func parts(of attribute: EntryMapper.Unfinished) async throws -> [SearchEntry] {
    for _ in 0..<Self.attempts {
      if let parts = try await read(attribute) { return parts }
    }
    throw fault(
      attribute.name, "changed each time that it was read to its end",
      "The next import reads it again.")
  }

  /// All parts from the first on; nil if the object changed meanwhile, so that values may have
  /// moved from one part to another.
  private func read(_ attribute: EntryMapper.Unfinished) async throws -> [SearchEntry]? {
    var parts: [SearchEntry] = []
    var stamp: [[UInt8]]?
    var range = ValueRange(first: 0, last: attribute.range.last)
    while true {
      let part = try await part(attribute.name, range)
      let now = Self.stamps.flatMap { part[$0] }
      guard stamp ?? now == now else { return nil }
      stamp = now
      // Samba answers with nothing where there is nothing behind the end.
      guard let found = Self.values(of: attribute.name, in: part) else { return parts }
      parts.append(part)
      guard let got = found.range, let last = got.last else { return parts }
      let size = last - got.first + 1
      guard got.first == range.first, size == found.count else {
        throw fault(
          attribute.name,
          "came as \(got.option) with \(found.count) values, asked for as \(range.option)",
          "Look at the server's log.")
      }
      range = ValueRange(first: last + 1, last: last + size)
    }
  }

  private func part(_ name: AttributeName, _ range: ValueRange) async throws -> SearchEntry {
    let wanted = [name.text + ";" + range.option] + Self.stamps
    guard let found = try await connection.entry(dn.text, wanted) else {
      throw fault(
        name, "can't be read to its end: the object has gone",
        "The next import shows what became of it.")
    }
    return found
  }

  private static func values(
    of name: AttributeName, in entry: SearchEntry
  ) -> (range: ValueRange?, count: Int)? {
    var found: (ValueRange?, Int)?
    entry.forEachAttribute { place, values in
      guard !values.isEmpty, let description = AttributeDescription(entry.bytes[place]),
        description.name == name
      else { return }
      found = (description.range, values.count)
    }
    return found
  }

  private func fault(_ name: AttributeName, _ reason: String, _ hint: String) -> DiscoveryError {
    DiscoveryError(
      .readError, dn: dn.text, location: "", message: "\(name) \(reason)", hint: hint,
      attribute: name.text)
  }
}
