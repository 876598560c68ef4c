import Directory
import SyncExpressions
import Testing

@Suite("Numbers at the ends of their range")
struct ExtremeNumberTests {
  private static let edges: [Int64] = [.min, .min + 1, -2, -1, 0, 1, 2, .max - 1, .max]

  @Test("Arithmetic is exact up to the ends, and beyond them out of range", arguments: edges)
  func arithmetic(a: Int64) throws {
    for b in Self.edges {
      let results: [(String, (partialValue: Int64, overflow: Bool))] = [
        ("+", a.addingReportingOverflow(b)), ("-", a.subtractingReportingOverflow(b)),
        ("*", a.multipliedReportingOverflow(by: b)), ("/", a.dividedReportingOverflow(by: b)),
      ]
      for (spelling, result) in results {
        // As values of attributes, as literals, and as text of a directory without types.
        let attributes: [AttributeName: [AttributeValue]] = [
          "a": [.integer(a)], "b": [.integer(b)], "s": [.string(String(a))],
        ]
        for text in ["[a] \(spelling) [b]", "\(a) \(spelling) \(b)", "[s]\(spelling)[b]"] {
          if result.overflow {
            #expect(try failure(text, attributes).kind == .range, "\(text)")
          } else {
            #expect(try value(text, attributes) == .integer(result.partialValue), "\(text)")
          }
        }
      }
    }
  }

  @Test("Numbers compare as numbers up to the ends", arguments: edges)
  func comparison(a: Int64) throws {
    for b in Self.edges {
      let attributes: [AttributeName: [AttributeValue]] = [
        "a": [.integer(a)], "b": [.integer(b)], "s": [.string(String(b))],
      ]
      for (spelling, holds) in [
        ("<", a < b), ("<=", a <= b), ("=", a == b), ("<>", a != b), (">=", a >= b), (">", a > b),
      ] {
        #expect(try value("[a] \(spelling) [b]", attributes) == .boolean(holds))
        #expect(try value("[a] \(spelling) [s]", attributes) == .boolean(holds))
        #expect(try value("\(a) \(spelling) \(b)") == .boolean(holds))
      }
    }
  }

  @Test("A number that is spelled is read again", arguments: edges)
  func spelled(number: Int64) throws {
    #expect(try value("CNum(CStr(\(number)))") == .integer(number))
    #expect(try value("CNum(CBin([n],8))", ["n": [.integer(number)]]) == .integer(number))
    let hex = String(UInt64(bitPattern: number), radix: 16)
    #expect(try value("&H\(hex)") == .integer(number))
    #expect(try value("CNum(\"&H\(hex)\")") == .integer(number))
    #expect(try value("CNum(\"0x\(hex.uppercased())\")") == .integer(number))
  }

  @Test("Bits are those of 64 bits", arguments: edges)
  func bits(a: Int64) throws {
    for b in Self.edges {
      #expect(try value("BitAnd(\(a),\(b))") == .integer(a & b))
      #expect(try value("BitOr(\(a),\(b))") == .integer(a | b))
      #expect(try value("IsBitSet(\(a),\(b))") == .boolean(b != 0 && a & b == b))
    }
  }

  @Test(
    "A count or place that is far too large or small is as good as the nearest that is possible",
    arguments: [
      ("Left([t],{max})", "abc"), ("Left([t],{min})", "abc"), ("Right([t],{max})", "abc"),
      ("Right([t],{min})", "abc"), ("Mid([t],{max},1)", "abc"), ("Mid([t],{min},1)", "abc"),
      ("Mid([t],2,{max})", "bc"), ("Mid([t],2,{min})", "abc"), ("Mid([t],{max},{max})", "abc"),
      ("PadLeft([t],{min},\"x\")", "abc"), ("PadRight([t],{min},\"x\")", "abc"),
      ("Join(Split([t],\"b\",{max}),\"+\")", "a+c"), ("InStr([t],\"c\",{max}) & \"\"", "0"),
      ("InStrRev([t],\"c\",{max}) & \"\"", "0"),
    ])
  func positions(text: String, expected: String) throws {
    #expect(try value(filled(text), ["t": ["abc"]]) == .string(expected))
  }

  @Test(
    "A place beyond all values or words is none",
    arguments: [
      "Word([t],{max},\"b\")", "Word([t],{min},\"b\")", "ItemOrNull([t],{max})",
      "ItemOrNull([t],{min})", "DNComponent([dn],{max})", "DNComponent([dn],{min})",
      "DNComponentRev([dn],{max},\"DC\")", "DNComponentRev([dn],{min})",
    ])
  func nothing(text: String) throws {
    #expect(try evaluate(filled(text), ["t": ["abc"], "dn": ["CN=a,DC=x"]]) == .null)
  }

