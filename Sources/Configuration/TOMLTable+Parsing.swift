import CTOML

extension TOMLTable {
  /// The table that `text` spells.
  ///
  /// - Parameter file: The name of the file for the places.
  /// - Throws: ``ConfigurationError`` with the place where `text` breaks TOML's grammar.
  public static func parse(_ text: String, file: String) throws(ConfigurationError) -> TOMLTable {
    let source = SourceText(text)
    var text = text
    let document = text.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { ctoml_parse($0.baseAddress, $0.count) }
    }
    guard let document else {
      throw ConfigurationError(message: "There is not enough memory to read \(file)")
    }
    defer { ctoml_free(document) }
    var at = ctoml_place()
    if let error = ctoml_error(document, &at) {
      throw ConfigurationError(
        place: SourcePlace(file: file, line: Int(at.line), column: Int(at.column)),
        message: "This is not TOML: \(String(cString: error))", hint: "see https://toml.io")
    }
    var count = 0
    let nodes = UnsafeBufferPointer(start: ctoml_nodes(document, &count), count: count)
    var reader = NodeReader(nodes: nodes, file: file, source: source)
    return reader.root()
  }
}

/// Walks the flat list of nodes that the C side hands over.
private struct NodeReader {
  let nodes: UnsafeBufferPointer<ctoml_node>
  let file: String
  let source: SourceText
  var next = 0

  mutating func root() -> TOMLTable {
    let node = nodes[next]
    next += 1
    return table(node)
  }

  private mutating func table(_ node: ctoml_node) -> TOMLTable {
    var entries: [TOMLTable.Entry] = []
    entries.reserveCapacity(node.children)
    for _ in 0..<node.children {
      let child = nodes[next]
      let key = text(child.key, child.key_length)
      entries.append(TOMLTable.Entry(key: key, place: place(child.key_place), value: value()))
    }
    return TOMLTable(entries: entries, place: place(node.place))
  }

  private mutating func value() -> TOMLValue {
    let node = nodes[next]
    next += 1
    var value = TOMLValue(kind(node), place: place(node.place))
    if case .string = value.kind { value.source = source }
    return value
  }

  private mutating func kind(_ node: ctoml_node) -> TOMLValue.Kind {
    switch node.kind {
    case CTOML_TABLE: return .table(table(node))
    case CTOML_ARRAY:
      var values: [TOMLValue] = []
      for _ in 0..<node.children { values.append(value()) }
      return .array(values)
    case CTOML_INTEGER: return .integer(node.integer)
    case CTOML_FLOAT: return .float(node.real)
    case CTOML_BOOLEAN: return .boolean(node.boolean)
    case CTOML_DATE_TIME: return .dateTime(text(node.text, node.text_length))
    default: return .string(text(node.text, node.text_length))
    }
  }

  // An empty file's root has no place of its own; it starts where every file starts.
  private func place(_ place: ctoml_place) -> SourcePlace {
    SourcePlace(file: file, line: max(1, Int(place.line)), column: max(1, Int(place.column)))
  }

  private func text(_ start: UnsafePointer<CChar>?, _ count: Int) -> String {
    guard let start else { return "" }
    return start.withMemoryRebound(to: UInt8.self, capacity: count) {
      String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
    }
  }
}
