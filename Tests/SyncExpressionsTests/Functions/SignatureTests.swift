import Directory
import Testing

@testable import SyncExpressions

/// What a function's documentation says that it takes, read from its signature.
private struct Parameter: CustomStringConvertible {
  var type: String
  var name: String
  var isOptional: Bool

  var description: String { "\(type) \(name)" }

  /// The parameters of `str Left(str string, num NumChars)`.
  static func list(of function: Function) -> [Parameter] {
    guard let open = function.signature.firstIndex(of: "("),
      let close = function.signature.lastIndex(of: ")")
    else { return [] }
    var isOptional = false
    return function.signature[function.signature.index(after: open)..<close].split(separator: ",")
      .map { part in
        let words = part.filter { $0 != "[" && $0 != "]" }.split(separator: " ")
        defer { if part.contains("[") { isOptional = true } }
        return Parameter(
          type: words.first.map(String.init) ?? "", name: words.last.map(String.init) ?? "",
          isOptional: isOptional)
      }
  }
}

@Suite("What the signatures of functions promise")
struct SignatureTests {
  private static let input: [AttributeName: [AttributeValue]] = [
    "bytes": [.binary([UInt8](repeating: 7, count: 16))], "dn": [.reference("CN=a,DC=x")],
    "sid": [.binary([1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0])], "two": ["a", "b"],
  ]

  private static let functions = Function.all.filter {
    $0.form == .ordinary && $0.arity.upperBound > 0
  }
  static let names = functions.map(\.name.description)

  /// An argument that suits.
  private static func good(_ parameter: Parameter, of function: String) -> String {
    switch (function, parameter.name) {
    case ("ReplaceChars", "ReplacePattern"): return "\"a:b\""
    case ("DateAdd", "interval"): return "\"d\""
    case ("CGuid", _): return "\"00001111-aaaa-2222-bbbb-3333cccc4444\""
    case ("CNum", _), ("CBool", _): return "\"1\""
    case ("CDate", _): return "\"2024-01-01\""
    case ("ConvertFromBase64", "source"): return "\"YQBiAA==\""
    case ("ConvertFromUTF8Hex", _): return "\"41\""
    case ("StringFromSid", _): return "[sid]"
    case ("FormatDateTime", "format"): return "\"yyyy\""
    default: break
    }
    switch parameter.type {
    case "num": return "1"
    case "dt": return "Now()"
    case "bin": return "[bytes]"
    case "ref": return "[dn]"
    case "mv", "mvstr", "mvref", "mvstr|mvref": return "[two]"
    default: return "\"a\""
    }
  }

  /// Arguments of a type that the parameter does not take.
  private static func bad(_ parameter: Parameter, of function: String) -> [String] {
    if function.hasPrefix("Is"), parameter.type != "num" { return [] }
    let takesBytes = ["Left", "Right", "Mid", "Len", "CNum", "ConvertToUTF8Hex"].contains(function)
    switch parameter.type {
    case "str":
      return (function == "CDate" ? [] : ["Now()"])
        + (takesBytes && parameter.name != "delimiters" ? [] : ["[bytes]"])
    case "str|bin": return ["Now()"]
    case "num|ref|bool": return ["Now()", "[bytes]"]
    case "num":
      return ["\"two\"", "Now()", "\"\"", "[dn]", "\"1.5\""] + (takesBytes ? [] : ["[bytes]"])
    case "dt": return ["\"2024-01-01\"", "1", "[bytes]", "[dn]", "True"]
    case "bin": return ["\"text\"", "1", "Now()", "[dn]", "True"]
    case "ref": return ["1", "Now()", "[bytes]", "True"]
    default: return []
    }
  }

  private func function(_ name: String) throws -> Function { try #require(Function.named[name]) }

  @Test(
    "Every signature has as many parameters as the function takes arguments",
    arguments: Function.names)
  func counts(name: String) throws {
    let function = try function(name)
    #expect(function.signature.contains(" \(name)("))
    guard name != "Switch" else { return }
    let parameters = Parameter.list(of: function)
    #expect(parameters.count == function.arity.upperBound)
    #expect(parameters.count { !$0.isOptional } == function.arity.lowerBound)
  }

  @Test(
    "With arguments of the types in its signature each function gives a value", arguments: names)
  func good(name: String) throws {
    guard name != "Error" else { return }
    let parameters = Parameter.list(of: try function(name)).filter { !$0.isOptional }
    let arguments = parameters.map { Self.good($0, of: name) }.joined(separator: ",")
    // Whatever it gives, it is no failure.
    _ = try value("IsNull(\(name)(\(arguments)))", Self.input)
  }

  @Test(
    "An argument of another type is refused, and the message says by whom and what",
    arguments: names)
  func bad(name: String) throws {
    let parameters = Parameter.list(of: try function(name)).filter {
      !$0.isOptional || $0.type != "enum"
    }
    for (index, parameter) in parameters.enumerated() {
      for wrong in Self.bad(parameter, of: name) {
        let arguments = parameters.prefix(max(index + 1, try function(name).arity.lowerBound))
          .enumerated().map { $0.offset == index ? wrong : Self.good($0.element, of: name) }
        let text = "\"\" & Len(\(name)(\(arguments.joined(separator: ","))) = 1)"
        let error = try failure(text, Self.input)
        #expect(error.kind == .type, "\(text): \(error)")
        #expect(error.message.contains(name), "\(text): \(error)")
        #expect(error.column == 10, "\(text): \(error)")
      }
    }
  }

  @Test("No function fails on the absence of a value that it may do without", arguments: names)
  func nulls(name: String) throws {
    let function = try function(name)
    let parameters = Parameter.list(of: function).filter { !$0.isOptional }
    for (index, parameter) in parameters.enumerated() {
      // `Item` wants a place, `Error` is one, and two ask just this.
      if ["Error", "Item", "IsNull", "IsNullOrEmpty"].contains(name) { continue }
      let arguments = parameters.enumerated().map {
        $0.offset == index ? "[absent]" : Self.good($0.element, of: name)
      }
      let text = "\(name)(\(arguments.joined(separator: ",")))"
      // The absence of a value is nothing, an empty text, 0 or False, as the documentation says for
      // each; never anything else.
      let isNothing = "IsNullOrEmpty(\(text))"
      let result = try value("IIF(\(isNothing),0,\(text))", Self.input)
      #expect(
        result == 0 || result == false || name == "Join" && index == 1, "\(text), \(parameter)")
    }
  }

