import Directory
import SyncExpressions
import Testing

@Suite("Functions that tell what a value is")
struct CheckFunctionTests {
  private let input: [AttributeName: [AttributeValue]] = [
    "text": ["abc"], "empty": [""], "number": [7], "digits": ["42"], "flag": [true],
    "bytes": [.binary([1, 2])], "ref": [.reference("cn=a")], "many": ["a", "b"],
    "date": ["2024-02-29"], "guid": ["{6B29FC40-CA47-1067-B31D-00DD010662DA}"],
    "empties": ["", ""],
  ]

  @Test(
    "IsNull, IsEmpty, IsNullOrEmpty and IsPresent agree",
    arguments: [
      ("absent", true, false), ("empty", false, true), ("text", false, false),
      ("number", false, false), ("bytes", false, false), ("many", false, false),
    ])
  func presence(name: String, isNull: Bool, isEmpty: Bool) throws {
    #expect(try value("IsNull([\(name)])", input) == .boolean(isNull))
    #expect(try value("IsEmpty([\(name)])", input) == .boolean(isEmpty))
    #expect(try value("IsNullOrEmpty([\(name)])", input) == .boolean(isNull || isEmpty))
    #expect(try value("IsPresent([\(name)])", input) == .boolean(!isNull && !isEmpty))
  }

  @Test("The special results are null to these functions")
  func special() throws {
    for name in ["NULL", "AuthoritativeNull", "IgnoreThisFlow"] {
      #expect(try value("IsNull(\(name))") == true)
      #expect(try value("IsPresent(\(name))") == false)
    }
    #expect(try value("IsNullOrEmpty([empties])", input) == true)
  }

  @Test(
    "IsString tells whether CStr can succeed",
    arguments: [
      ("text", true), ("number", true), ("flag", true), ("ref", true), ("many", true),
      ("bytes", false), ("absent", false),
    ])
  func isString(name: String, expected: Bool) throws {
    #expect(try value("IsString([\(name)])", input) == .boolean(expected))
  }

  @Test("A date is no text")
  func dateIsNoString() throws {
    #expect(try value("IsString(Now())") == false)
  }

  @Test(
    "IsNumeric tells whether CNum can succeed",
    arguments: [
      ("number", true), ("digits", true), ("flag", true), ("text", false), ("empty", false),
      ("absent", false), ("bytes", false), ("ref", false),
    ])
  func isNumeric(name: String, expected: Bool) throws {
    #expect(try value("IsNumeric([\(name)])", input) == .boolean(expected))
  }

  @Test(
    "IsDate tells whether CDate can succeed",
    arguments: [
      ("date", true), ("text", false), ("number", false), ("absent", false), ("empty", false),
    ])
  func isDate(name: String, expected: Bool) throws {
    #expect(try value("IsDate([\(name)])", input) == .boolean(expected))
    #expect(try value("IsDate(Now())") == true)
  }

  @Test("IsGuid tells whether CGuid can succeed")
  func isGuid() throws {
    #expect(try value("IsGuid([guid])", input) == true)
    #expect(try value(#"IsGuid("00001111-aaaa-2222-bbbb-3333cccc4444")"#) == true)
    #expect(try value(#"IsGuid("00001111aaaa2222bbbb3333cccc4444")"#) == false)
    #expect(try value("IsGuid([bytes])", input) == false)
    #expect(try value("IsGuid([absent])", input) == false)
  }

  @Test(
    "IsBitSet wants every bit of the flag",
    arguments: [
      ("IsBitSet(&HF,4)", true), ("IsBitSet(&HF,16)", false), ("IsBitSet(6,3)", false),
      ("IsBitSet(6,6)", true), ("IsBitSet(6,0)", false), ("IsBitSet([absent],2)", false),
      ("IsBitSet(-2147483646,-2147483648)", true),
    ])
  func isBitSet(text: String, expected: Bool) throws {
    #expect(try value(text) == .boolean(expected))
  }
}
