import Directory

/// Who a user is: everything follows from the seed and the user's number, so that any user can be
/// named without having made the ones before.
struct SampleUser {
  static let offices = ["Berlin", "Tokyo", "Athens", "Cairo", "Seoul", "Lima"]
  static let departments = ["Sales", "Engineering", "Finance", "Legal", "Support", "Research"]
  static let titles = ["Engineer", "Accountant", "Manager", "Analyst", "Assistant", "Counsel"]

  let number: Int
  let given: Names.Spelling
  let surname: Names.Spelling
  let displayName: String
  /// `sAMAccountName`, unique, in ASCII.
  let account: String
  let office: String
  let department: String
  let title: String
  let isDisabled: Bool
  let guid: [UInt8]
  /// The name below the office's unit; the number keeps it unique.
  let cn: String
  let dn: String
  let mail: String

  /// The user called `number`, from 1.
  init(_ number: Int, seed: UInt64, domain: SampleDomain) {
    var random = SeededGenerator(seed: seed &* 1_000_003 &+ UInt64(number))
    let script = Names.script(&random)
    self.number = number
    given = random.pick(script.given)
    surname = random.pick(script.surnames)
    displayName =
      script.surnameFirst
      ? surname.written + " " + given.written : given.written + " " + surname.written
    account = "u" + Self.padded(number, 6)
    office = Self.offices[number % Self.offices.count]
    department = random.pick(Self.departments)
    title = random.pick(Self.titles)
    isDisabled = random.below(100) < 8
    guid = Self.guid(&random)
    cn = displayName + " " + String(number)
    dn = "CN=" + DistinguishedName.escape(cn) + ",OU=" + office + "," + domain.staff
    mail =
      given.ascii.lowercased() + "." + surname.ascii.lowercased() + String(number) + "@"
      + domain.dns
  }

  var userPrincipalName: String { mail }

  static func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  /// A version 4 GUID (RFC 9562 §5.4) in the directory's byte order.
  static func guid(_ random: inout SeededGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(16)
    for _ in 0..<2 {
      let word = random.next()
      for shift in stride(from: UInt64(0), to: 64, by: 8) {
        bytes.append(UInt8(truncatingIfNeeded: word >> shift))
      }
    }
    bytes[7] = bytes[7] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    return bytes
  }
}

/// The names that the domain gives to its parts.
struct SampleDomain: Sendable {
  let dns: String
  /// `DC=contoso,DC=test`.
  let root: String
  let staff: String
  let corp: String
  let groups: String
  let contacts: String
  let service: String
  let excluded: String
  private let subAuthorities: [UInt32]

  init(_ dns: String, seed: UInt64) {
    self.dns = dns
    root = dns.split(separator: ".").map { "DC=" + $0 }.joined(separator: ",")
    corp = "OU=Corp," + root
    staff = "OU=Staff," + corp
    groups = "OU=Groups," + corp
    contacts = "OU=Contacts," + corp
    service = "OU=Service," + corp
    excluded = "OU=Excluded," + root
    var random = SeededGenerator(seed: seed)
    subAuthorities = [21] + (0..<3).map { _ in UInt32(truncatingIfNeeded: random.next()) }
  }

  /// The bytes of the SID with this relative id.
  func sid(_ relativeID: Int) -> [UInt8] {
    SID(authority: 5, subAuthorities: subAuthorities + [UInt32(relativeID)])?.bytes ?? []
  }
}
