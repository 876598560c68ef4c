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

  @Test("are one in either way where that was found before")
  func either() {
    #expect(ValueEquality.anyOf.holds(["A"], ["a"]))
    #expect(ValueEquality.anyOf.holds(["2026-01-01T00:00:00Z"], ["2026-01-01T00:00:00.000Z"]))
    #expect(!ValueEquality.anyOf.holds(["A"], ["b"]))
  }
}
