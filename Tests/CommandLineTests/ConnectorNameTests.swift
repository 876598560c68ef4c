import ArgumentParser
import Testing

@testable import lockstepd

@Suite("Which connector stands for which, on the command line")
struct ConnectorNameTests {
  private func pairs(_ texts: [String]) throws -> [String: [String]] {
    try ConnectorNames.parse(texts.flatMap { ["--connector", $0] }).pairs()
  }

  @Test(
    "A pair is parted at its last equals sign, and may be said twice",
    arguments: [
      ([], [:]), (["a=b"], ["a": ["b"]]), (["a=b=c"], ["a=b": ["c"]]),
      (["a=b", "c=d"], ["a": ["b"], "c": ["d"]]),
      (["a=b", "a=b"], ["a": ["b"]]),
      (["a=c", "a=b", "d=e"], ["a": ["c", "b"], "d": ["e"]]),
      (["contoso.com - AAD=the cloud"], ["contoso.com - AAD": ["the cloud"]]),
      (["a= b"], ["a": [" b"]]), (["é=日"], ["é": ["日"]]),
    ] as [([String], [String: [String]])])
  func read(texts: [String], meant: [String: [String]]) throws {
    #expect(try pairs(texts) == meant)
  }

  @Test(
    "What is no pair is refused", arguments: [["a"], ["=b"], ["a="], ["="], [""], ["a=b", "c"]])
  func refused(texts: [String]) {
    #expect(throws: (any Error).self) { try pairs(texts) }
  }
}
