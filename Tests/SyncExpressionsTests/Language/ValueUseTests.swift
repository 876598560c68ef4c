import Directory
import SyncExpressions
import Testing

@Suite("What an expression does with the values of attributes")
struct ValueUseTests {
  @Test(
    "An attribute that is only handed on, or asked whether it has a value, is not looked into",
    arguments: [
      "[a]", "IIF(IsPresent([a]),[a],NULL)", "IIF([b]=1,AuthoritativeNull,[a])",
      "Switch([b]=1,[a],[b]=2,NULL)", #"Switch([b]=1,Error("no"),True,[a])"#,
      "IIF(IsNull([a]) || IsNullOrEmpty([a]),NULL,IIF([b]=1,NULL,([a])))",
      #"IIF(ValueCount("a") > 5,Error("too many"),[a])"#, "With($x,[b],IIF($x=1,[a],NULL))",
      #"IIF([b]=1,ImportedValue("a"),[a])"#,
    ])
  func handsOn(text: String) throws {
    let expression = try Expression(text)
    #expect(!expression.inspectedAttributes.contains("a"))
    #expect(expression.handedOnAttribute == "a")
  }

  @Test(
    "An attribute of which anything else is asked is looked into",
    arguments: [
      "Where($m,[a],True)", "Count([a])", "IIF(Count([a])>5,NULL,[a])", "Trim([a])",
      #"IIF(Contains([a],"x")>0,[a],NULL)"#, "Select($m,[a],$m)", "With($x,[a],$x)",
      #"IIF([a]="x",1,2)"#, "Switch([a]=1,[a])", #"IIF(True,[a],CRef("CN=x"))"#,
      "IIF([b]=1,[a],[c])",
      "IIF([b]=1,[a],Trim([c]))", #"[a] & "x""#, "-[a]", "IsString([a])", "Item([a],1)",
      #"IIF([b]=1,[a],"x")"#, #"Join(ImportedValue("a"))"#, "IIF([a] && True,1,2)",
    ])
  func looksInto(text: String) throws {
    #expect(try Expression(text).inspectedAttributes.contains("a"))
  }

  @Test("One of several attributes may be handed on; a text is none")
  func onlyHandsOn() throws {
    #expect(try Expression("IIF([c]=1,[a],[b])").onlyHandsOn)
    #expect(try Expression(#"IIF([c]=1,[a],Error("no"))"#).onlyHandsOn)
    #expect(try !Expression(#"IIF([c]=1,[a],"x")"#).onlyHandsOn)
    #expect(try !Expression("NULL").onlyHandsOn && !Expression("Trim([a])").onlyHandsOn)
  }

  /// An object of whose `member` only a part is at hand.
  private struct Part: ExpressionInput {
    func values(of attribute: AttributeName) -> [AttributeValue] { ["x", "y"] }
    func isShortened(_ attribute: AttributeName) -> Bool { attribute == "member" }
  }

  @Test("Looking into a part of an attribute fails, and says which and where")
  func shortened() throws {
    let error = try #require(throws: ExpressionFailure.self) {
      try Expression("IIF(Count([other])=2,Join([member]),NULL)").evaluate(Part())
    }
    #expect(error.kind == .limit && error.column == 27)
    #expect(error.message.contains("member") && error.hint.contains("ValueCount(\"member\")"))
    #expect(
      try Expression("IIF(IsPresent([member]),[member],NULL)").evaluate(Part())
        == .values(["x", "y"]))
    // What is not evaluated does not matter.
    #expect(try Expression("IIF(Count([other])=2,NULL,Join([member]))").evaluate(Part()) == .null)
  }
}
