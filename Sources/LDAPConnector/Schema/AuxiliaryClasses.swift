import Directory

/// The classes that an object may get and lose (RFC 4512 §2.4.3).
enum AuxiliaryClasses {
  /// The auxiliary classes among what `definitions` describe, by all their names in lower case, without
  /// those of which another class inherits: they are there as long as that is.
  static func names(_ definitions: [String]) -> Set<String> {
    var auxiliary: Set<String> = []
    var superiors: Set<String> = []
    for definition in definitions {
      guard let found = read(definition) else { continue }
      superiors.formUnion(found.superiors)
      if found.isAuxiliary { auxiliary.formUnion(found.names) }
    }
    return auxiliary.subtracting(superiors)
  }

  /// What a definition such as `( 1.3.6.1.1.1.2.0 NAME 'posixAccount' SUP top AUXILIARY … )` says.
  private static func read(
    _ definition: String
  ) -> (names: [String], superiors: [String], isAuxiliary: Bool)? {
    var tokens = SchemaTokens(definition)
    guard tokens.next() == .open, case .word(let oid)? = tokens.next() else { return nil }
    var names = [oid]
    var superiors: [String] = []
    var isAuxiliary = false
    while let token = tokens.next(), token != .close {
      guard case .word(let keyword) = token else { continue }
      switch keyword.uppercased() {
      case "NAME": names += tokens.list()
      case "SUP": superiors = tokens.list()
      case "AUXILIARY": isAuxiliary = true
      case "DESC", "MUST", "MAY": _ = tokens.list()
      case let extra where extra.hasPrefix("X-"): _ = tokens.list()
      default: break
      }
    }
    return (names.map { $0.lowercased() }, superiors.map { $0.lowercased() }, isAuxiliary)
  }
}
