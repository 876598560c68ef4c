import Configuration
import Directory
import Foundation
import SyncRules
import TestSupport
import Testing

@testable import EntraConfiguration

/// A random rule, and the file that says it.
private struct MadeRule {
  var rule = EntraRule(place: SourcePlace(file: "f.xml", line: 1, column: 1))
  var xml = ""
  /// Whether a group of its scope has no condition.
  var hasEmptyGroup = false
  private var random: SeededRandom

  private static let pieces = [
    "a", "Name", " ", "<", ">", "&", "\"", "'", "[", "%", ";", "é", "日本", "😀", "e\u{301}",
    "\u{202E}",
  ]

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
    element("synchronizationRule") { made in
      // Their order says nothing.
      var parts: [(inout MadeRule) -> Void] = [
        Self.names, Self.kinds, Self.scope, Self.joins, Self.mappings,
      ]
      parts.shuffle(using: &made.random)
      for part in parts { part(&made) }
    }
  }

  // MARK: Writing

  private mutating func element(
    _ name: String, _ attributes: String = "", _ body: (inout MadeRule) -> Void
  ) {
    xml += "<\(name)\(attributes)>\n"
    body(&self)
    xml += "</\(name)>\n"
  }

  private mutating func put(_ name: String, _ text: String) {
    let escaped = text.replacing("&", with: "&amp;").replacing("<", with: "&lt;")
    let isPlain = escaped == text && Bool.random(using: &random)
    xml += "<\(name)>" + (isPlain ? "<![CDATA[\(text)]]>" : escaped) + "</\(name)>\n"
  }

  private mutating func text() -> String {
    "t" + random.text(Self.pieces, count: 0...5) + "."
  }

  private mutating func attribute() -> AttributeName {
    AttributeName(random.choose(["cn", "mail", "objectGUID", "x-y", "名"]))
  }

  /// A word in some case.
  private mutating func cased(_ word: String) -> String {
    random.choose([word, word.lowercased(), word.uppercased()])
  }

  private mutating func flag(_ name: String) -> Bool {
    let value = Bool.random(using: &random)
    if !value, Bool.random(using: &random) {
      // What is missing or empty is false.
      if Bool.random(using: &random) { put(name, "") }
      return false
    }
    put(name, random.choose(value ? ["True", "true", "1"] : ["False", "FALSE", "0"]))
    return value
  }

  private static func names(_ made: inout MadeRule) {
    made.rule.id = "{\(UInt32.random(in: 0...UInt32.max, using: &made.random))-abc}"
    made.put("id", made.cased(made.rule.id))
    made.rule.name = made.text()
    made.put("name", made.rule.name)
    made.rule.description = Bool.random(using: &made.random) ? made.text() : ""
    made.put("description", made.rule.description)
    if Bool.random(using: &made.random) {
      made.rule.tag = made.text()
      made.put("immutable-tag", made.rule.tag)
    }
    made.rule.connectorID = "{c-\(Int.random(in: 0...9, using: &made.random))}"
    made.put("connector", made.cased(made.rule.connectorID))
    made.rule.sourceType = made.text()
    made.put("sourceObjectType", made.rule.sourceType)
    made.rule.targetType = made.text()
    made.put("targetObjectType", made.rule.targetType)
  }

  private static func kinds(_ made: inout MadeRule) {
    let isInbound = Bool.random(using: &made.random)
    made.rule.direction = isInbound ? .inbound : .outbound
    made.put("direction", made.cased(isInbound ? "Inbound" : "Outbound"))
    made.rule.isDisabled = made.flag("disabled")
    made.rule.enablePasswordSync = made.flag("EnablePasswordSync")
    let links: [(String, LinkType)] = [
      ("Provision", .provision), ("Join", .join), ("StickyJoin", .stickyJoin),
      ("JoinNoFlow", .joinNoFlow),
    ]
    let link = made.random.choose(links)
    made.rule.linkType = link.1
    made.put("linkType", made.cased(link.0))
    made.rule.precedence = Int.random(in: 0...999_999, using: &made.random)
    made.put("precedence", "\(made.rule.precedence)")
    if Bool.random(using: &made.random) { made.put("softDeleteExpiryInterval", "00:00:00") }
  }

  private static func scope(_ made: inout MadeRule) {
    guard Bool.random(using: &made.random) else { return }
    made.element("synchronizationCriteria") { made in
      for _ in 0..<Int.random(in: 0...3, using: &made.random) {
        var group: [EntraScopeClause] = []
        made.element("conditions") { made in
          for _ in 0..<Int.random(in: 0...3, using: &made.random) { group.append(made.clause()) }
        }
        if group.isEmpty {
          made.hasEmptyGroup = true
        } else {
          made.rule.scope.append(group)
        }
      }
    }
  }

  private mutating func clause() -> EntraScopeClause {
    let kind = random.choose(ScopeOperator.allCases)
    let value = Bool.random(using: &random) ? text() : ""
    let clause = EntraScopeClause(
      attribute: attribute(), scopeOperator: kind, value: value,
      place: SourcePlace(
        file: "f.xml",
        line: xml.split(
          separator: "\n", omittingEmptySubsequences: false
        ).count, column: 1))
    let name = kind == .isNotBitSet ? "ISBITNOTSET" : kind.rawValue
    element("scope") { made in
      made.put("csAttribute", clause.attribute.text)
      made.put("csOperator", made.cased(name))
      made.put("csValue", value)
    }
    return clause
  }

  private static func joins(_ made: inout MadeRule) {
    made.element("relationshipCriteria") { made in
      for _ in 0..<Int.random(in: 0...3, using: &made.random) {
        var group: [EntraJoinCondition] = []
        made.element("conditions") { made in
          for _ in 0..<Int.random(in: 0...2, using: &made.random) {
            made.element("condition") { made in
              let (near, far) = (made.attribute(), made.attribute())
              made.put("ilmAttribute", far.text)
              let isCaseSensitive = made.flag("caseSensitive")
              made.put("csAttribute", near.text)
              group.append(
                EntraJoinCondition(
                  connectorAttribute: near, metaverseAttribute: far,
                  isCaseSensitive: isCaseSensitive))
            }
          }
        }
        if !group.isEmpty { made.rule.joins.append(group) }
      }
    }
  }

  private static func mappings(_ made: inout MadeRule) {
    made.element("attribute-mappings") { made in
      for _ in 0..<Int.random(in: 0...4, using: &made.random) { made.mapping() }
    }
  }

  private mutating func mapping() {
    let once = random.choose(["", " execute-once=\"true\"", " execute-once=\"False\""])
    let merges: [(String, MergeType)] = [
      ("Update", .update), ("Merge", .merge), ("MergeCaseInsensitive", .mergeCaseInsensitive),
    ]
    let merge = merges.randomElement(using: &random)
    let target = attribute()
    var source = EntraMapping.Source.constant("")
    element("mapping", once) { made in
      made.put("dest", target.text)
      switch Int.random(in: 0..<3, using: &made.random) {
      case 0:
        let name = made.attribute()
        source = .direct(name)
        made.element("src") { $0.put("attr", name.text) }
      case 1:
        let text = made.text()
        source = .constant(text)
        made.put("src", text)
      default:
        let text = made.text()
        source = .expression(text)
        made.element("src") { made in
          for _ in 0..<Int.random(in: 0...3, using: &made.random) {
            made.put("attr", made.attribute().text)
          }
        }
        made.put("expression", text)
      }
      if let merge { made.put("valueMergeType", made.cased(merge.0)) }
    }
    rule.mappings.append(
      EntraMapping(
        target: target, source: source, applyOnce: once.contains("true"),
        merge: merge?.1 ?? .update, place: rule.place))
  }
}

