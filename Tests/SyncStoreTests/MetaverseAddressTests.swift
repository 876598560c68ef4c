import SyncStore
import Testing

@Suite("A metaverse object as a person names it")
struct MetaverseAddressTests {
  @Test(
    "Its number after what reports call it",
    arguments: ["mv:12", "MV:12", "metaverse:12", "Metaverse object 12", "metaverse 12"])
  func named(_ text: String) {
    #expect(MetaverseAddress(text)?.number == 12)
  }

  @Test(
    "Anything else names none",
    arguments: [
      "12", "mv:", "mv:-1", "mv:0", "mv:12 ", "mv:１２", "mv:99999999999999999999", "mvp:12", "",
      "CN={metaverse-12}",
    ])
  func unnamed(_ text: String) {
    #expect(MetaverseAddress(text) == nil)
  }
}
