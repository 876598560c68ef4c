#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Writes LDIF (RFC 2849): folded at 76 columns, values in Base64 where §3 demands it.
public final class LDIFWriter {
  private static let width = 76
  private static let flushSize = 256 << 10

  private let path: String
  private let descriptor: Int32
  private var isClosed = false

  /// What has been written and not yet handed to the file; everything if there is no file.
  public private(set) var bytes: [UInt8] = []

  /// A writer that keeps all in memory.
  public init() {
    path = "(memory)"
    descriptor = -1
  }

  /// A writer that creates or replaces the file at `path`.
  ///
  /// - Throws: ``LDIFFileError``.
  public init(path: String) throws(LDIFFileError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw LDIFFileError(path: path, operation: "open", code: errno) }
    bytes.reserveCapacity(Self.flushSize + 8192)
  }

  deinit {
    if descriptor >= 0, !isClosed { _ = closeDescriptor(descriptor) }
  }

  /// Writes the version line.
  public func version() { bytes.append(contentsOf: "version: 1\n".utf8) }

  /// Writes `text` as a comment; every line of it becomes one.
  public func comment(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      bytes.append(contentsOf: "# ".utf8)
      bytes.append(contentsOf: line.utf8)
      bytes.append(0x0A)
    }
  }

  /// Writes one line: `description` is an attribute with its options, or a keyword such as `dn`.
  public func line(_ description: String, _ value: String) {
    var value = value
    value.withUTF8 { put(description, $0) }
  }

  /// Writes one line whose value is bytes.
  public func line(_ description: String, _ value: some Collection<UInt8>) {
    let isDone: Void? = value.withContiguousStorageIfAvailable { put(description, $0) }
    if isDone == nil { Array(value).withUnsafeBufferPointer { put(description, $0) } }
  }

  private func put(_ description: String, _ value: UnsafeBufferPointer<UInt8>) {
    let start = bytes.count
    bytes.append(contentsOf: description.utf8)
    bytes.append(0x3A)
    if Self.isSafe(value) {
      if !value.isEmpty {
        bytes.append(0x20)
        bytes.append(contentsOf: value)
      }
    } else {
      bytes.append(contentsOf: ": ".utf8)
      bytes.append(contentsOf: Base64.encode(value))
    }
    if bytes.count - start > Self.width { fold(from: start) }
    bytes.append(0x0A)
  }

  /// Writes `text` as it is, line end included: for content that is wrong on purpose.
  public func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Ends a record by a blank line.
  ///
  /// - Throws: ``LDIFFileError`` if what was gathered can't be written.
  public func endRecord() throws(LDIFFileError) {
    bytes.append(0x0A)
    if descriptor >= 0, bytes.count >= Self.flushSize { try flush() }
  }

  /// Writes everything out and closes the file.
  ///
  /// - Throws: ``LDIFFileError``, also for what the system tells only now.
  public func close() throws(LDIFFileError) {
    guard descriptor >= 0, !isClosed else { return }
    try flush()
    isClosed = true
    guard closeDescriptor(descriptor) == 0 else {
      throw LDIFFileError(path: path, operation: "write", code: errno)
    }
  }

  private func flush() throws(LDIFFileError) {
    var written = 0
    var code: Int32 = 0
    bytes.withUnsafeBytes { all in
      while written < all.count, code == 0 {
        let count = write(descriptor, all.baseAddress.map { $0 + written }, all.count - written)
        if count < 0 { code = errno == EINTR ? 0 : errno } else { written += count }
      }
    }
    bytes.removeAll(keepingCapacity: true)
    guard code == 0 else { throw LDIFFileError(path: path, operation: "write", code: code) }
  }

  private func fold(from start: Int) {
    let line = Array(bytes[start...])
    bytes.removeSubrange(start...)
    bytes.append(contentsOf: line[..<Self.width])
    var place = Self.width
    while place < line.count {
      let next = min(place + Self.width - 1, line.count)
      bytes.append(0x0A)
      bytes.append(0x20)
      bytes.append(contentsOf: line[place..<next])
      place = next
    }
  }

  /// Whether `value` may stand as it is: SAFE-STRING of RFC 2849, and no space at its end.
  static func isSafe(_ value: some Collection<UInt8>) -> Bool {
    var isFirst = true
    var last: UInt8 = 0
    for byte in value {
      if byte >= 0x80 || byte < 0x20 || byte == 0x7F { return false }
      if isFirst, byte == 0x20 || byte == 0x3A || byte == 0x3C { return false }
      isFirst = false
      last = byte
    }
    return last != 0x20
  }
}

extension LDIFWriter {
  /// Writes a whole record with its blank line.
  ///
  /// - Throws: ``LDIFFileError`` if what was gathered can't be written.
  public func record(_ record: LDIFRecord) throws(LDIFFileError) {
    line("dn", record.dn)
    for control in record.controls { put(control) }
    switch record.body {
    case .content(let attributes): put(attributes)
    case .add(let attributes):
      line("changetype", "add")
      put(attributes)
    case .delete: line("changetype", "delete")
    case .modify(let parts): put(parts)
    case .rename(let newRDN, let deletesOldRDN, let newSuperior):
      line("changetype", newSuperior == nil ? "modrdn" : "moddn")
      line("newrdn", newRDN)
      line("deleteoldrdn", deletesOldRDN ? "1" : "0")
      if let newSuperior { line("newsuperior", newSuperior) }
    }
    try endRecord()
  }

  private func put(_ control: LDIFControl) {
    var text = control.oid + (control.isCritical ? " true" : " false")
    if let value = control.value {
      text += ":: " + String(decoding: Base64.encode(value), as: UTF8.self)
    }
    line("control", text)
  }

  private func put(_ attributes: [LDIFAttribute]) {
    for attribute in attributes {
      line(Self.describe(attribute.name, attribute.options), attribute.value)
    }
  }

  private func put(_ parts: [LDIFModification]) {
    line("changetype", "modify")
    for part in parts {
      let description = Self.describe(part.name, part.options)
      line(part.operation.rawValue, description)
      for value in part.values { line(description, value) }
      raw("-\n")
    }
  }

  private static func describe(_ name: AttributeName, _ options: [String]) -> String {
    options.isEmpty ? name.text : name.text + ";" + options.joined(separator: ";")
  }
}
