import Directory

/// Which names change files speak of: what of the content they can alter, and what they can't.
///
/// An object's name in the content is the one under which its first change finds it, or it stands
/// below the first container that moves. So names as the records spell them are enough, whatever
/// they are later.
struct TouchedNames {
  private var names: Set<String> = []
  // Names that objects lose: those who refer to them are changed too.
  private var lost: Set<String> = []
  // What stands below these goes along.
  private var moved: Set<String> = []

  /// Whether there is nothing at all.
  var isEmpty: Bool { names.isEmpty }

  /// Notes what a change record speaks of; what it can't be understood of is left out, because
  /// nothing will be done with it either.
  mutating func note(_ record: LDIFRecord, _ mapper: RecordMapper) {
    guard let dn = try? mapper.name(record.dn) else { return }
    switch record.body {
    case .content: return
    case .add, .modify: break
    case .delete: lost.insert(dn.normalized)
    case .rename(let rdn, let deletesOld, let superior):
      guard let (new, _) = try? mapper.renaming(dn, rdn, deletesOld, superior) else { return }
      lost.insert(dn.normalized)
      moved.insert(dn.normalized)
      names.insert(new.normalized)
    }
    names.insert(dn.normalized)
  }

  /// Whether the object of this normalized name can be changed.
  func touches(_ key: String) -> Bool { names.contains(key) || isBelowMoved(key) }

  /// Whether the object of this normalized name can lose it.
  func canLose(_ key: String) -> Bool { lost.contains(key) || isBelowMoved(key) }

  /// Whether one of these references can be rewritten.
  func touchesReference(in attributes: AttributeSet) -> Bool {
    guard !lost.isEmpty else { return false }
    return attributes.attributes.contains { attribute in
      attribute.values.contains { value in
        guard case .reference(let text) = value else { return false }
        return canLose(NameKey.of(reference: text))
      }
    }
  }

  private func isBelowMoved(_ key: String) -> Bool {
    guard !moved.isEmpty else { return false }
    var above = NameKey.parent(of: key)
    while let key = above {
      if moved.contains(key) { return true }
      above = NameKey.parent(of: key)
    }
    return false
  }
}

/// Normalized names as keys.
enum NameKey {
  /// The container's key, or nil at the root.
  static func parent(of key: String) -> String? {
    var isEscaped = false
    for (offset, byte) in key.utf8.enumerated() {
      if isEscaped {
        isEscaped = false
      } else if byte == 0x5C {
        isEscaped = true
      } else if byte == 0x2C {
        return String(key.dropUTF8(offset + 1))
      }
    }
    return nil
  }

  /// The key of the object that a reference means.
  static func of(reference text: String) -> String {
    (try? DistinguishedName(text))?.normalized ?? text.lowercased()
  }
}

extension String {
  fileprivate func dropUTF8(_ count: Int) -> Substring {
    self[utf8.index(utf8.startIndex, offsetBy: count)...]
  }
}
