import Directory
import SyncExpressions
import Testing

/// Notes which attributes an expression reads, in the order in which it does.
private final class Spy: ExpressionInput {
  private let attributes: [AttributeName: [AttributeValue]]
  private(set) var reads: [String] = []

  init(_ attributes: [AttributeName: [AttributeValue]]) { self.attributes = attributes }

  func values(of attribute: AttributeName) -> [AttributeValue] {
    reads.append(attribute.text)
    return attributes[attribute] ?? []
  }
  func importedValues(of attribute: AttributeName) -> [AttributeValue] {
    reads.append("imported " + attribute.text)
    return attributes[attribute] ?? []
  }
  func valueCount(of attribute: AttributeName) -> Int {
    reads.append("number of " + attribute.text)
    return attributes[attribute]?.count ?? 0
  }
  func parameter(_ name: String) -> String? {
    reads.append("%" + name)
    return "p"
  }
}

@Suite("What is not needed is not evaluated")
struct LazinessTests {
  private static let input: [AttributeName: [AttributeValue]] = [
    "t": [true], "f": [false], "one": [1], "a": ["A"], "b": ["B"], "many": ["x", "y", "z"],
    "mixed": [1, 2, 3], "flags": [true, false, true],
  ]

  @Test(
    "Only these attributes are read",
    arguments: [
      ("IIF([t],[a],[b])", "t a"), ("IIF([f],[a],[b])", "f b"),
      ("IIF([absent],[a],[b])", "absent b"),
      ("IIF([t],IIF([f],[a],[b]),[one])", "t f b"), ("IIF(IIF([f],[t],[f]),[a],[b])", "f f b"),
      ("[f] && [a]", "f"), ("[t] || [a]", "t"), ("[t] && [one]", "t one"),
      ("[f] || [one]", "f one"),
      ("[f] && [a] || [t]", "f t"), ("[t] || [a] && [b]", "t"), ("([t] || [a]) && [one]", "t one"),
      ("[f] && ([a] || [b])", "f"), ("[t] && [f] && [a]", "t f"), ("[f] || [t] || [a]", "f t"),
      ("[one] = 2 && [a] = 1", "one"),
      ("IsPresent([absent]) && Item([absent],1) = \"x\"", "absent"),
      ("IIF([t] || [a],[b],[one])", "t b"), ("Left([a],[one])", "a one"),
      ("[a] & [b] & [absent]", "a b absent"),
      ("Switch([t],[a],[f],[b])", "t a f b"), ("Switch([f],[a],[absent],[b])", "f a absent b"),
      ("Where($i,[absent],[a] = $i)", "absent"), ("Select($i,[absent],[a] & $i)", "absent"),
      ("Select($i,[many],[a] & $i)", "many a a a"), ("Where($i,[many],[f] && [a])", "many f f f"),
      ("With($x,[a],$x & $x & $x)", "a"), ("With($x,[a],[b])", "a b"),
      ("IIF([f],With($x,[a],$x),[b])", "f b"),
      ("ValueCount(\"many\")", "number of many"), ("ImportedValue(\"a\") & [a]", "imported a a"),
      ("IIF(ValueCount(\"many\") > 2,NULL,[many])", "number of many"), ("[t] || %P%", "t"),
      ("IIF([f],%P%,[a])", "f a"), ("%P% & %Q%", "%P %Q"), ("IIF(1 = 1,[a],[b])", "a"),
      ("IIF(True && False,[a],[b])", "b"), ("IIF([mixed] > 9,[a],[b])", "mixed b"),
      ("IIF([mixed] > 0,[a],[b])", "mixed a"), ("IIF([mixed] > 1,[a],[b])", "mixed a b"),
      ("[flags] && [one]", "flags one"), ("[f] && [flags]", "f"),
    ])
  func reads(text: String, expected: String) throws {
    let spy = Spy(Self.input)
    _ = try? Expression(text).evaluate(spy)
    #expect(spy.reads.joined(separator: " ") == expected)
    // A trace that takes another way than the evaluation explains nothing.
    let traced = Spy(Self.input)
    _ = try Expression(text).trace(traced)
    #expect(traced.reads == spy.reads)
  }

  @Test(
    "A failure in a part that is not needed does not matter",
    arguments: [
      #"IIF([t],1,Error("no"))"#, #"IIF([f],Error("no"),1)"#, #"IIF([f],1 / 0,1)"#,
      #"IIF([t] || Error("no"),1,2)"#,
      #"IIF([f] && 1 / 0 = 1,2,1)"#, #"IIF([t],1,Item([absent],7))"#, #"IIF([t],1,%Undefined%)"#,
      #"Count(Where($i,[absent],Error("no"))) + 1"#, #"IIF([t],IIF([f],Error("a"),1),Error("b"))"#,
      #"Switch([f],Error("no"),[t],1)"#, #"Switch([t],1,[t],Error("no"))"#,
      #"IIF([t],1,CNum("x"))"#,
      #"IIF([f],DateFromNum(-1),1)"#, #"IIF([t],1,PadLeft("x",2000000000,"y"))"#,
    ])
  func harmless(text: String) throws {
    #expect(try value(text, Self.input) == 1)
  }

  @Test(
    "A failure in a part that is needed ends the evaluation, and the first of several is told",
    arguments: [
      (#"Left(Error("one"),Error("two"))"#, "one"), (#"Error("one") & Error("two")"#, "one"),
      (#"IIF(Error("one"),Error("two"),3)"#, "one"), (#"[t] && Error("one")"#, "one"),
      (#"Error("one") || [t]"#, "one"), (#"Switch([t],Error("one"),[t],Error("two"))"#, "one"),
      (#"Switch([f],1,[f],2,True,Error("one"))"#, "one"), (#"With($x,Error("one"),2)"#, "one"),
      (#"Select($i,[many],Error("at " & $i))"#, "at x"),
      (#"Where($i,[many],$i = "x" || Error("at " & $i))"#, "at y"),
      (#"IIF([mixed] > 1,Error("one"),Error("two"))"#, "one"),
      (#"Error("a" & [b] & [absent])"#, "aB"),
      (#"Error(1)"#, "1"), (#"Error(NULL)"#, ""), (#"IIF(IsNull(Error("one")),1,2)"#, "one"),
    ])
  func failures(text: String, message: String) throws {
    let error = try failure(text, Self.input)
    #expect(error.kind == .errorFunction)
    #expect(error.message == message)
  }

  @Test("Switch evaluates all its arguments, so that a failure in any of them is one")
  func eager() throws {
    for text in [
      "Switch([t],1,1 / 0 = 1,2)", "Switch([t],1,[f],1 / 0)", #"Switch([t],1,Error("no"),2)"#,
      "Switch([f],Item([absent],1),[t],1)",
    ] {
      _ = try failure(text, Self.input)
    }
  }
}
