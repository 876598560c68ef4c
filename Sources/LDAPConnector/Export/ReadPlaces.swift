import Directory

/// Where the connector reads what it writes: no import would show what it wrote elsewhere, and nobody
/// would see what becomes of it.
struct ReadPlaces: Sendable {
  private var scope: ContainerScope

  /// The places in `scope`, also after the renames among `plans`.
  ///
  /// Containers that the configuration names by their identifiers may get another name with this call.
  init(_ scope: ContainerScope, after plans: [ExportPlan]) {
    self.scope = scope
    for plan in plans {
      guard case .modify(let newName?, _) = plan.work else { continue }
      self.scope.roots += scope.includedPlaces.compactMap { $0.name(after: plan.dn, newName) }
      self.scope.excluded += scope.excludedPlaces.compactMap { $0.name(after: plan.dn, newName) }
    }
  }

  /// Why an object that is to be called `name` is not sent so; nil if it would be read.
  func refusal(of name: DistinguishedName) -> ObjectFailure? {
    guard !scope.contains(name) else { return nil }
    let places = scope.isExcluded(name) ? scope.excluded : scope.roots
    let named =
      scope.isExcluded(name)
      ? "is at or below one of those that \"exclude\" names"
      : scope.includedPlaces.isEmpty
        ? "is not below \"base\"" : "is not below any of those that \"include\" names"
    let shown = places.prefix(3).map { ServerWords.shown($0.text, limit: 100) }
    return ObjectFailure(
      .notRead, code: "not sent",
      message: "The object's name would be \(name), where this connector does not read: that "
        + "\(named): " + shown.joined(separator: "; ") + (places.count > shown.count ? "; …" : ""),
      attribute: ExportPlan.nameAttribute.text, value: name.text)
  }
}

extension ContainerScope.Place {
  /// The name of a container that is known by its identifier, once an object called `old`, at or above
  /// it, has another one; nil if that is no matter of its own.
  fileprivate func name(
    after old: DistinguishedName, _ new: DistinguishedName
  ) -> DistinguishedName? {
    guard case .anchor = container else { return nil }
    return dn.replacing(old, by: new)
  }
}
