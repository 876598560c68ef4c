import Configuration
import Testing

@testable import Workspace

@Suite("A connector to a SCIM server in the configuration")
struct SCIMSectionTests {
  private func refusal(_ url: String) -> ConfigurationError? {
    let text = """
      name = "cloud"
      type = "scim"
      role = "target"
      url = "\(url)"
      token_file = "token"
      """
    do {
      _ = try ConnectorDefinition(
        try TOMLTable.parse(text, file: "lockstep.toml"), folder: "/ws")
      return nil
    } catch {
      return error
    }
  }

  @Test("Takes a base URL, which paths can follow")
  func base() {
    #expect(refusal("https://scim.example.com/v2") == nil)
    #expect(refusal("http://localhost:8080/scim") == nil)
  }

  @Test(
    "Refuses a URL with something behind its path, and does not print what may be a key",
    arguments: [
      "https://x.example.com/scim?aadOptscim062020", "https://x.example.com/scim?code=s3cret",
      "https://x.example.com/scim#s3cret",
    ])
  func query(url: String) {
    let error = refusal(url)
    #expect(error?.message.contains("has a query or a fragment") == true)
    #expect(error?.hint.contains("?aadOptscim062020") == true)
    #expect(error.map { "\($0)" }?.contains("s3cret") == false)
  }
}
