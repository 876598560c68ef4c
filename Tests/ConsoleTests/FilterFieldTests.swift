import Directory
import SyncStore
import Testing

@testable import Console

@Suite("A filter that programs type")
struct FilterFieldTests {
  private func fault(_ filter: String, _ view: ViewID = .users) -> Fault? {
    var words = TableQuery.Words()
    words.filter = filter
    do {
      _ = try TableQuery(.view(view), words, now: Timestamp(milliseconds: 0), clock: .utc)
      return nil
    } catch {
      return error
    }
  }

  @Test(
    "A field that there is not is refused with those that there are",
    arguments: [
      "nosuch=1", "!nosuch=1", "nosuch>5", "nosuch<=2", "nosuch!=x", "nosuch^=x", "Sales x nosuch=",
    ])
  func unknown(filter: String) throws {
    for view in [ViewID.users, .operations, .events, .connectors, .rules] {
      let fault = try #require(self.fault(filter, view), "\(view)")
      #expect(fault.message == "there is no field 'nosuch' to filter by")
      #expect(fault.hint.hasPrefix("There are "))
    }
  }

  @Test(
    "Fields by their names, or how those begin, words and parts of names are taken",
    arguments: [
      "state=Error", "state=error upn:sales", "!state=\"In cloud\"", "state!=synced", "synced>2d",
      "passwordst:x", "OU=Sales", "cn=Ann", "x", "", "~^a", "!x", "smtp:ann@contoso.test", "=5",
      "1=1", "state:Eror", "stale",
    ])
  func known(filter: String) {
    #expect(fault(filter) == nil, "\(String(describing: fault(filter)))")
  }

  @Test(
    "A state that no user can have is refused with those that there are",
    arguments: [
      "state=Eror", "!state=Eror", "state!=Eror", "state=",
    ])
  func states(filter: String) throws {
    let fault = try #require(self.fault(filter))
    #expect(fault.message.hasPrefix("no user has the state '"))
    #expect(fault.hint == "There are Synced, In cloud, Pending, Error")
  }

  @Test("The metaverse is searched by any attribute")
  func metaverse() {
    #expect(fault("title*=man nosuch=1 type:person", .metaverse) == nil)
  }
}
