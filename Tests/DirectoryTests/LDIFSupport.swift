import Testing

@testable import Directory

#if canImport(Glibc)
  import Glibc
#endif

/// All records and faults of `text`.
func read(
  _ text: String, _ options: LDIFReader.Options = .init()
) throws -> [LDIFReader.Item] {
  try read(Array(text.utf8), options)
}

/// All records and faults of `bytes`.
func read(
  _ bytes: [UInt8], _ options: LDIFReader.Options = .init()
) throws -> [LDIFReader.Item] {
  try drain(LDIFReader(bytes: bytes, options: options))
}

func drain(_ reader: LDIFReader) throws -> [LDIFReader.Item] {
  var items: [LDIFReader.Item] = []
  while let item = try reader.next() { items.append(item) }
  return items
}

/// The records of `text`, which must have no fault.
func records(_ text: String, _ options: LDIFReader.Options = .init()) throws -> [LDIFRecord] {
  try read(text, options).compactMap { item in
    if case .record(let record) = item { return record }
    Issue.record("\(item)")
    return nil
  }
}

/// The single fault of `text`.
func fault(_ text: String, _ options: LDIFReader.Options = .init()) throws -> LDIFFault {
  let faults = try read(text, options).compactMap { item -> LDIFFault? in
    if case .fault(let fault) = item { return fault }
    return nil
  }
  #expect(faults.count == 1)
  return try #require(faults.first)
}

extension LDIFRecord {
  /// The values of `name` as text.
  func texts(_ name: AttributeName) -> [String] {
    switch body {
    case .content(let attributes), .add(let attributes):
      attributes.filter { $0.name == name }.map { String(decoding: $0.value, as: UTF8.self) }
    default: []
    }
  }
}

extension LDIFModification {
  var texts: [String] { values.map { String(decoding: $0, as: UTF8.self) } }
}

/// A folder of its own that goes away with this object.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/ldif-tests.XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

  func write(_ name: String, _ bytes: [UInt8]) throws -> String {
    let file = path + "/" + name
    let stream = try #require(fopen(file, "w"))
    fwrite(bytes, 1, bytes.count, stream)
    fclose(stream)
    return file
  }

  deinit {
    guard let handle = opendir(path) else { return }
    while let entry = readdir(handle) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { remove(path + "/" + name) }
    }
    closedir(handle)
    rmdir(path)
  }
}
