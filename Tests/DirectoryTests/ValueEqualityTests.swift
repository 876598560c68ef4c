import Directory
import Testing

@Suite("Values that are one to a directory")
struct ValueEqualityTests {
  @Test("are the same where nothing else is said")
  func exact() {
    #expect(ValueEquality.exact.holds(["a"], ["a"]))
    #expect(!ValueEquality.exact.holds(["a"], ["A"]))
    #expect(!ValueEquality.exact.holds(["2026-01-01T00:00:00Z"], ["2026-01-01T00:00:00.000Z"]))
  }

  @Test("may differ in case, and two that are one may be shown as one")
  func caseless() {
    #expect(ValueEquality.caseless.holds(["Anna.Berg"], ["anna.berg"]))
    #expect(ValueEquality.caseless.holds(["A", "a", "B"], ["a", "b"]))
    #expect(!ValueEquality.caseless.holds(["Anna"], ["Anne"]))
    #expect(!ValueEquality.caseless.holds(["Anna"], []))
    #expect(!ValueEquality.caseless.holds([.boolean(true)], ["true"]))
    #expect(!ValueEquality.caseless.holds([.reference("A")], [.reference("a")]))
  }

  @Test("may be one moment that is written in two ways")
  func moment() {
    let moment: AttributeValue = "2026-01-01T00:00:00Z"
    #expect(ValueEquality.moment.holds([moment], ["2026-01-01T00:00:00.000Z"]))
    #expect(ValueEquality.moment.holds([moment], ["2026-01-01T01:00:00+01:00"]))
    #expect(!ValueEquality.moment.holds([moment], ["2026-01-01T00:00:01Z"]))
    #expect(!ValueEquality.moment.holds(["Monday"], ["monday"]))
  }

  @Test("may be one name, however it is spelled")
  func names() {
    #expect(ValueEquality.name.holds(["cn=Ann,ou=Staff,dc=x"], ["CN=ann, OU=staff,DC=x"]))
    #expect(!ValueEquality.name.holds(["cn=Ann,ou=Staff,dc=x"], ["cn=Ann,ou=Field,dc=x"]))
    #expect(!ValueEquality.name.holds(["Ann"], ["ann"]))
    #expect(!ValueEquality.name.holds(["cn=Ann,dc=x"], []))
  }

  @Test("may be among others that a directory shows with them, and not the other way round")
  func among() {
    #expect(ValueEquality.among.holds(["top", "person", "user"], ["User"]))
    #expect(ValueEquality.among.holds(["user", "top"], ["top", "user"]))
    #expect(!ValueEquality.among.holds(["top", "person"], ["user"]))
    #expect(!ValueEquality.among.holds(["user"], []))
    #expect(ValueEquality.among.holds([], []))
    #expect(ValueEquality.any(of: "objectClass") == .among)
    #expect(ValueEquality.any(of: "title").holds(["CN=a,DC=x"], ["cn=a, dc=x"]))
    #expect(!ValueEquality.any(of: "title").holds(["a", "b"], ["a"]))
  }

  @Test("are one in either way where that was found before")
  func either() {
    #expect(ValueEquality.anyOf.holds(["A"], ["a"]))
    #expect(ValueEquality.anyOf.holds(["2026-01-01T00:00:00Z"], ["2026-01-01T00:00:00.000Z"]))
    #expect(!ValueEquality.anyOf.holds(["A"], ["b"]))
  }

  @Test("Of texts that differ in case or spaces only, the first one stays, and is what is shown")
  func distinct() {
    let sent: [AttributeValue] = ["B", "a", "b", "x  y", "X y", .integer(1), .binary([1]), "A"]
    #expect(
      ValueEquality.distinct(sent) == ["B", "a", "x  y", .integer(1), .binary([1])])
    #expect(ValueEquality.distinct.holds(["a", "B"], ["B", "a", "b"]))
    #expect(!ValueEquality.distinct.holds(["a", "b"], ["B", "a", "b"]))
    #expect(!ValueEquality.distinct.holds(["B"], ["B", "a", "b"]))
    #expect(!ValueEquality.distinct.holds(["B", "a", "b"], ["B", "a"]))
  }
}
