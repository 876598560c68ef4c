import Directory
import JSON

/// From which moment on each resource type is to be read by a delta import.
///
/// A change may become visible later than its `meta.lastModified` says, and while a list is read
/// changes go on. So a type is read again from the last change that was seen, or from a few
/// seconds before the reading began by the server's clock, whichever is earlier; to read a thing
/// twice does no harm. A server that breaks RFC 9110 §6.6.1 and sends no `Date` is taken to have
/// this machine's clock.
struct ModificationWatermark: Hashable, Sendable {
  static let kind = "scim-modified"

  /// The moment for each object type; nil for a type that was empty, of which all is read.
  var moments: [String: Timestamp?] = [:]
  /// How many objects the server counts that could not be read, and so are not staged; fewer than none
  /// where it has some that it does not count.
  var unread = 0
  /// A digest of the attributes that were asked for, for each object type that needs it.
  ///
  /// Another one now would show other attributes of what has changed than of all else.
  var asked: [String: String] = [:]

  /// The member that holds it: its value is a number, which no type's is.
  private static let unreadMember = "unread"
  /// The member that holds what was asked for: its value is an object, which no type's is.
  private static let askedMember = "asked"

  init() {}

  /// The watermark that `watermark` holds; nil if it is none of this kind.
  init?(_ watermark: Watermark) {
    guard watermark.kind == Self.kind,
      let object = (try? JSONValue(parsing: Array(watermark.value.utf8)))?.object
    else { return nil }
    for member in object.members {
      switch member.value {
      case .null: moments.updateValue(nil, forKey: member.name)
      case .string(let text):
        guard let moment = Timestamp(text) else { return nil }
        moments.updateValue(moment, forKey: member.name)
      case .integer(let count) where member.name == Self.unreadMember:
        unread = Int(clamping: count)
      case .object(let digests) where member.name == Self.askedMember:
        for digest in digests.members { asked[digest.name] = digest.value.string }
      default: return nil
      }
    }
  }

  /// The watermark as it is stored.
  var watermark: Watermark {
    let members = moments.sorted { $0.key < $1.key }.map { type, moment in
      JSONMember(name: type, value: moment.map { .string($0.description) } ?? .null)
    }
    var more =
      unread != 0 ? [JSONMember(name: Self.unreadMember, value: .integer(Int64(unread)))] : []
    if !asked.isEmpty {
      let digests = asked.sorted { $0.key < $1.key }.map {
        JSONMember(name: $0.key, value: .string($0.value))
      }
      more.append(
        JSONMember(name: Self.askedMember, value: .object(JSONObject(members: digests))))
    }
    let json = JSONValue.object(JSONObject(members: members + more))
    return Watermark(kind: Self.kind, value: String(decoding: json.encoded, as: UTF8.self))
  }

  /// The moment from which to read next; nil if all has to be read.
  ///
  /// - Parameters:
  ///   - newest: The greatest `meta.lastModified` seen now.
  ///   - old: The moment from which this import has read.
  ///   - start: When this import began, by the server's clock.
  ///   - lag: Seconds after which a change is visible for certain.
  static func next(
    newest: Timestamp?, old: Timestamp?, start: Timestamp, lag: Double
  ) -> Timestamp? {
    guard let newest else { return old }
    let after = Timestamp(milliseconds: newest.milliseconds + 1)
    let settled = start.adding(seconds: -lag)
    let moment = min(after, settled)
    return old.map { max($0, moment) } ?? moment
  }
}
