import Directory

/// What the tenant should hold, by a plain reading of the rules over what the sources hold now.
///
/// It is written apart from the engine: no store, no deltas, no evaluation of rules. It goes over
/// everything, and asks of each person and group what the rules file's words say.
struct Expectation {
  /// What an object should say, by attribute; references as the keys of what they mean.
  typealias Values = [String: [String]]

  /// Under what the values of an object have its type.
  static let type = "object type"

  /// Objects of the tenant by key.
  private(set) var objects: [String: Values] = [:]
  /// The keys that several objects of "ad" have.
  private(set) var doubled: Set<String> = []

  /// Somebody or something in the metaverse: the source objects with one key.
  private struct Subject {
    var ad: Int?
    var hr: Int?
    var isPerson: Bool
  }

  private let model: RuleModel
  private let ad: SourceState
  private let hr: SourceState
  private let bornInCloud: Set<String>
  private var subjects: [String: Subject] = [:]
  private var keyOfAD: [Int: String] = [:]
  private var keyOfHR: [Int: String] = [:]

  /// What the tenant should hold.
  ///
  /// - Parameter bornInCloud: The keys of accounts that somebody made in the tenant itself.
  init(_ model: RuleModel, ad: SourceState, hr: SourceState, bornInCloud: Set<String>) {
    self.model = model
    self.bornInCloud = bornInCloud
    self.ad = ad
    self.hr = hr
    collect()
    for (key, subject) in subjects where isInTenant(subject) {
      objects[key] = subject.isPerson ? person(key, subject) : group(key, subject)
    }
  }

  // MARK: Who is there

  private mutating func collect() {
    for id in ad.ids where ad.isRead(id) {
      guard let node = ad.nodes[id], let key = node.attributes.text("key") else { continue }
      if model.hidesHidden && node.attributes.contains("hidden") { continue }
      if model.disablesGroupsInbound && node.type == "group" { continue }
      let isGuest = node.type == "user" && node.attributes.contains("guest")
      let own = isGuest && model.takesGuestsAsContacts ? Self.guestKey(key) : key
      guard subjects[own] == nil else {
        doubled.insert(own)
        continue
      }
      subjects[own] = Subject(ad: id, isPerson: node.type == "user" && own == key)
      keyOfAD[id] = own
    }
    for id in hr.ids {
      guard let node = hr.nodes[id], let key = node.attributes.text("key") else { continue }
      if subjects[key] == nil {
        guard model.hrProvisions || node.type == "team" else { continue }
        subjects[key] = Subject(isPerson: node.type == "person")
      }
      guard subjects[key]?.hr == nil else { continue }
      subjects[key]?.hr = id
      keyOfHR[id] = key
    }
  }

  /// The key of a guest who is a contact in the metaverse.
  static func guestKey(_ key: String) -> String { "X" + key }

  private func isInTenant(_ subject: Subject) -> Bool {
    guard subject.isPerson else { return !model.disablesGroupsOutbound || type(subject) != "group" }
    guard model.filtersCloud else { return true }
    return adValues(subject, "noCloud").isEmpty
  }

  /// What a group, or a contact, is in the metaverse and in the tenant.
  private func type(_ subject: Subject) -> String {
    let type = subject.ad.flatMap { ad.nodes[$0]?.type } ?? "group"
    return type == "user" ? "contact" : type
  }

  /// Whether references to somebody can be shown: an account that was made there, and that is joined
  /// to who is in the metaverse, is one to refer to though no rule writes it.
  private func isInTenant(_ key: String) -> Bool {
    subjects[key].map { isInTenant($0) || $0.isPerson && bornInCloud.contains(key) } ?? false
  }

  // MARK: What they say

  private func adValues(_ subject: Subject, _ name: AttributeName) -> [String] {
    subject.ad.flatMap { ad.nodes[$0]?.attributes[name].map(\.text) } ?? []
  }

  private func hrValues(_ subject: Subject, _ name: AttributeName) -> [String] {
    subject.hr.flatMap { hr.nodes[$0]?.attributes[name].map(\.text) } ?? []
  }