  @Test(
    "A function of single values works on each value of an attribute, in its place",
    arguments: names)
  func each(name: String) throws {
    let function = try function(name)
    guard function.whole == 0, !function.isVolatile, name != "Split", name != "Error" else {
      return
    }
    let parameters = Parameter.list(of: function).filter { !$0.isOptional }
    for index in parameters.indices {
      func count(_ argument: String) throws -> AttributeValue? {
        let arguments = parameters.enumerated().map {
          $0.offset == index ? argument : Self.good($0.element, of: name)
        }
        return try value("Count(\(name)(\(arguments.joined(separator: ","))))", Self.input)
      }
      let single = Self.good(parameters[index], of: name)
      let one = try count(single)
      #expect(one == 0 || one == 1)
      #expect(try count("Select($i,[two],\(single))") == (one == 0 ? 0 : 2))
    }
  }

  @Test("Functions that tell whether another can succeed are right about all values")
  func checks() throws {
    let pool: [AttributeName: [AttributeValue]] = [
      "v1": ["5"], "v2": [" 5 "], "v3": [""], "v4": ["x"], "v5": [7], "v6": [true],
      "v7": ["2024-01-01"],
      "v8": ["{00001111-AAAA-2222-bbbb-3333cccc4444}"],
      "v9": [.reference("00001111-aaaa-2222-bbbb-3333cccc4444")],
      "v10": [.reference("CN=a")], "v11": ["1", "2"], "v12": ["1", "x"],
      "v13": ["20240101000000.0Z"],
      "v14": ["0x1F"], "v15": ["99999999999999999999"],
      "v16": [.binary([UInt8](repeating: 1, count: 20))],
      "v17": [.reference("2024-01-01")], "v18": ["2024-01-01", "2024-13-01"],
      "v19": ["00001111-aaaa-2222-bbbb-3333cccc4444", "x"], "v20": ["True"],
      "v21": ["1/2/2024", "Jan 2, 2024"],
    ]
    for (check, conversion) in [
      ("IsNumeric", "CNum"), ("IsDate", "CDate"), ("IsGuid", "CGuid"), ("IsString", "CStr"),
    ] {
      for (name, values) in pool {
        let says = try value("\(check)([\(name)])", [name: values]) == true
        let can = (try? evaluate("IsNull(\(conversion)([\(name)]))", [name: values])) != nil
        #expect(says == can, "\(check)(\(values))")
      }
    }
  }

  @Test("IsNullOrEmpty is IsNull or IsEmpty, and IsPresent is its inverse, for all values")
  func presence() throws {
    let pool: [[AttributeValue]] = [
      [], [""], ["", ""], ["", "x"], [.binary([])], [.binary([0])], [.reference("")], [0], [false],
      [" "], ["\u{0}"],
      [.binary([]), .binary([])], [.reference(""), ""],
    ]
    for values in pool {
      let input: [AttributeName: [AttributeValue]] = ["v": values]
      let isNull = try value("IsNull([v])", input) == true
      let isEmpty = try value("IsEmpty([v])", input) == true
      #expect(isNull == values.isEmpty)
      #expect(!(isNull && isEmpty), "\(values)")
      #expect(try value("IsNullOrEmpty([v])", input) == .boolean(isNull || isEmpty), "\(values)")
      #expect(try value("IsPresent([v])", input) == .boolean(!isNull && !isEmpty), "\(values)")
    }
  }

  @Test("The kind of a part of a value does not depend on how long the part is")
  func kinds() throws {
    let input: [AttributeName: [AttributeValue]] = [
      "n": [12345], "r": [.reference("CN=a")], "b": [.binary([1, 2, 3])], "t": [true],
    ]
    for cut in ["Left({},{n})", "Right({},{n})", "Mid({},1,{n})", "Mid({},{n})", "Mid({},{n},2)"] {
      for count in [-1, 0, 1, 2, 99] {
        let text = cut.replacing("{n}", with: String(count))
        for name in ["n", "r", "t"] {
          let part = text.replacing("{}", with: "[\(name)]")
          // A part of a number is text, also if it is all of it.
          guard case .values(let values) = try evaluate(part, input) else { continue }
          #expect(values.allSatisfy { $0.kind == .string }, "\(part) is \(values)")
        }
        let part = text.replacing("{}", with: "[b]")
        guard case .values(let values) = try evaluate(part, input) else { continue }
        #expect(values.allSatisfy { $0.kind == .binary }, "\(part) is \(values)")
        #expect(try failure(text.replacing("{}", with: "Now()")).kind == .type)
      }
    }
    for text in ["Mid([n],99,0)", "Mid([b],9,0)", "Mid([r],-1,0)", "Left([b],0)", "Right([b],0)"] {
      #expect(try evaluate(text, input) == .null, "\(text)")
    }
  }
}
