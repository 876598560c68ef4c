import ArgumentParser
import Certificates
import Configuration
import Directory
import SyncExpressions
import SyncRules
import SyncStore
import Workspace

/// The command `lockstepd expression`, which does the work of `lockstep expression`.
struct ExpressionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "expression",
    abstract: "Works out an expression of the rules' language, and shows each step.",
    discussion: """
      [name] reads an attribute of the object of --object, as the last import left it, or of its \
      metaverse object with --metaverse; --set gives attributes other values, or values without \
      any object. %Name% reads a parameter of the object's connector.

      Ends with status 0 if there is a result, 1 if the expression fails for this object, 2 if \
      the text is no expression, 7 if there is no such object.
      """)

  @OptionGroup var place: WorkspaceOption
  @Argument(help: "The expression, in quotes: 'Left([cn], 3)'.") var text: String
  @Option(help: "A DN, an anchor, a user or display name, an object's number, or mv:12.")
  var object: String?
  @Option(help: "The object's connector, where several have one of that name.")
  var connector: String?
  @Flag(help: "Read the attributes of the metaverse object.")
  var metaverse = false
  @Option(
    help: ArgumentHelp(
      "An attribute's value; repeated for several. Numbers, true and false are what they look "
        + "like; text:, hex: and base64: before a value say otherwise.", valueName: "name=value"))
  var set: [String] = []
  @Flag(help: "Print JSON for programs instead of text for people.")
  var json = false

  func run() throws {
    let expression: Expression
    do throws(ExpressionSyntaxError) {
      expression = try Expression(text)
    } catch {
      throw WorkspaceError(
        .usage,
        message: "This is no expression, at line \(error.line), column \(error.column): "
          + error.message, hint: error.hint)
    }
    var input = GivenInput()
    if let object { try read(object, into: &input) }
    try apply(to: &input)
    let trace = expression.trace(input)
    let report = ExpressionReport(text, trace)
    try Output.print(report, report.lines, asJSON: json)
    if case .failure = trace.outcome {
      throw ExitCode(ExitStatus.completedWithErrors.rawValue)
    }
  }

  private func read(_ name: String, into input: inout GivenInput) throws {
    let workspace = try place.open()
    let store = try StoreReader(file: workspace.settings.storeFile)
    var rows: [ObjectRow]
    if let number = Int64(name), let one = try store.object(id: number, valueLimit: 1) {
      rows = [one.row]
    } else {
      rows = try store.find(name)
    }
    if let connector {
      rows = rows.filter { $0.connector.lowercased() == connector.lowercased() }
    } else {
      // An object of a source and its counterpart in a target often share their names.
      let sources = Set(workspace.settings.connectors.filter(\.isSource).map(\.name))
      let own = rows.filter { sources.contains($0.connector) }
      if !own.isEmpty { rows = own }
    }
    guard rows.count == 1, let detail = try store.object(id: rows[0].id, valueLimit: 1_000_000)
    else {
      throw WorkspaceError(
        .notFound,
        message: rows.isEmpty
          ? "There is no object \"\(name)\"" : "\(rows.count) objects are called \"\(name)\"",
        hint: rows.isEmpty
          ? "A DN, an anchor, a user principal name, a display name, a number or mv:12 finds it"
          : rows.prefix(3).map { "\($0.connector): \($0.dn)" }.joined(separator: "; "))
    }
    guard !metaverse || detail.metaverseID != nil else {
      throw WorkspaceError(
        .notFound, message: "\"\(name)\" is not linked to the metaverse", hint: "")
    }
    input.take(metaverse ? detail.metaverse : detail.attributes)
    if !metaverse, input.attributes["dn"] == nil { input.attributes["dn"] = [.string(rows[0].dn)] }
    input.parameters = RuleCheck.parameters(of: workspace).values(for: rows[0].connector)
  }

  private func apply(to input: inout GivenInput) throws {
    var given: [AttributeName: [AttributeValue]] = [:]
    for pair in set {
      guard let equals = pair.firstIndex(of: "="), equals != pair.startIndex else {
        throw ValidationError("--set takes name=value, not '\(pair)'.")
      }
      let name = AttributeName(String(pair[..<equals]))
      let value = String(pair[pair.index(after: equals)...])
      given[name, default: []] += value.isEmpty ? [] : [try Self.value(value)]
    }
    for (name, values) in given {
      input.attributes[name] = values
      input.counts[name] = values.count
    }
  }

  private static func value(_ text: String) throws -> AttributeValue {
    func rest(_ prefix: String) -> String? {
      text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : nil
    }
    if let text = rest("text:") { return .string(text) }
    if let digits = rest("hex:") {
      guard let bytes = Hexadecimal.decode(digits) else {
        throw ValidationError("'\(digits)' is no even number of hexadecimal digits.")
      }
      return .binary(bytes)
    }
    if let base64 = rest("base64:") {
      guard let value = AttributeValue.string(base64).converted(to: .binary) else {
        throw ValidationError("'\(base64)' is no base64.")
      }
      return value
    }
    if let number = Int64(text) { return .integer(number) }
    return switch text.lowercased() {
    case "true": .boolean(true)
    case "false": .boolean(false)
    default: .string(text)
    }
  }
}

/// The attributes that an expression reads, as a command was given them.
struct GivenInput: ExpressionInput {
  var attributes: [AttributeName: [AttributeValue]] = [:]
  /// How many values attributes have of which not all are at hand.
  var counts: [AttributeName: Int] = [:]
  var parameters: [String: String] = [:]
  let now = Timestamp.now
  var certificates: (any CertificateReading)? { CertificateReader() }

  mutating func take(_ rows: [AttributeRow]) {
    for row in rows {
      attributes[AttributeName(row.name)] = row.values
      counts[AttributeName(row.name)] = row.valueCount
    }
  }

  func values(of attribute: AttributeName) -> [AttributeValue] { attributes[attribute] ?? [] }
  func isShortened(_ attribute: AttributeName) -> Bool {
    counts[attribute].map { $0 > values(of: attribute).count } ?? false
  }
  func valueCount(of attribute: AttributeName) -> Int {
    counts[attribute] ?? values(of: attribute).count
  }
  func parameter(_ name: String) -> String? { parameters[name] }
}
