/// One thing that happens in a history.
///
/// People, groups and containers are numbers that mean the same whatever happened before, so that
/// an event can be left out without changing what the others mean. What can't happen as things are
/// (a name that is taken, a person who is not there) does not happen.
public enum Event: Hashable, Sendable {
  // The directory "ad": anchors of its own, containers, groups.
  case hire(person: Int, name: Int, container: Int)
  case duplicate(person: Int, name: Int, container: Int)
  case dismiss(person: Int)
  case rehire(person: Int)
  case move(person: Int, name: Int, container: Int)
  case swap(person: Int, with: Int)
  case edit(person: Int, Field, value: Int)
  case takeName(person: Int, of: Int)
  case manager(person: Int, of: Int?)
  case makeGroup(group: Int, name: Int, container: Int)
  case dropGroup(group: Int)
  case convert(group: Int)
  case makeContact(contact: Int, name: Int, container: Int)
  case dropContact(contact: Int)
  case member(group: Int, Who)
  case renameContainer(container: Int, label: Int)
  case moveContainer(container: Int, into: Int)
  /// Two containers get each other's names and places, with all that is in them.
  case swapContainers(container: Int, with: Int)
  /// Three people get each other's names in a ring.
  case rotate(person: Int, Int, Int)
  // The directory "hr": anchors are names, changes come as they happened.
  case enrol(person: Int, name: Int)
  case strike(person: Int)
  case reenrol(person: Int)
  case rename(person: Int, name: Int)
  case exchange(person: Int, with: Int)
  case record(person: Int, Field, value: Int)
  case superior(person: Int, of: Int?)
  case makeTeam(team: Int, name: Int)
  case dropTeam(team: Int)
  case teamMember(team: Int, Who)
  // A team that is a group of "ad", too.
  case makeCrew(group: Int)
  case dropCrew(group: Int)
  case crewMember(group: Int, Who)
  // The tenant: somebody works there by hand.
  case cloudEdit(Who, Field, value: Int)
  case cloudDelete(Who)
  case cloudCreate(person: Int?, value: Int)
  case cloudMember(Who, member: Who)
  case cloudNote(Who, value: Int)
  // Everything else.
  case clock(seconds: Int)
  case newServer(Place)
  case rules(variant: Int)
  /// A source is taken out of the configuration, or comes back to it.
  case retire(Place)
  case restore(Place)
  case restart
  case release
  case sync(Sync)
}

/// One of the directories.
public enum Place: String, Hashable, Sendable, CaseIterable {
  case ad, hr, cloud
}

/// A person, a group, a team or a contact by its number.
public enum Who: Hashable, Sendable {
  case person(Int), group(Int), team(Int), contact(Int)

  /// The key under which all directories know it.
  public var key: String {
    switch self {
    case .person(let number): "P\(number)"
    case .group(let number): "G\(number)"
    case .team(let number): "T\(number)"
    case .contact(let number): "C\(number)"
    }
  }
}

/// An attribute that people edit.
public enum Field: String, Hashable, Sendable, CaseIterable {
  case displayName, title, department, hidden, noCloud, proxies
  /// The number of the name of whoever stands in for one.
  case deputy
  /// Whether one is a guest, of whom some rules make a contact.
  case guest
  /// A flow that some rules have, and others have not.
  case phone
  /// Whether rules say that one has neither a title nor a manager.
  case mute

  /// Those that histories without anything special have.
  static let plain: [Field] = [
    .displayName, .title, .department, .hidden, .noCloud, .proxies, .deputy,
  ]
}

/// What an engine is asked to do, and what breaks meanwhile.
public struct Sync: Hashable, Sendable, CustomStringConvertible {
  /// What is run.
  public enum Action: Hashable, Sendable {
    case delta, initial
    case fullImport(Place), deltaImport(Place), fullSynchronization(Place)
    case deltaSynchronization(Place), export
  }

  /// What is run.
  public var action: Action
  /// What breaks.
  public var faults: [Fault]

  /// A run of these parts.
  public init(action: Action, faults: [Fault] = []) {
    self.action = action
    self.faults = faults
  }

  /// The action and its faults: `delta[loseReplies(2)]`.
  public var description: String {
    "\(action)" + (faults.isEmpty ? "" : "[" + faults.map { "\($0)" }.joined(separator: ", ") + "]")
  }
}

/// Something that breaks during one run.
public enum Fault: Hashable, Sendable {
  /// The engine dies inside the transaction, or right after the commit, of this number.
  case crash(commit: Int, stored: Bool)
  /// The engine is told to shut down, or a person stops the run, after this commit.
  case shutDown(commit: Int)
  case personStops(commit: Int)
  /// Reading fails after so many pages.
  case failPage(Place, after: Int)
  /// The directory does not take its own watermark.
  case refuseWatermark(Place)
  /// Every page is delivered twice, or what was already told is told again.
  case duplicatePages(Place)
  case overlap(Place, entries: Int)
  /// Objects come in another order: groups before members.
  case shuffle(Place, by: Int)
  /// The directory shows nothing at all, and calls it a success.
  case showNothing(Place)
  /// The directory can't be reached.
  case unreachable(Place)
  /// The tenant does so many requests and their answers are lost.
  case loseReplies(Int)
  /// So many requests never arrive, and nobody knows.
  case loseRequests(Int)
  /// The connection breaks after so many requests; the answers before are lost with it.
  case breakConnection(after: Int)
  /// After so many requests the tenant wants to be left alone.
  case throttle(after: Int)
  /// Imports don't see the last so many writes.
  case lag(writes: Int)
  /// The tenant takes no value that is called "Bad"; it takes no new objects above its quota.
  case refuseBad
  case quota
}
