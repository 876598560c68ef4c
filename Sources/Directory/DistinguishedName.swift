/// A distinguished name in the string form of RFC 4514, kept as the directory spelled it.
///
/// Two names are equal when their ``normalized`` forms are: attribute types and values without
/// regard to case, no optional space, escapes in one spelling.
public struct DistinguishedName: Sendable, CustomStringConvertible {
  /// The name as it was spelled.
  public let text: String
  /// The form that equal names share; the key for look-ups.
  public let normalized: String

  /// The name spelled `text`.
  ///
  /// - Throws: ``DistinguishedNameError`` if `text` breaks the grammar of RFC 4514 §3.
  public init(_ text: String) throws(DistinguishedNameError) {
    self.text = text
    if let fast = Self.normalizeSimple(text) {
      normalized = fast
    } else {
      normalized = try Self.parse(text).map(Self.join).joined(separator: ",")
    }
  }

  init(text: String, normalized: String) {
    self.text = text
    self.normalized = normalized
  }

  /// The name as it was spelled.
  public var description: String { text }

  /// The ``normalized`` form from the root down.
  ///
  /// In the order of their bytes, what is below a name comes right after it.
  public var path: String { Self.path(of: normalized) }

  /// The parts of a name in its normalized form, from the root down.
  public static func path(of normalized: String) -> String {
    var text = normalized
    return text.withUTF8 { bytes in
      // An escaped comma parts nothing.
      if bytes.contains(0x5C) { return split(normalized).reversed().joined(separator: ",") }
      var out: [UInt8] = []
      out.reserveCapacity(bytes.count)
      var end = bytes.count
      for index in bytes.indices.reversed() where bytes[index] == 0x2C {
        out += bytes[(index + 1)..<end]
        out.append(0x2C)
        end = index
      }
      out += bytes[..<end]
      return String(decoding: out, as: UTF8.self)
    }
  }

  /// Between which ``path``s all names below this one are: from the first on, before the second.
  public var pathsBelow: (from: String, before: String) {
    let path = path
    // No part begins with a comma, and the character after it is the hyphen.
    return path.isEmpty ? ("", "\u{10FFFF}") : (path + ",", path + "-")
  }

  /// The parts from the object up to the root, each as it was spelled: `CN=Ann`, `OU=Staff`.
  public var relativeNames: [String] { Self.split(text) }

  /// The object's own part of the name: `CN=Ann`.
  public var rdn: String { relativeNames.first ?? "" }

  /// The name of the container, or nil at the root.
  public var parent: DistinguishedName? {
    let parts = relativeNames
    guard parts.count > 1 else { return nil }
    return try? DistinguishedName(parts.dropFirst().joined(separator: ","))
  }

  /// Whether this object stands below `ancestor`.
  public func isBelow(_ ancestor: DistinguishedName) -> Bool {
    if ancestor.normalized.isEmpty { return !normalized.isEmpty }
    let end = "," + ancestor.normalized
    // By bytes, since some letters make one character with the comma behind them.
    return normalized.utf8.suffix(end.utf8.count).elementsEqual(end.utf8)
      || normalized.hasSuffix(end)
  }

  /// The name that this object gets when `old`, itself or one above it, becomes `new`.
  public func replacing(
    _ old: DistinguishedName, by new: DistinguishedName
  ) -> DistinguishedName? {
    if self == old { return new }
    guard isBelow(old) else { return nil }
    let kept = relativeNames.dropLast(old.relativeNames.count)
    return try? DistinguishedName((kept + [new.text]).joined(separator: ","))
  }
}

extension DistinguishedName: Hashable {
  /// Whether both names mean the same object.
  public static func == (a: DistinguishedName, b: DistinguishedName) -> Bool {
    a.normalized == b.normalized
  }
  /// Hashes the normalized form.
  public func hash(into hasher: inout Hasher) { hasher.combine(normalized) }
}

/// What is wrong with the text of a distinguished name, and where.
public struct DistinguishedNameError: Error, Equatable, CustomStringConvertible {
  /// The text that was read.
  public var text: String
  /// The offset of the fault, in characters from 0.
  public var offset: Int
  /// What is wrong there.
  public var reason: String
  /// The fault in one line.
  public var description: String {
    "\"\(text.beginning(500))\" is no distinguished name (RFC 4514): \(reason) at character \(offset + 1)"
  }
}
