import Directory

@testable import DirectoryReplication

/// Writes answers of `IDL_DRSGetNCChanges` as a controller would ([MS-DRSR] §4.1.10.2).
struct ReplyWriter {
  /// An object in the answer.
  struct Entry {
    var object: DistinguishedObject
    /// Values by attribute, in the order in which they are written.
    var values: [(ReplicatedAttribute, [[UInt8]])] = []
    /// The version in each attribute's stamp; nil leaves stamps out.
    var version: UInt32? = 1
    var hasParent = true
  }

  var version: UInt32 = 6
  var invocation = GUID(1, 2, 3, 4)
  var root: DistinguishedObject? = DistinguishedObject(name: "DC=contoso,DC=com")
  var to = USNVector(object: 100, reserved: 0, property: 100)
  var known: [GUID: UInt64]? = [GUID(1, 2, 3, 4): 100]
  var knownVersion: UInt32 = 2
  var prefixes = PrefixTable.initial
  var entries: [Entry] = []
  var hasMore = false
  var extendedStatus: UInt32 = 0
  /// The status in the message, and the one that the call returns.
  var status: UInt32 = 0
  var result: UInt32 = 0

  /// The answer's parameters.
  var bytes: [UInt8] {
    var writer = NDRWriter()
    writer.add(version)
    writer.add(version)
    writer.align(8)
    writeHead(&writer)
    root?.write(to: &writer)
    writer.align(4)
    if let known { writeKnown(known, &writer) }
    prefixes.writeEntries(to: &writer, withSchema: true)
    for (index, entry) in entries.enumerated() {
      writeFixed(entry, isLast: index == entries.count - 1, &writer)
    }
    for entry in entries.reversed() { writeRest(entry, &writer) }
    writer.align(4)
    writer.add(result)
    return writer.bytes
  }

  private func writeHead(_ writer: inout NDRWriter) {
    writer.add(GUID(9, 9, 9, 9))
    writer.add(invocation)
    writer.pointer(root != nil)
    USNVector().write(to: &writer)
    to.write(to: &writer)
    writer.pointer(known != nil)
    prefixes.writeHead(to: &writer, withSchema: true)
    writer.add(extendedStatus)
    writer.add(UInt32(entries.count))
    writer.add(UInt32(0))
    writer.pointer(!entries.isEmpty)
    writer.add(UInt32(hasMore ? 1 : 0))
    writer.zeros(12)
    writer.pointer(false)
    writer.add(status)
  }

  private func writeKnown(_ known: [GUID: UInt64], _ writer: inout NDRWriter) {
    writer.add(UInt32(known.count))
    writer.align(8)
    for number in [knownVersion, 0, UInt32(known.count), 0] { writer.add(number) }
    for (controller, change) in known.sorted(by: { $0.key.description < $1.key.description }) {
      writer.add(controller)
      writer.add(change)
      if knownVersion == 2 { writer.add(UInt64(0)) }
    }
  }

  private func writeFixed(_ entry: Entry, isLast: Bool, _ writer: inout NDRWriter) {
    writer.pointer(!isLast)
    writer.pointer()
    writer.add(UInt32(0))
    writer.add(UInt32(entry.values.count))
    writer.pointer(!entry.values.isEmpty)
    writer.add(UInt32(0))
    writer.pointer(entry.hasParent)
    writer.pointer(entry.version != nil)
  }

  private func writeRest(_ entry: Entry, _ writer: inout NDRWriter) {
    writer.align(4)
    entry.object.write(to: &writer)
    if !entry.values.isEmpty { writeValues(entry, &writer) }
    if entry.hasParent { writer.add(GUID(7, 7, 7, 7)) }
    guard let version = entry.version else { return }
    writer.add(UInt32(entry.values.count))
    writer.align(8)
    writer.add(UInt32(entry.values.count))
    for index in entry.values.indices {
      writer.align(8)
      writer.add(version + UInt32(index))
      writer.add(UInt64(13_400_000_000))
      writer.add(invocation)
      writer.add(UInt64(50 + index))
    }
  }

  private func writeValues(_ entry: Entry, _ writer: inout NDRWriter) {
    writer.add(UInt32(entry.values.count))
    for (attribute, values) in entry.values {
      writer.add(prefixes.number(for: attribute.oid) ?? 0)
      writer.add(UInt32(values.count))
      writer.pointer(!values.isEmpty)
    }
    for (_, values) in entry.values where !values.isEmpty {
      writer.add(UInt32(values.count))
      for value in values {
        writer.add(UInt32(value.count))
        writer.pointer()
      }
      for value in values {
        writer.add(UInt32(value.count))
        writer.add(value)
        writer.align(4)
      }
    }
  }
}
