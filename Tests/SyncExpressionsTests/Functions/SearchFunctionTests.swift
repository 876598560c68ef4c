import Directory
import SyncExpressions
import Testing

@Suite("Functions that find text in text")
struct SearchFunctionTests {
  @Test(
    "InStr finds the first place",
    arguments: [
      (#"InStr("The quick brown fox","quick")"#, 5),
      (#"InStr("repEated","e",3,vbBinaryCompare)"#, 7),
      (#"InStr("repEated","e",3,vbTextCompare)"#, 4), (#"InStr("abc","x")"#, 0),
      (#"InStr("abc","ABC")"#, 0), (#"InStr("abc","")"#, 1), (#"InStr("abc","",2)"#, 2),
      (#"InStr("","a")"#, 0), (#"InStr("abc","c",4)"#, 0), (#"InStr("abc","c",3)"#, 3),
      (#"InStr("ab","abc")"#, 0), ("InStr(\"😀ä@\",\"@\")", 3), (#"InStr([absent],"}")"#, 0),
      (#"InStr("ÄÖ","ö",1,vbTextCompare)"#, 2), (#"InStr(12345, 34)"#, 3),
      (#"InStr("abc","c",1,VBTEXTCOMPARE)"#, 3),
    ])
  func first(text: String, expected: Int64) throws {
    #expect(try value(text) == .integer(expected))
  }

  @Test(
    "InStrRev finds the last place",
    arguments: [
      (#"InStrRev("abbcdbbbef","bb")"#, 7), (#"InStrRev("abcabc","bc",5)"#, 2),
      (#"InStrRev("abcabc","bc",6)"#, 5), (#"InStrRev("abc","x")"#, 0), (#"InStrRev("abc","")"#, 3),
      (#"InStrRev("","a")"#, 0), (#"InStrRev("aBc","b",-1,vbTextCompare)"#, 2),
      (#"InStrRev("aBc","b")"#, 0), (#"InStrRev("abc","c",9)"#, 0), (#"InStrRev([absent],"a")"#, 0),
    ])
  func last(text: String, expected: Int64) throws {
    #expect(try value(text) == .integer(expected))
  }

  @Test("A place before the text is out of range", arguments: ["InStr", "InStrRev"])
  func places(name: String) throws {
    #expect(try failure("\(name)(\"abc\",\"c\",0)").kind == .range)
    #expect(try failure("\(name)(\"abc\",\"c\",-7)").kind == .range)
  }

  @Test("An unknown option is an error of the text")
  func option() throws {
    let error = try syntaxError(#"InStr("a","b",1,CaseSensitive)"#)
    #expect(error.message == "InStr has no option CaseSensitive")
    #expect(error.hint == "it takes vbBinaryCompare, vbTextCompare")
    #expect(error.column == 17)
  }
}