@Suite("Any exported rule is read as it was meant")
struct RuleReadingModelTests {
  @Test("All that a file says of a rule is in the rule", arguments: UInt64(1)...120)
  func rules(seed: UInt64) throws {
    let made = MadeRule(seed: seed)
    var reader = RuleFile()
    let file = XMLFile(path: "f.xml", root: "synchronizationRule")
    let read = try reader.rule(try file.parse(Array(made.xml.utf8)))
    let rule = made.rule
    let isTold = made.hasEmptyGroup && !rule.scope.isEmpty
    #expect(reader.notes.count == (isTold ? 1 : 0), "\(made.xml)")
    #expect(reader.notes.allSatisfy { $0.message.contains("without a condition") })
    #expect(read.id == rule.id && read.connectorID == rule.connectorID)
    #expect(Array(read.name.utf8) == Array(rule.name.utf8))
    #expect(Array(read.description.utf8) == Array(rule.description.utf8))
    #expect(read.tag == rule.tag && read.direction == rule.direction)
    #expect(read.isDisabled == rule.isDisabled && read.linkType == rule.linkType)
    #expect(read.enablePasswordSync == rule.enablePasswordSync)
    #expect(read.sourceType == rule.sourceType && read.targetType == rule.targetType)
    #expect(read.precedence == rule.precedence)
    #expect(
      read.scope.map { $0.map(\.attribute) } == rule.scope.map { $0.map(\.attribute) }
        && read.scope.map { $0.map(\.scopeOperator) } == rule.scope.map { $0.map(\.scopeOperator) }
        && read.scope.map { $0.map(\.value) } == rule.scope.map { $0.map(\.value) }, "\(made.xml)")
    #expect(
      read.scope.map { $0.map(\.place) } == rule.scope.map { $0.map(\.place) }, "\(made.xml)")
    #expect(
      read.joins.map { $0.map(\.connectorAttribute) }
        == rule.joins.map { $0.map(\.connectorAttribute) }
        && read.joins.map { $0.map(\.metaverseAttribute) }
          == rule.joins.map { $0.map(\.metaverseAttribute) }
        && read.joins.map { $0.map(\.isCaseSensitive) }
          == rule.joins.map { $0.map(\.isCaseSensitive) },
      "\(made.xml)")
    #expect(read.mappings.map(\.target) == rule.mappings.map(\.target))
    #expect(read.mappings.map(\.source) == rule.mappings.map(\.source), "\(made.xml)")
    #expect(read.mappings.map(\.applyOnce) == rule.mappings.map(\.applyOnce))
    #expect(read.mappings.map(\.merge) == rule.mappings.map(\.merge))
  }

  @Test(
    "What a rule can't do without is asked for by its name and place",
    arguments: [
      "id", "name", "direction", "connector", "sourceObjectType", "targetObjectType", "linkType",
      "precedence",
    ])
  func required(name: String) throws {
    for (change, problem) in [("missing", "has no <\(name)>"), ("empty", "<\(name)> is empty")] {
      let start = try #require(Samples.inbound.range(of: "<\(name)>"))
      let end = try #require(
        Samples.inbound.range(of: "</\(name)>", range: start.upperBound..<Samples.inbound.endIndex))
      var text = Samples.inbound
      text.replaceSubrange(
        start.lowerBound..<end.upperBound, with: change == "missing" ? "" : "<\(name) />")
      let error = #expect(throws: EntraConfigurationError.self) { try read(text) }
      #expect(error?.message.contains(problem) == true, "\(error?.message ?? "")")
      #expect(error?.place.hasPrefix("f.xml:") == true && error?.hint.isEmpty == false)
    }
  }

  @Test(
    "A word that means nothing is refused where it stands, with the nearest one",
    arguments: [
      ("<direction>Inbound<", "<direction>Inbuond<", "Inbuond", "\"inbound\""),
      ("<linkType>Provision<", "<linkType>Provison<", "Provison", "\"provision\""),
      ("<disabled>False<", "<disabled>No<", "\"No\" is neither", ""),
      ("<precedence>100<", "<precedence>1.5<", "\"1.5\" is no whole number", ""),
      ("<precedence>100<", "<precedence>-1<", "\"-1\" is no whole number", ""),
      ("<precedence>100<", "<precedence>1000000<", "\"1000000\"", ""),
      ("<precedence>100<", "<precedence>99999999999999999999<", "99999999999999999999", ""),
      ("<csOperator>NOTEQUAL<", "<csOperator>NOTEQUALS<", "\"NOTEQUALS\"", "\"NOTEQUAL\""),
      ("execute-once=\"true\"", "execute-once=\"yes\"", "\"yes\" is neither", ""),
      (">Update</value", ">Updat</value", "Updat", "\"update\""),
      ("<caseSensitive>True<", "<caseSensitive>2<", "\"2\" is neither", ""),
    ])
  func words(old: String, new: String, message: String, hint: String) throws {
    let text = Samples.inbound.replacing(old, with: new)
    let error = #expect(throws: EntraConfigurationError.self) { try read(text) }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(hint.isEmpty || error?.hint.contains(hint) == true, "\(error?.hint ?? "")")
    let line = text.split(separator: "\n").firstIndex { $0.contains(new) }.map { $0 + 1 }
    #expect(error?.place.hasPrefix("f.xml:\(line ?? 0):") == true, "\(error?.place ?? "")")
  }

  @Test("A word as long as a book is not repeated in whole")
  func longWords() throws {
    let long = String(repeating: "x", count: 100_000)
    for name in ["direction", "linkType", "precedence", "disabled"] {
      let start = try #require(Samples.inbound.range(of: "<\(name)>"))
      let text = Samples.inbound.replacingCharacters(
        in: start.upperBound..<start.upperBound, with: long)
      let error = #expect(throws: EntraConfigurationError.self) { try read(text) }
      #expect((error?.description.utf8.count ?? 0) < 1000, "\(name)")
    }
  }

  private func read(_ text: String) throws -> EntraRule {
    var reader = RuleFile()
    return try reader.rule(
      try XMLFile(path: "f.xml", root: "synchronizationRule").parse(Array(text.utf8)))
  }
}
