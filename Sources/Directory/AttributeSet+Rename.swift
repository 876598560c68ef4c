extension AttributeSet {
  private static let distinguishedName: AttributeName = "distinguishedName"
  private static let name: AttributeName = "name"

  /// Follows a rename of the object in the attributes that a directory changes by itself.
  ///
  /// These are `distinguishedName` and Active Directory's `name`, which always is the value of the
  /// RDN ([MS-ADTS] §3.1.1.1.6); neither is added where it was not.
  public mutating func rename(from old: DistinguishedName, to new: DistinguishedName) {
    if contains(Self.distinguishedName) { self[Self.distinguishedName] = [.string(new.text)] }
    guard case .string(let text)? = self[Self.name].first, self[Self.name].count == 1,
      let before = DistinguishedName.pairs(ofRelativeName: old.rdn).first?.value,
      let after = DistinguishedName.pairs(ofRelativeName: new.rdn).first?.value,
      after != before, text.lowercased() == before.lowercased()
    else { return }
    self[Self.name] = [.string(after)]
  }
}
