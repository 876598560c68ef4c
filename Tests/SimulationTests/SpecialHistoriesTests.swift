import Simulation
import Testing

@Suite("Some histories have something special, and most of them have not")
struct SpecialHistoriesTests {
  private static let histories = (1...500).map { History(seed: $0) }

  private func share(_ isSpecial: (History) -> Bool) -> Int {
    Self.histories.count(where: isSpecial) / 5
  }

  private func share(of isSpecial: (Event) -> Bool) -> Int {
    share { $0.events.contains(where: isSpecial) }
  }

  @Test("A fourth has contacts, and guests of whom rules make contacts here or there")
  func guests() {
    #expect(15...35 ~= share(of: { if case .makeContact = $0 { true } else { false } }))
    #expect(5...30 ~= share { $0.setup.models.contains(where: \.sendsGuestsAsContacts) })
    #expect(5...30 ~= share { $0.setup.models.contains(where: \.takesGuestsAsContacts) })
  }

  @Test("A third has rules that change by little: others' names, disabled ones, other joins")
  func rules() {
    #expect(10...40 ~= share { $0.setup.models.contains(where: \.hasOtherNames) })
    #expect(3...30 ~= share { $0.setup.models.contains(where: \.joinsByBadge) })
    #expect(5...40 ~= share { $0.setup.models.contains(where: \.disablesGroupsOutbound) })
  }

  @Test("Some have a source that leaves the configuration, and one that comes back")
  func sources() {
    #expect(10...30 ~= share(of: { if case .retire = $0 { true } else { false } }))
    #expect(8...30 ~= share(of: { if case .restore = $0 { true } else { false } }))
  }

  @Test("Some have groups of two sources, and rules that silence one")
  func givers() {
    #expect(20...40 ~= share(of: { if case .makeCrew = $0 { true } else { false } }))
    #expect(10...35 ~= share { $0.setup.models.contains(where: \.mergesMembers) })
    #expect(10...35 ~= share { $0.setup.models.contains(where: \.mutes) })
  }

  @Test("Some have containers that change their places, and rings of names")
  func containers() {
    #expect(8...30 ~= share(of: { if case .swapContainers = $0 { true } else { false } }))
    #expect(8...30 ~= share(of: { if case .rotate = $0 { true } else { false } }))
    #expect(5...20 ~= share { $0.setup.adRetellsBelow })
  }

  @Test("Where who is who is told by what happened alone, nothing has a directory read as a whole")
  func sharedNames() {
    let bad = Self.histories.filter { history in
      history.setup.hrSharesNames
        && history.events.contains { event in
          switch event {
          case .rules, .newServer, .retire, .restore: true
          default: false
          }
        }
    }
    #expect(bad.map(\.seed) == [])
  }
}