  @Test(
    "Where only some numbers mean anything, the others are out of range or too much",
    arguments: [
      "Item([t],{max})", "Item([t],{min})", "InStr([t],\"c\",{min})", "InStrRev([t],\"c\",{min})",
      "Split([t],\"b\",{min})", "CBin(1,{max})", "CBin(1,{min})", "CBin({max},7)", "CBin({min},7)",
      "PadLeft([t],{max},\"x\")", "DateFromNum({max})", "DateFromNum({min})",
      "DateAdd(\"yyyy\",{max},Now())", "DateAdd(\"yyyy\",{min},Now())",
      "DateAdd(\"q\",{max},Now())",
      "DateAdd(\"m\",{min},Now())", "DateAdd(\"ww\",{max},Now())", "DateAdd(\"d\",{min},Now())",
      "DateAdd(\"h\",{max},Now())", "DateAdd(\"n\",{min},Now())", "DateAdd(\"s\",{max},Now())",
      "DateAdd(\"s\",{min},Now())", "RandomNum({max},{min})",
    ])
  func refused(text: String) throws {
    let error = try failure(filled(text), ["t": ["abc"]])
    #expect(error.kind == .range || error.kind == .limit, "\(error)")
  }

  private func filled(_ text: String) -> String {
    text.replacing("{max}", with: String(Int64.max)).replacing("{min}", with: String(Int64.min))
  }

  @Test("RandomNum draws from the whole range of numbers")
  func random() throws {
    let expression = try Expression("RandomNum(\(Int64.min),\(Int64.max))")
    var seen = Set<ExpressionOutcome>()
    for _ in 0..<20 { seen.insert(try expression.evaluate(TestInput())) }
    #expect(seen.count > 15)
    #expect(try value("RandomNum(\(Int64.max),\(Int64.max))") == .integer(.max))
  }

  @Test(
    "Only digits of ASCII with at most one sign before them are a number",
    arguments: [
      "１２", "٣", "²", "1,000", "1 000", "1_000", "1.", ".5", "+", "-", "+-1", "--1", "1-", "0x",
      "&H",
      "0x+5", "0x-0", "&H+F", "&H-1", "-0x5", "0xG", "&H1FFFFFFFFFFFFFFFF", "1e3", "∞", "NaN",
      "\u{2212}5",
      "5\u{301}", "\t5", "5\n", "\u{A0}5", "0b1", "９", "1\u{0}",
    ])
  func noNumbers(text: String) throws {
    let input: [AttributeName: [AttributeValue]] = ["n": [.string(text)]]
    #expect(try failure("CNum([n])", input).kind == .type)
    #expect(try value("IsNumeric([n])", input) == false)
    #expect(try value("[n] = 5", input) == false)
  }

  @Test(
    "Signs, zeros before and spaces around do not matter",
    arguments: [
      ("007", 7), ("+0", 0), ("-0", 0), ("  42  ", 42), ("-000000000000000000000000000001", -1),
      ("0xff", 255), ("&hFf", 255), ("0x00000000000000000000F", 15), ("&H0", 0),
    ] as [(String, Int64)])
  func numbers(text: String, expected: Int64) throws {
    let input: [AttributeName: [AttributeValue]] = ["n": [.string(text)]]
    #expect(try value("CNum([n])", input) == .integer(expected))
    #expect(try value("IsNumeric([n])", input) == true)
    #expect(try value("[n] = \(expected)", input) == true)
  }

  @Test("CBin takes each number into as few bytes as hold it, signed or not", arguments: 1...7)
  func bytes(count: Int) throws {
    let least = -(Int64(1) << (8 * count - 1))
    let most = Int64(1) << (8 * count) - 1
    for number in [least, -1, 0, 1, most] {
      guard case .binary(let bytes)? = try value("CBin(\(number),\(count))") else {
        Issue.record("CBin(\(number),\(count)) is no binary value")
        continue
      }
      #expect(bytes.count == count)
      // The low byte stands first.
      for (place, byte) in bytes.enumerated() {
        #expect(byte == UInt8(truncatingIfNeeded: number >> Int64(8 * place)))
      }
    }
    #expect(try failure("CBin(\(least - 1),\(count))").kind == .range)
    #expect(try failure("CBin(\(most + 1),\(count))").kind == .range)
  }
}
