import TestSupport

/// The rules of a history, as the few choices in which they differ: the rules file is written from
/// it, and the naive calculation reads it.
public struct RuleModel: Hashable, Sendable, CustomStringConvertible {
  /// Whether a person who is only in "hr" becomes a metaverse object.
  public var hrProvisions = false
  /// Whether titles come from "hr" before they come from "ad".
  public var hrTitlesFirst = false
  /// Whether hidden objects of "ad" are out of scope.
  public var hidesHidden = false
  /// Whether people with `noCloud` stay out of the tenant.
  public var filtersCloud = false
  /// Whether people with a manager in the metaverse get a mark on their way out.
  public var marksManaged = false
  /// Whether people of "ad" with a manager get a mark on their way in.
  public var marksManagedInbound = false
  /// Whether managers flow at all.
  public var flowsManagers = true
  /// Whether managers of "ad" flow by a rule of its own, for people with a title there.
  public var managersNeedTitle = false
  /// Whether managers flow out by a rule of its own, for people with a department.
  public var managersNeedDepartment = false
  /// Whether an expression makes references of the names of those who stand in for people of "ad".
  public var hasDeputies = false
  /// Whether it is an outbound rule that makes them, of the keys of those who stand in.
  public var deputiesByKey = false
  /// Whether members flow at all.
  public var flowsMembers = true
  /// Whether a rule of the tenant fails with groups of too many members.
  public var limitsMembers = false
  /// Whether people and groups of "hr" have rules of the same precedences as those of "ad", which come
  /// first by their ids.
  public var hasEqualPrecedences = false
  /// Whether "hr" sets a constant department for those who have none.
  public var hasDefaultDepartment = false
  /// Whether guests of "ad" get contacts in the tenant in the place of users.
  public var sendsGuestsAsContacts = false
  /// Whether guests of "ad" are contacts already in the metaverse, with keys of their own.
  public var takesGuestsAsContacts = false

  /// Whether all rules have other names, and with them other ids.
  public var hasOtherNames = false
  /// Whether the rule for the titles of "hr" is disabled.
  public var disablesTitles = false
  /// Whether groups of "ad" are left out, since their rule is disabled.
  public var disablesGroupsInbound = false
  /// Whether groups are kept from the tenant, since their rule is disabled.
  public var disablesGroupsOutbound = false
  /// Whether phones flow.
  public var flowsPhones = false
  /// Whether people have badges in the metaverse, by which they can be joined.
  public var knowsBadges = false
  /// Whether people are joined by their badges, and not by their keys.
  public var joinsByBadge = false

  /// Whether the members that several sources give are united.
  public var mergesMembers = false
  /// Whether a rule says that muted people of "ad" have no title, and no manager by "ad".
  public var mutes = false

  /// Whether guests are anything special.
  var knowsGuests: Bool { sendsGuestsAsContacts || takesGuestsAsContacts }

  /// Rules that chance chooses.
  init(using random: inout SeededRandom) {
    hrProvisions = random.chance(50)
    hrTitlesFirst = random.chance(50)
    hidesHidden = random.chance(60)
    filtersCloud = random.chance(50)
    marksManaged = random.chance(40)
    marksManagedInbound = random.chance(30)
    flowsManagers = random.chance(85)
    managersNeedTitle = flowsManagers && random.chance(30)
    managersNeedDepartment = flowsManagers && random.chance(30)
    hasDeputies = random.chance(40)
    flowsMembers = random.chance(90)
    hasDefaultDepartment = random.chance(50)
    deputiesByKey = hasDeputies && random.chance(50)
    // Without a chance of its own: histories of other rules stay what they were.
    limitsMembers = flowsMembers && hrTitlesFirst && !marksManagedInbound
    hasEqualPrecedences = hasDefaultDepartment && !hidesHidden && !managersNeedTitle
  }

  /// With how many members of a group a rule fails.
  static let memberLimit = 2

  /// The plainest rules.
  public init() {}

  /// The choices that are made.
  public var description: String {
    let choices: [(String, Bool)] = [
      ("hrProvisions", hrProvisions), ("hrTitlesFirst", hrTitlesFirst),
      ("hidesHidden", hidesHidden), ("filtersCloud", filtersCloud),
      ("marksManaged", marksManaged), ("marksManagedInbound", marksManagedInbound),
      ("flowsManagers", flowsManagers), ("managersNeedTitle", managersNeedTitle),
      ("managersNeedDepartment", managersNeedDepartment), ("hasDeputies", hasDeputies),
      ("deputiesByKey", deputiesByKey),
      ("flowsMembers", flowsMembers), ("limitsMembers", limitsMembers),
      ("hasEqualPrecedences", hasEqualPrecedences),
      ("hasDefaultDepartment", hasDefaultDepartment),
      ("sendsGuestsAsContacts", sendsGuestsAsContacts),
      ("takesGuestsAsContacts", takesGuestsAsContacts),
      ("hasOtherNames", hasOtherNames), ("disablesTitles", disablesTitles),
      ("disablesGroupsInbound", disablesGroupsInbound),
      ("disablesGroupsOutbound", disablesGroupsOutbound), ("flowsPhones", flowsPhones),
      ("knowsBadges", knowsBadges), ("joinsByBadge", joinsByBadge),
      ("mergesMembers", mergesMembers), ("mutes", mutes),
    ]
    return choices.filter(\.1).map(\.0).joined(separator: " ")
  }
}
