import Directory
import SyncExpressions
import Testing

@Suite("Conditions, loops, variables and special results")
struct FlowTests {
  private let phones: [AttributeName: [AttributeValue]] = [
    "otherPhone": ["1-2", "3-4"], "one": ["5-6"], "n": [1, 2, 3, 4],
    "p": ["SMTP:a@x", "SIP:a@x", "smtp:b@x"],
  ]

  @Test("The special results are results")
  func special() throws {
    #expect(try evaluate("NULL") == .null)
    #expect(try evaluate("AuthoritativeNull") == .authoritativeNull)
    #expect(try evaluate("IgnoreThisFlow") == .ignoreThisFlow)
    #expect(try evaluate("IIF([absent] = 1, 1, IgnoreThisFlow)") == .ignoreThisFlow)
    #expect(try evaluate(#""""#) == .null)
    #expect(try evaluate("[a]", ["a": ["", "x"]]) == .values(["x"]))
  }

  @Test("IIF evaluates only the branch it takes")
  func lazy() throws {
    #expect(try value(#"IIF(1 = 1, "a", Error("b"))"#) == "a")
    #expect(try value(#"IIF(1 = 2, Error("b"), "a")"#) == "a")
    let error = try failure(
      #"IIF(IsPresent([accountName]),[accountName],Error("AccountName is required"))"#)
    #expect(error.kind == .errorFunction)
    #expect(error.message == "AccountName is required")
    #expect(error.column == 44)
    #expect(try value(#"IIF(NULL, 1, 2)"#) == 2)
    #expect(try value(#"IIF(7, 1, 2)"#) == 1)
  }

  @Test("IIF chooses for each value where its condition has several")
  func perValue() throws {
    let text = #"IIF(InStr([p],"SIP:")=1,NULL,[p])"#
    #expect(try evaluate(text, phones) == .values(["SMTP:a@x", "smtp:b@x"]))
    #expect(try evaluate(text, ["p": ["SIP:a"]]) == .null)
    #expect(try evaluate(text, ["p": ["SIP:a", "SIP:b"]]) == .null)
    #expect(try evaluate(text, ["p": ["a", "b"]]) == .values(["a", "b"]))
    #expect(try evaluate(text) == .null)
    let nested = #"IIF(InStr([p],"SIP:")=1,NULL,IIF(InStr([p],"SMTP:")=1,NULL,[p]))"#
    #expect(try evaluate(nested, phones) == .values(["smtp:b@x"]))
    #expect(try value(#"Count(\#(text))"#, phones) == 2)
    #expect(try value(#"Item(\#(text),2)"#, phones) == "smtp:b@x")
  }

  @Test("A branch that one value needs is evaluated")
  func perValueFailure() throws {
    #expect(try failure(#"IIF(InStr([p],"SIP:")=1,Error("SIP"),[p])"#, phones).message == "SIP")
    #expect(try evaluate(#"IIF([n] > 2, [n] * 10, 0)"#, phones) == .values([0, 0, 30, 40]))
  }

  @Test("Functions and operators work on each value")
  func mapped() throws {
    #expect(
      try evaluate(#"Word([p],2,":@") & "@contoso.com""#, phones)
        == .values(["a@contoso.com", "a@contoso.com", "b@contoso.com"]))
    #expect(try evaluate("[n] + [n]", phones) == .values([2, 4, 6, 8]))
    #expect(try evaluate("10 - [n]", phones) == .values([9, 8, 7, 6]))
    #expect(try evaluate("-[n]", phones) == .values([-1, -2, -3, -4]))
    #expect(
      try evaluate(#"([n] > 1) && ([n] < 4)"#, phones) == .values([false, true, true, false]))
  }

  @Test("Lists of different lengths do not go together")
  func mismatch() throws {
    for text in ["[n] & [p]", "Replace([n], 1, [p])", "IIF([n] > 2, [p], 0)"] {
      let error = try failure(text, phones)
      #expect(error.kind == .type)
      #expect(error.hint.contains("pairwise"))
    }
  }

  @Test("Switch gives the value of the first true condition")
  func switches() throws {
    let text =
      #"Switch([city] = "London", "English", [city] = "Rome", "Italian", True, Error("Unknown city"))"#
    #expect(try value(text, ["city": ["London"]]) == "English")
    #expect(try value(text, ["city": ["Rome"]]) == "Italian")
    let error = try failure(text, ["city": ["Oslo"]])
    #expect(error.kind == .errorFunction)
    #expect(error.message == "Unknown city")
    #expect(try evaluate(#"Switch([city] = "x", 1)"#) == .null)
    #expect(try evaluate("Switch(True, NULL, True, 2)") == .null)
    let managers = "Switch(IsPresent([m]),[m], IsPresent([s]),[s], IsPresent([d]),[d])"
    #expect(try value(managers, ["s": ["b"], "d": ["c"]]) == "b")
    #expect(
      try evaluate(#"Switch([n] > 3, "high", [n] > 1, "low")"#, phones)
        == .values(["low", "low", "high"]))
  }

  @Test("Switch evaluates all its arguments")
  func switchIsEager() throws {
    #expect(try failure("Switch(True, 1, 1 / [zero] = 1, 2)", ["zero": [0]]).kind == .range)
    #expect(try failure("Switch(True, 1, False, 1 / [zero])", ["zero": [0]]).kind == .range)
    #expect(
      try syntaxError("Switch(True, 1, False)").message
        == "Switch takes pairs of a condition and a value and got an odd number")
  }

  @Test("Select calculates for each value")
  func select() throws {
    let text = #"Select($item,[otherPhone],Replace($item,"-",""))"#
    #expect(try evaluate(text, phones) == .values(["12", "34"]))
    #expect(try evaluate(text) == .null)
    #expect(try evaluate(#"Select($x,[one],$x & $x)"#, phones) == .values(["5-65-6"]))
    #expect(try evaluate(#"Select($x,[n],IIF($x > 2, NULL, $x))"#, phones) == .values([1, 2]))
    #expect(
      try evaluate(#"Select($x,Split("a b"," "),Select($y,[n],$x & $y))"#, ["n": [1, 2]])
        == .values(["a1", "a2", "b1", "b2"]))
  }

  @Test("Where keeps the values that a condition holds for")
  func filters() throws {
    #expect(try evaluate("Where($i,[n],$i > 2)", phones) == .values([3, 4]))
    #expect(try evaluate("Where($i,[n],$i > 9)", phones) == .null)
    #expect(try evaluate("Where($i,[absent],$i > 9)") == .null)
    #expect(
      try evaluate(#"Where($i,Where($j,[p],InStr($j,"a@")>0),InStr($i,"SIP")=1)"#, phones)
        == .values(["SIP:a@x"]))
    #expect(try failure("Where($i,[p],$i)", phones).kind == .type)
  }

  @Test("With names a part of an expression")
  func with() throws {
    let text = "With($high,Where($i,[n],$i>2),IIF(Count($high)>1,$high,NULL))"
    #expect(try evaluate(text, phones) == .values([3, 4]))
    #expect(try evaluate(text, ["n": [1, 3]]) == .null)
    #expect(try value("With($a,2,With($b,$a*3,$a+$b))") == 8)
    #expect(try value("With($a,2,With($a,$a*3,$a+$a))") == 12)
    #expect(try value("With($a,1,With($b,2,$b)+$a)") == 3)
  }

  @Test("A variable lives only inside of its function")
  func scope() throws {
    #expect(try syntaxError("With($a,1,$a) & $a").message == "There is no variable $a here")
    #expect(try syntaxError("With($a,$a,1)").column == 9)
    #expect(try syntaxError("With($value,1,$valeu)").hint == "did you mean $value?")
    #expect(try syntaxError("With([a],1,2)").message == "With starts with a variable")
    #expect(try syntaxError("Select($a [b], 1)").message == "A comma is missing after $a")
  }

  @Test("ImportedValue and ValueCount read in their own way")
  func imported() throws {
    let expression = try Expression(#"RemoveDuplicates(Trim(ImportedValue("proxyAddresses")))"#)
    var input = TestInput(["proxyAddresses": ["pending"]])
    input.imported = ["proxyAddresses": ["a ", "a", "b"]]
    #expect(try expression.evaluate(input) == .values(["a", "b"]))
    #expect(expression.importedAttributes == ["proxyAddresses"])
    #expect(expression.attributes.isEmpty)
    #expect(try Expression(#"ValueCount("member")"#).countedAttributes == ["member"])
    #expect(
      try syntaxError("ImportedValue([mail])").message
        == "ImportedValue wants the name of an attribute in quotes")
    #expect(try syntaxError(#"ValueCount("a" & [b])"#).column == 1)
  }

  @Test("Parameters come from the connector")
  func parameters() throws {
    let expression = try Expression("[a] & %Domain.FQDN%")
    #expect(expression.parameters == ["Domain.FQDN"])
    #expect(expression.attributes == ["a"])
    #expect(!expression.isVolatile)
    let error = try #require(throws: ExpressionFailure.self) {
      try expression.evaluate(TestInput())
    }
    #expect(error.kind == .missing)
    #expect(error.message == "The parameter %Domain.FQDN% is not defined")
    #expect(error.column == 7)
  }

  @Test("Where nothing reads certificates, no value is blamed for it")
  func certificates() throws {
    let error = try #require(throws: ExpressionFailure.self) {
      try Expression("Thumbprint([a])").evaluate(TestInput(["a": [.binary([1])]]))
    }
    #expect(error.kind == .missing)
    #expect(error.description.contains("Thumbprint can't read certificates here"))
    #expect(error.hint.contains("no value is wrong"))
  }

  @Test("Names of attributes have no case, and values keep their types")
  func attributes() throws {
    #expect(try value("[SN]", ["sn": ["x"]]) == "x")
    for kept: AttributeValue in [.binary([1]), 5, true, .reference("cn=a"), "t"] {
      #expect(try value("[a]", ["a": [kept]]) == kept)
      #expect(try value("IIF(IsPresent([a]),[a],NULL)", ["a": [kept]]) == kept)
    }
  }
}
