import CExpat
import Configuration

/// One pass of Expat over one file.
///
/// A document type declaration is refused, so no entity can be declared: neither files nor servers
/// are ever asked for one, and nothing can grow when it is expanded.
final class XMLParser {
  private let file: XMLFile
  private let parser: OpaquePointer
  private var builder: XMLTreeBuilder
  private var failure: EntraConfigurationError?
  /// Bytes since anything was told, to find a tag without an end.
  private var silent = 0
  /// The file's first bytes.
  private var head: [UInt8] = []

  init(file: XMLFile) throws(EntraConfigurationError) {
    guard let parser = XML_ParserCreate(nil) else {
      throw EntraConfigurationError(
        place: file.path, message: "There is not enough memory to read the file",
        hint: "close other programs")
    }
    self.file = file
    self.parser = parser
    builder = XMLTreeBuilder(root: file.root, skipped: file.skipped, limits: file.limits)
    XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    setHandlers()
  }

  deinit { XML_ParserFree(parser) }

  /// Takes the next bytes of the file.
  func feed(_ bytes: ArraySlice<UInt8>) throws(EntraConfigurationError) {
    silent += bytes.count
    if head.count < 3 { head += bytes.prefix(3 - head.count) }
    let status = bytes.withUnsafeBytes { raw in
      XML_Parse(parser, raw.bindMemory(to: CChar.self).baseAddress, Int32(raw.count), 0)
    }
    try check(status)
    guard silent <= file.limits.token + 65_536 else {
      throw problem(
        "A tag or comment is longer than \(file.limits.token >> 10) KB",
        hint: "check that this is an exported configuration")
    }
  }

  /// Ends the file.
  func finish() throws(EntraConfigurationError) -> XMLElement {
    try check(XML_Parse(parser, nil, 0, 1))
    guard let root = builder.result else { throw problem("The file has no element", hint: hint) }
    return root
  }

  private func check(_ status: XML_Status) throws(EntraConfigurationError) {
    if let failure { throw failure }
    guard status == XML_STATUS_ERROR else { return }
    let code = XML_GetErrorCode(parser)
    let words = XML_ErrorString(code).map { String(cString: $0) } ?? "unknown"
    switch code {
    case XML_ERROR_UNKNOWN_ENCODING, XML_ERROR_INCORRECT_ENCODING:
      throw problem(
        "The encoding of the file is not read here: \(words)", hint: "save the file in UTF-8")
    case XML_ERROR_NO_ELEMENTS:
      throw problem("The file is empty or ends in the middle: \(words)", hint: hint)
    default:
      throw problem("This is not well-formed XML: \(words)", hint: hint)
    }
  }

  private var hint: String { "export the configuration again, and copy it whole" }

  private func problem(_ message: String, hint: String) -> EntraConfigurationError {
    EntraConfigurationError(place: "\(place)", message: message, hint: hint)
  }

  /// Where the parser stands; Expat counts lines from 1 and columns from 0, and a byte order mark,
  /// which no editor shows, as a column.
  private var place: SourcePlace {
    let line = Int(XML_GetCurrentLineNumber(parser))
    let column = Int(XML_GetCurrentColumnNumber(parser))
    return SourcePlace(
      file: file.path, line: line, column: line == 1 && hasMark ? max(1, column) : column + 1)
  }

  /// Whether the file begins with a byte order mark.
  private var hasMark: Bool {
    [[0xEF, 0xBB, 0xBF], [0xFF, 0xFE], [0xFE, 0xFF]].contains { head.starts(with: $0) }
  }

  private func stop(_ problem: XMLTreeBuilder.Problem) {
    guard failure == nil else { return }
    failure = EntraConfigurationError(
      place: "\(place)", message: problem.message, hint: problem.hint)
    XML_StopParser(parser, 0)
  }

  private func handle(_ work: (inout XMLTreeBuilder) throws(XMLTreeBuilder.Problem) -> Void) {
    silent = 0
    guard failure == nil else { return }
    do throws(XMLTreeBuilder.Problem) { try work(&builder) } catch { stop(error) }
  }

  private static func parser(_ data: UnsafeMutableRawPointer?) -> XMLParser? {
    data.map { Unmanaged<XMLParser>.fromOpaque($0).takeUnretainedValue() }
  }

  private func setHandlers() {
    XML_SetElementHandler(
      parser,
      { data, name, attributes in
        guard let self = XMLParser.parser(data), let name else { return }
        let place = self.place
        self.handle { (builder) throws(XMLTreeBuilder.Problem) in
          try builder.start(
            String(cString: name), XMLParser.attributes(attributes), at: place)
        }
      },
      { data, _ in
        XMLParser.parser(data)?.handle { (builder) throws(XMLTreeBuilder.Problem) in
          builder.end()
        }
      })
    XML_SetCharacterDataHandler(parser) { data, text, count in
      guard let text else { return }
      let bytes = UnsafeRawBufferPointer(start: text, count: Int(count))
      XMLParser.parser(data)?.handle { (builder) throws(XMLTreeBuilder.Problem) in
        try builder.text(bytes)
      }
    }
    XML_SetCommentHandler(parser) { data, _ in XMLParser.parser(data)?.silent = 0 }
    XML_SetProcessingInstructionHandler(parser) { data, _, _ in XMLParser.parser(data)?.silent = 0 }
    XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in
      XMLParser.parser(data)?.stop(
        XMLTreeBuilder.Problem(
          message: "The file declares a document type, which exported configurations never do",
          hint: "entities are not read here; export the configuration again"))
    }
  }

  private static func attributes(
    _ list: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?
  ) -> [String: String] {
    guard var next = list else { return [:] }
    var found: [String: String] = [:]
    while let name = next[0], let value = next[1] {
      found[XMLTreeBuilder.local(String(cString: name))] = String(cString: value)
      next += 2
    }
    return found
  }
}
