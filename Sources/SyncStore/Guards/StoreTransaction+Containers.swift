import Directory
import GRDB

/// A container of which a whole import shows nothing any more.
public struct EmptiedContainer: Sendable, Equatable {
  /// Its name, as the objects below it spell it.
  public var dn: String
  /// How many objects stood right below it.
  public var count: Int
}

/// What a whole import lacks, by where it stood.
extension StoreTransaction {
  /// The first container, by name, right below which a whole import shows none of the objects that
  /// were there, of which there are `few` at least; nil if there is none.
  ///
  /// A container that went with what stood below it is none. Of one that the connector does not import
  /// nobody can tell; then there must be `fewOfUnknown`.
  public func emptiedContainer(
    connector: Int64, _ seen: SeenObjects, few: Int, fewOfUnknown: Int
  ) throws -> EmptiedContainer? {
    var lacks: [String: (count: Int, dn: String)] = [:]
    try eachUnseen(connector, seen) { dn, path in
      guard let parent = Self.parent(of: path) else { return }
      lacks[parent, default: (0, dn)].count += 1
    }
    for (parent, lack) in lacks.sorted(by: { $0.key < $1.key }) where lack.count >= few {
      if let container = try staged(connector, path: parent) {
        guard seen.contains(container) else { continue }
      } else if lack.count < fewOfUnknown {
        continue
      }
      guard try !showsChild(of: parent, connector, seen) else { continue }
      let name = try DistinguishedName(lack.dn).parent?.text
      return EmptiedContainer(dn: name ?? parent, count: lack.count)
    }
    return nil
  }

  private func eachUnseen(
    _ connector: Int64, _ seen: SeenObjects, _ work: (_ dn: String, _ path: String) -> Void
  ) throws {
    var after: Int64 = 0
    while true {
      let page = try rows(
        """
        SELECT id FROM cs_object
        WHERE connector_id = ? AND image IS NOT NULL AND id > ? ORDER BY id LIMIT 10000
        """, [connector, after])
      guard let last = page.last else { return }
      for row in page where !seen.contains(row[0]) && !seen.isOutside(row[0]) {
        guard
          let named = try self.row(
            "SELECT dn, dn_path FROM cs_object WHERE id = ?", [row[0] as Int64])
        else { continue }
        work(named[0], named[1])
      }
      after = last[0]
    }
  }

  private func staged(_ connector: Int64, path: String) throws -> Int64? {
    try integer(
      "SELECT id FROM cs_object WHERE connector_id = ? AND dn_path = ? AND image IS NOT NULL",
      [connector, path])
  }

  /// Whether an object right below a container was seen.
  ///
  /// What stands below such an object comes right after it, and is passed over.
  private func showsChild(
    of parent: String, _ connector: Int64, _ seen: SeenObjects
  ) throws -> Bool {
    var from = parent + ","
    let end = parent + "-"
    while let row = try row(
      """
      SELECT dn_path FROM cs_object INDEXED BY cs_dn
      WHERE connector_id = ? AND dn_path > ? AND dn_path < ? AND image IS NOT NULL
      ORDER BY dn_path LIMIT 1
      """, [connector, from, end])
    {
      let path: String = row[0]
      let child = Self.child(of: parent, on: path)
      if child == path, try isShown(connector, path: path, seen) { return true }
      from = child == path ? path : child + ",\u{10FFFF}"
    }
    return false
  }

  private func isShown(_ connector: Int64, path: String, _ seen: SeenObjects) throws -> Bool {
    try rows(
      "SELECT id FROM cs_object WHERE connector_id = ? AND dn_path = ? AND image IS NOT NULL",
      [connector, path]
    ).contains { seen.contains($0[0]) }
  }

  /// The path of the container of what has a path; nil at the root.
  private static func parent(of path: String) -> String? {
    commas(in: path).last.map { String(path[..<$0]) }
  }

  /// The path right below `parent` of what stands below it.
  private static func child(of parent: String, on path: String) -> String {
    let depth = commas(in: parent).count + 1
    let commas = commas(in: path)
    return commas.count > depth ? String(path[..<commas[depth]]) : path
  }

  /// Where the parts of a path end, but for the last: an escaped comma parts nothing.
  private static func commas(in path: String) -> [String.Index] {
    var isEscaped = false
    return path.utf8.indices.filter { index in
      let byte = path.utf8[index]
      defer { isEscaped = !isEscaped && byte == UInt8(ascii: "\\") }
      return byte == UInt8(ascii: ",") && !isEscaped
    }
  }
}
