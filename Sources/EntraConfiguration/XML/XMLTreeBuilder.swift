import Configuration

/// Puts the events of a parser together to elements, within limits.
struct XMLTreeBuilder {
  /// Why a file is refused.
  struct Problem: Error {
    var message: String
    var hint: String
  }

  private let root: String
  private let skipped: Set<String>
  private let limits: XMLLimits
  private var open: [XMLElement] = []
  private var texts: [[UInt8]] = []
  private var count = 0
  /// How many elements in each other are being passed over.
  private var skippedDepth = 0
  /// The outermost element, once it has ended.
  private(set) var result: XMLElement?

  init(root: String, skipped: Set<String>, limits: XMLLimits) {
    self.root = root
    self.skipped = skipped
    self.limits = limits
  }

  /// The part of `name` behind its prefix.
  static func local(_ name: String) -> String {
    guard let colon = name.utf8.lastIndex(of: 0x3A) else { return name }
    return String(name[name.utf8.index(after: colon)...])
  }

  mutating func start(
    _ name: String, _ attributes: [String: String], at place: SourcePlace
  ) throws(Problem) {
    let name = Self.local(name)
    guard open.count + skippedDepth < limits.depth else {
      throw Problem(
        message: "More than \(limits.depth) elements lie in each other",
        hint: "check that this is an exported configuration")
    }
    if open.isEmpty, name != root {
      throw Problem(
        message: "The file starts with <\(Self.shown(name))>, not with <\(root)>",
        hint: "check that this file belongs to an exported configuration of Entra Connect")
    }
    if skippedDepth > 0 || skipped.contains(name) && !open.isEmpty {
      skippedDepth += 1
      return
    }
    count += 1
    guard count <= limits.elements else {
      throw Problem(
        message: "The file has more than \(limits.elements) elements",
        hint: "check that this is an exported configuration")
    }
    open.append(XMLElement(name: name, attributes: attributes, place: place))
    texts.append([])
  }

  mutating func text(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
    guard skippedDepth == 0, !texts.isEmpty else { return }
    let last = texts.count - 1
    guard texts[last].count + bytes.count <= limits.token else {
      throw Problem(
        message: "The text of <\(Self.shown(open[last].name))> is longer than "
          + "\(limits.token >> 10) KB", hint: "check that this is an exported configuration")
    }
    texts[last].append(contentsOf: bytes)
  }

  mutating func end() {
    if skippedDepth > 0 {
      skippedDepth -= 1
      return
    }
    guard var element = open.popLast(), let text = texts.popLast() else { return }
    (element.text, element.spacedText) = Self.trimmed(text)
    if open.isEmpty {
      result = element
    } else {
      open[open.count - 1].children.append(element)
    }
  }

  private static func trimmed(_ bytes: [UInt8]) -> (text: String, spaced: String?) {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    let start = bytes.firstIndex { !isSpace($0) } ?? bytes.endIndex
    let end = bytes.lastIndex { !isSpace($0) } ?? start
    guard start < bytes.endIndex else { return ("", nil) }
    let text = String(decoding: bytes[start...end], as: UTF8.self)
    let ends = bytes[..<start] + bytes[(end + 1)...]
    guard !ends.isEmpty, !ends.contains(0x0A), !ends.contains(0x0D) else { return (text, nil) }
    return (text, String(decoding: bytes, as: UTF8.self))
  }

  private static func shown(_ name: String) -> String {
    name.count <= 60 ? name : name.prefix(59) + "…"
  }
}
