import Foundation
import Testing

@testable import SyncStore
@testable import lockstep

@Suite("The report on why an object did not arrive")
struct WhyReportTests {
  private let finding = WhyNot(
    subject: "CN=Ann\u{1B},DC=x", object: 7, target: "tenant", gate: .outOfOutboundScope,
    sentence: "No outbound rule to tenant has it in scope.",
    evidence: ["Out - User: title EQUAL Boss fails (Clerk)"], hint: "Correct the value",
    passed: ["imported from contoso.test as user"])

  @Test("What was passed, what stopped it, the evidence and what to do, each on a line")
  func lines() throws {
    let text = try WhyReport.make([finding]).text(asJSON: false, width: 80)
    #expect(
      text.contains(
        """
          ✓ imported from contoso.test as user
          ✗ No outbound rule to tenant has it in scope. [out-of-outbound-scope]
              Out - User: title EQUAL Boss fails (Clerk)
          → Correct the value
        """))
    #expect(text.hasSuffix("\n") && !text.contains("\u{1B}"))
    #expect(
      try WhyReport.make([]).text(asJSON: false, width: 80)
        == "There is no target that it could have arrived at.\n")
  }

  @Test("Programs get the gate as a word, and no key that says nothing")
  func json() throws {
    var bare = finding
    bare.target = ""
    bare.hint = ""
    let text = try WhyReport.make([finding, bare]).text(asJSON: true, width: nil)
    let rows = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    #expect(rows[0]["gate"] as? String == "out-of-outbound-scope")
    #expect(
      Set(rows[0].keys) == [
        "object", "subject", "target", "gate", "sentence", "evidence", "hint", "passed",
      ])
    #expect(rows[1]["target"] == nil && rows[1]["hint"] == nil)
  }
}