  private func first(_ candidates: [String]...) -> [String] {
    candidates.first { !$0.isEmpty } ?? []
  }

  private func person(_ key: String, _ subject: Subject) -> Values {
    let isMute = model.mutes && !adValues(subject, "mute").isEmpty
    let titles = (
      ad: adValues(subject, "title"), hr: model.disablesTitles ? [] : hrValues(subject, "title")
    )
    let fallback = model.hasDefaultDepartment && subject.hr != nil ? ["Default"] : []
    var values: Values = [
      "externalid": [key], Self.type: ["user"],
      "username": first(adValues(subject, "upn"), hrValues(subject, "mail")),
      "displayname": first(adValues(subject, "displayName"), hrValues(subject, "displayName")),
      "title": model.hrTitlesFirst
        ? first(titles.hr, isMute ? [] : titles.ad)
        : isMute ? [] : first(titles.ad, titles.hr),
      "department": first(adValues(subject, "department"), fallback),
      "emails": Array(Set(adValues(subject, "proxies") + hrValues(subject, "proxies"))).sorted(),
    ]
    if model.flowsPhones {
      values["phone"] = first(adValues(subject, "phone"), hrValues(subject, "phone"))
    }
    let managers = references(subject, "manager")
    if model.sendsGuestsAsContacts, !adValues(subject, "guest").isEmpty {
      values[Self.type] = ["contact"]
      for name in ["username", "emails"] { values[name] = nil }
      if model.flowsManagers && !model.managersNeedDepartment {
        values["manager"] = managers.filter(isInTenant)
      }
      return values.filter { !$0.value.isEmpty }
    }
    if model.flowsManagers && !(model.managersNeedDepartment && values["department"] == []) {
      values["manager"] = managers.filter(isInTenant)
    }
    if model.hasDeputies { values["assistant"] = deputy(subject).filter(isInTenant) }
    if model.marksManaged {
      values["usertype"] = model.flowsManagers && !managers.isEmpty ? ["managed"] : nil
    }
    if model.marksManagedInbound { values["employeetype"] = inboundMark(subject) }
    return values.filter { !$0.value.isEmpty }
  }

  /// The key of whoever bears the name now that a person's deputy is said to have, or of whom it
  /// tells the key's number.
  private func deputy(_ subject: Subject) -> [String] {
    guard let number = adValues(subject, "deputy").first else { return [] }
    if model.deputiesByKey { return ["P" + number] }
    let name = "CN=N\(number),OU=Staff,DC=ad,DC=test"
    return ad.ids.filter { ad.isRead($0) && ad.name($0) == name }.compactMap { keyOfAD[$0] }
  }

  private func inboundMark(_ subject: Subject) -> [String] {
    guard let id = subject.ad, let links = ad.nodes[id]?.links["manager"], !links.isEmpty else {
      return []
    }
    return ["managed"]
  }

  private func group(_ key: String, _ subject: Subject) -> Values {
    var values: Values = [
      "externalid": [key], Self.type: [type(subject)],
      "displayname": first(adValues(subject, "displayName"), hrValues(subject, "displayName")),
    ]
    if model.flowsMembers {
      values["members"] = references(subject, "member").filter(isInTenant).sorted()
    }
    return values.filter { !$0.value.isEmpty }
  }

  /// The keys of those in the metaverse that a subject refers to, by the strongest rule that has
  /// any.
  private func references(_ subject: Subject, _ name: AttributeName) -> [String] {
    let isLeftOut =
      name == "manager"
      && (model.managersNeedTitle && adValues(subject, "title").isEmpty
        || model.mutes && !adValues(subject, "mute").isEmpty)
    let fromAD = isLeftOut ? [] : subject.ad.flatMap { ad.nodes[$0]?.links[name] } ?? []
    let fromHR = subject.hr.flatMap { hr.nodes[$0]?.links[name] } ?? []
    let keys = (ad: fromAD.compactMap { keyOfAD[$0] }, hr: fromHR.compactMap { keyOfHR[$0] })
    if name == "member", model.mergesMembers { return Array(Set(keys.ad + keys.hr)) }
    return first(keys.ad, keys.hr)
  }
}
