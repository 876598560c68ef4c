import Configuration
import Testing

@testable import Workspace

/// What could be read and would never work, or have no effect.
@Suite("Settings that can't be meant")
struct UselessSettingTests {
  private static let target = """

    [[connector]]
    name = "tenant"
    type = "scim"
    role = "target"
    url = "embedded"

    """

  private func refusal(_ text: String) throws -> ConfigurationError? {
    do throws(ConfigurationError) {
      _ = try WorkspaceSettings(try TOMLTable.parse(text, file: "lockstep.toml"), folder: "/ws")
      return nil
    } catch {
      return error
    }
  }

  private func ldif(_ lines: String) -> String {
    "[[connector]]\nname = \"people\"\ntype = \"ldif\"\nrole = \"source\"\n" + lines + "\n"
  }

  @Test(
    "The store is a file of its own",
    arguments: [
      "lockstep.toml", "./lockstep.toml", "rules", "rules/standard.toml", "rules/a/B.TOML",
      "people",
      "people.ldif", "changes", "engine.lock",
    ])
  func store(file: String) throws {
    let text =
      "[store]\nfile = \"\(file)\"\n"
      + ldif("content = [\"people\", \"people.ldif\"]\nchanges = \"changes\"")
    let error = try #require(try refusal(text))
    #expect(error.place?.line == 2 && error.message.contains("/ws/"), "\(error)")
    #expect(
      error.hint == "give each a file of its own" || error.hint == "give it a file of its own")
    #expect(
      try refusal(text.replacing("file = \"\(file)\"", with: "file = \"rules.sqlite\"")) == nil)
  }

  @Test("The tenant's files are other files than those of the engine")
  func tenant() throws {
    let base = ldif("content = \"people\"") + Self.target
    for (line, words) in [
      ("database = \"store.sqlite\"", "the engine's store"),
      ("database = \"lockstep.toml\"", "the configuration"),
      ("database = \"people\"", "what \"people\" reads"),
      ("token_file = \"tenant.sqlite\"", "the embedded tenant's database"),
      ("token_file = \"store.sqlite\"", "the engine's store"),
    ] {
      let error = try #require(try refusal("[tenant]\n\(line)\n" + base), "\(line)")
      #expect(error.place?.line == 2 && error.message.contains(words), "\(error)")
    }
    #expect(try refusal("[tenant]\ndatabase = \"x\"\n" + base) == nil)
    let moved = "[store]\nfile = \"tenant.sqlite\"\n[tenant]\n"
    #expect(try refusal(moved + base)?.message.contains("the engine's store") == true)
  }

  @Test("A certificate's name without a certificate, and clients that can't come, are refused")
  func tenantAddress() throws {
    let base = ldif("content = \"people\"") + Self.target
    let host = try #require(try refusal("[tenant]\nhost = \"t.contoso.com\"\n" + base))
    #expect(host.place?.line == 2 && host.hint.contains("certificate_file"))
    for address in ["127.0.0.1", "::1"] {
      let text = "[tenant]\naddress = \"\(address)\"\nremote_clients = true\n" + base
      let remote = try #require(try refusal(text))
      #expect(remote.place?.line == 3 && remote.message.contains(address))
      #expect(try refusal(text.replacing("true", with: "false")) == nil)
    }
  }

  @Test(
    "No file is content twice, or content and changes",
    arguments: [
      ("content = [\"a.ldif\", \"./a.ldif\"]", "content"), ("content = [\"c\", \"c/\"]", "content"),
      ("content = [\"c\", \"c/a.ldif\"]", "content"), ("content = [\"c/a.LDF\", \"c\"]", "content"),
      ("content = \"c\"\nchanges = \"c\"", "changes"),
      ("content = [\"a.ldif\", \"c\"]\nchanges = \"./c\"", "changes"),
    ])
  func twice(lines: String, key: String) throws {
    let error = try #require(try refusal(ldif(lines)))
    #expect(error.place?.line == (key == "content" ? 5 : 6))
    #expect(error.message.contains("\"\(key)\" "))
  }

  @Test(
    "Content in several places, and changes beside it or in it, are read",
    arguments: [
      "content = [\"c\", \"d\", \"c.ldif\", \"c/inner/a.ldif\"]",
      "content = \"c\"\nchanges = \"c/changes\"", "content = \"c.ldif\"\nchanges = \"c\"",
    ])
  func places(lines: String) throws {
    #expect(try refusal(ldif(lines)) == nil)
  }

  private static let servers = """
    [[connector]]
    name = "ad"
    type = "ldap"
    role = "source"
    servers = ["ldaps://dc1.contoso.com"]
    user = "svc"
    password_file = "pw"

    """

  @Test(
    "Attributes have names that a directory can have, and hold one kind of values",
    arguments: [
      ("anchor = \"no such\"", "\"no such\" is no name"),
      ("anchor = \"-x\"", "is no name"), ("reference_attributes = [\"boss\", \"\"]", "is no name"),
      ("binary_attributes = [\"ké\"]", "is no name"),
      ("reference_attributes = [\"x\"]\nbinary_attributes = [\"a\", \"X\"]", "\"X\" stands in"),
    ])
  func attributes(lines: String, words: String) throws {
    for text in [ldif("content = \"c\"\n" + lines), Self.servers + lines] {
      let error = try #require(try refusal(text))
      #expect(error.message.contains(words), "\(error)")
      #expect(error.place != nil && !error.hint.isEmpty)
    }
  }

  @Test(
    "Names with hyphens, numbers and options are names of attributes",
    arguments: ["mS-DS-ConsistencyGuid", "1.2.840.113556.1.4.2", "cn;lang-de", "uid", "x_y"])
  func names(name: String) throws {
    #expect(try refusal(ldif("content = \"c\"\nanchor = \"\(name)\"")) == nil)
    #expect(try refusal(Self.servers + "binary_attributes = [\"\(name)\"]") == nil)
  }

  @Test("StartTLS beside ldaps:// alone, and what needs a delta without one, are refused")
  func ldap() throws {
    let tls = try #require(try refusal(Self.servers + "start_tls = true"))
    #expect(tls.place?.line == 8 && tls.message.contains("ldaps://"))
    let mixed = Self.servers.replacing("com\"]", with: "com\", \"ldap://dc2.contoso.com\"]")
    #expect(try refusal(mixed + "start_tls = true") == nil)
    #expect(try refusal(Self.servers + "start_tls = false") == nil)
    for (lines, key) in [
      ("compare_every = \"1h\"", "compare_every"), ("[connector.watch]\nquiet = \"5s\"", "watch"),
    ] {
      let error = try #require(try refusal(Self.servers + "delta = \"none\"\n" + lines))
      #expect(error.place?.line == 9 && error.message.contains("\"\(key)\" has no use"), "\(error)")
      #expect(try refusal(Self.servers + "delta = \"timestamps\"\n" + lines) == nil)
    }
  }

  @Test("Entries that must be there are those of a source")
  func canaries() throws {
    let limits = "[connector.import_limits]\ncanaries = [\"CN=a\"]\n"
    let error = try #require(try refusal("[tenant]\n" + Self.target + limits))
    #expect(error.place?.line == 9 && error.message.contains("imports of a source"), "\(error)")
    #expect(try refusal(ldif("content = \"c\"") + limits) == nil)
  }

  @Test("Who names an attribute with hashes is told the words for its form")
  func form() throws {
    let base = ldif("content = \"c\"") + "[tenant]\n" + Self.target
    let sync =
      "[password_sync]\nsource = \"people\"\ntarget = \"tenant\"\nhash_attribute = \"myHash\"\n"
    let error = try #require(try refusal(base + sync))
    #expect(error.message == "It is not said in which form \"myHash\" holds hashes")
    #expect(error.hint.hasPrefix("add hash_form, one of \""), "\(error.hint)")
    #expect(try refusal(base + sync + "hash_form = \"nonsense\"") != nil)
    #expect(try refusal(base + sync.replacing("myHash", with: "sambaNTPassword")) == nil)
  }
}
