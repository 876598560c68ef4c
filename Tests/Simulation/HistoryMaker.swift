import TestSupport

/// Makes histories from seeds.
struct HistoryMaker {
  static let people = 7
  static let names = 8
  static let groups = 3
  private static let teams = 2
  private static let containers = 4
  /// The container that the connector of "ad" does not read.
  static let unreadContainer = containers - 1

  private let seed: Int
  private var random: SeededRandom
  private var setup = History.Setup()
  private var value = 0

  init(seed: Int) {
    self.seed = seed
    random = SeededRandom(scattering: seed)
  }

  mutating func make(_ length: Int) -> History {
    setup.adRefersByAnchor = random.chance(40)
    setup.adKnowsDeltas = random.chance(85)
    setup.hrKnowsDeltas = random.chance(85)
    setup.hrSharesNames = random.chance(25)
    if setup.hrSharesNames {
      setup.hrKnowsDeltas = true
      setup.adKnowsDeltas = true
    }
    setup.page = below(6) + 1
    setup.batch = below(6) + 2
    setup.exportBatch = below(5) + 1
    setup.threshold = below(5) + 1
    setup.models = (0..<3).map { _ in RuleModel(using: &random) }
    let hasDeputies = setup.models[0].hasDeputies
    // A flow that is gone leaves what it wrote, and nobody knows it for the rules' any more.
    for index in setup.models.indices {
      setup.models[index].hasDeputies = hasDeputies
      setup.models[index].deputiesByKey = setup.models[index].deputiesByKey && hasDeputies
    }
    if setup.models.contains(where: \.managersNeedDepartment) {
      for index in setup.models.indices { setup.models[index].flowsManagers = true }
    }
    var events = (0..<length / 5).map { _ in birth() }
    events.append(.sync(Sync(action: .delta, faults: [])))
    while events.count < length {
      events.append(random.chance(16) ? .sync(sync()) : random.chance(20) ? birth() : change())
    }
    if setup.hrSharesNames { events = events.filter { !$0.mayReadAll } }
    var history = History(seed: seed, setup: setup, events: events)
    for feature in Feature.allCases { feature.enrich(&history) }
    return history
  }

  private mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &random) }

  private var person: Int { mutating get { below(Self.people) } }
  private var name: Int { mutating get { below(Self.names) } }
  private var group: Int { mutating get { below(Self.groups) } }
  private var team: Int { mutating get { below(Self.teams) } }

  /// A container; the last one is not read.
  private var container: Int {
    mutating get { below(setup.adRefersByAnchor ? Self.containers : Self.containers - 1) }
  }

  private mutating func next() -> Int {
    value += 1
    return value
  }

  private mutating func who() -> Who {
    switch below(10) {
    case 0...6: .person(person)
    case 7...8: .group(group)
    default: .team(team)
    }
  }

  private mutating func fieldValue() -> Int { random.chance(30) ? 0 : next() }

  // MARK: What people do

  private mutating func birth() -> Event {
    switch below(10) {
    case 0...4: .hire(person: person, name: name, container: container)
    case 5...7: .enrol(person: person, name: name)
    case 8: .makeGroup(group: group, name: name, container: container)
    default: .makeTeam(team: team, name: name)
    }
  }

  private mutating func change() -> Event {
    switch below(20) {
    case 0...7: inAD()
    case 8...12: inHR()
    case 13...15: inCloud()
    case 16...17: .member(group: group, who())
    default: elsewhere()
    }
  }

  private mutating func inAD() -> Event {
    switch below(18) {
    case 0: .dismiss(person: person)
    case 1: .rehire(person: person)
    case 2...4: .move(person: person, name: name, container: container)
    case 5: .swap(person: person, with: person)
    case 6...9: .edit(person: person, field(), value: fieldValue())
    case 10: .takeName(person: person, of: person)
    case 11...12: .manager(person: person, of: random.chance(25) ? nil : person)
    case 13: .dropGroup(group: group)
    case 14: .renameContainer(container: below(3), label: below(5))
    case 15: .moveContainer(container: 2, into: below(2))
    case 16: .convert(group: group)
    default: .duplicate(person: person, name: name, container: container)
    }
  }

  private mutating func field() -> Field { random.choose(Field.plain) }

  private mutating func inHR() -> Event {
    switch below(12) {
    case 0: .strike(person: person)
    case 1: .reenrol(person: person)
    case 2...3: .rename(person: person, name: name)
    case 4: .exchange(person: person, with: person)
    case 5...6: .record(person: person, field(), value: fieldValue())
    case 7...8: .superior(person: person, of: random.chance(25) ? nil : person)
    case 9: .dropTeam(team: team)
    default: .teamMember(team: team, random.chance(80) ? .person(person) : .team(team))
    }
  }

  private mutating func inCloud() -> Event {
    switch below(7) {
    case 0...1: .cloudEdit(who(), field(), value: fieldValue())
    case 2: .cloudDelete(who())
    case 3: .cloudCreate(person: random.chance(50) ? person : nil, value: next())
    case 4...5: .cloudMember(random.chance(70) ? .group(group) : .team(team), member: who())
    default: .cloudNote(who(), value: next())
    }
  }

  private mutating func elsewhere() -> Event {
    switch below(8) {
    case 0: .clock(seconds: 86_400 * 30)
    case 1: .clock(seconds: -7200)
    case 2: .newServer(random.choose(Place.allCases))
    case 3: .rules(variant: below(setup.models.count))
    case 4...5: .release
    default: .restart
    }
  }

  // MARK: What engines do

  private mutating func sync() -> Sync {
    let action: Sync.Action =
      switch below(20) {
      case 0...12: .delta
      case 13...14: .initial
      case 15: .fullImport(place())
      case 16: .deltaImport(place())
      case 17: .fullSynchronization(place())
      case 18: .deltaSynchronization(place())
      default: .export
      }
    var faults: [Fault] = []
    while random.chance(45), faults.count < 3 { faults.append(fault()) }
    return Sync(action: action, faults: faults)
  }

  private mutating func place() -> Place { random.choose(Place.allCases) }

  private mutating func fault() -> Fault {
    switch below(20) {
    case 0...3: .crash(commit: below(70) + 1, stored: random.chance(50))
    case 4: .shutDown(commit: below(70) + 1)
    case 5: .personStops(commit: below(70) + 1)
    case 6: .failPage(place(), after: below(4))
    case 7: .refuseWatermark(place())
    case 8: .duplicatePages(place())
    case 9: .overlap(random.chance(50) ? .ad : .cloud, entries: below(6) + 1)
    case 10: .shuffle(place(), by: below(1000))
    case 11: .showNothing(place())
    case 12: .unreachable(place())
    case 13...14: .loseReplies(below(5) + 1)
    case 15: .loseRequests(below(5) + 1)
    case 16: .breakConnection(after: below(6))
    case 17: .throttle(after: below(6))
    case 18: .lag(writes: below(8) + 1)
    default: random.chance(50) ? .refuseBad : .quota
    }
  }
}

extension Event {
  /// Whether it may have a directory read as a whole again.
  fileprivate var mayReadAll: Bool {
    switch self {
    case .newServer, .rules: true
    case .sync(let sync):
      switch sync.action {
      case .initial, .fullImport: true
      default:
        sync.faults.contains { fault in
          if case .refuseWatermark = fault { true } else { false }
        }
      }
    default: false
    }
  }
}
