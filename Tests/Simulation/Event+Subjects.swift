extension Event {
  /// Whom the event is about: without any of them it means nothing.
  var subjects: [Who] {
    switch self {
    case .hire(let person, _, _), .duplicate(let person, _, _), .dismiss(let person),
      .rehire(let person), .move(let person, _, _), .edit(let person, _, _),
      .enrol(let person, _), .strike(let person), .reenrol(let person), .rename(let person, _),
      .record(let person, _, _):
      [.person(person)]
    case .swap(let person, let other), .exchange(let person, let other),
      .takeName(let person, let other):
      [.person(person), .person(other)]
    case .rotate(let one, let other, let third): [.person(one), .person(other), .person(third)]
    case .manager(let person, let other), .superior(let person, let other):
      [.person(person)] + (other.map { [.person($0)] } ?? [])
    case .makeGroup(let group, _, _), .dropGroup(let group), .convert(let group):
      [.group(group)]
    case .member(let group, let who): [.group(group), who]
    case .makeContact(let contact, _, _), .dropContact(let contact): [.contact(contact)]
    case .makeTeam(let team, _), .dropTeam(let team): [.team(team)]
    case .teamMember(let team, let who): [.team(team), who]
    case .makeCrew(let group), .dropCrew(let group): [.group(group)]
    case .crewMember(let group, let who): [.group(group), who]
    case .cloudEdit(let who, _, _), .cloudDelete(let who), .cloudNote(let who, _): [who]
    case .cloudMember(let who, let member): [who, member]
    case .cloudCreate(let person, _): person.map { [.person($0)] } ?? []
    case .renameContainer, .moveContainer, .swapContainers, .clock, .newServer, .rules, .retire,
      .restore,
      .restart, .release, .sync:
      []
    }
  }
}
