public import Directory

/// A made-up directory of the kind that Active Directory keeps, as LDIF, for trials and tests.
///
/// The same parameters give the same bytes. Some objects are wrong on purpose: see ``Fault``.
public struct SampleDirectory: Sendable {
  /// What the directory holds.
  public struct Parameters: Hashable, Sendable {
    /// Where the random numbers begin.
    public var seed: UInt64 = 1
    /// How many users, from 1.
    public var users = 1000
    /// How many groups, from 0; some of the first have a special shape.
    public var groups = 60
    /// How many contacts, from 0.
    public var contacts = 40
    /// The DNS name of the domain.
    public var domain = "contoso.test"
    /// Whether some objects are wrong on purpose.
    public var withFaults = true
    /// Whether users have passwords, by their hashes: see ``SamplePassword``.
    public var withPasswords = false
    /// How many lines each user has besides its DN, at least 15; descriptions fill up the rest.
    public var attributesPerUser = 15
    /// The usual sample.
    public init() {}

    /// Users only and without faults, for measuring.
    public static func large(users: Int = 100_000, seed: UInt64 = 1) -> Parameters {
      var parameters = Parameters()
      parameters.seed = seed
      parameters.users = users
      parameters.groups = 0
      parameters.contacts = 0
      parameters.withFaults = false
      return parameters
    }
  }

  /// Something wrong on purpose.
  public struct Fault: Hashable, Sendable {
    /// Where the fault is to show.
    public enum Stage: String, Hashable, Sendable {
      case importing = "import"
      case synchronization, export
      /// Nowhere: the object looks dangerous and must be carried as it is.
      case nowhere
    }
    /// Where the fault is to show.
    public var stage: Stage
    /// The DN of the object.
    public var dn: String
    /// What is wrong.
    public var text: String
  }

  /// What was written.
  public struct Summary: Hashable, Sendable {
    /// The content file.
    public var path: String
    /// How many records of each object type, the faulty ones included.
    public var counts: [String: Int] = [:]
    /// What is wrong on purpose, in the order of the file.
    public var faults: [Fault] = []
    /// The file's records.
    public var records: Int { counts.values.reduce(0, +) }
  }

  /// What the directory holds.
  public let parameters: Parameters

  /// The directory that `parameters` describe.
  public init(_ parameters: Parameters = Parameters()) { self.parameters = parameters }

  /// Writes the content as `directory.ldif` into `folder`, which exists.
  ///
  /// - Throws: ``LDIFFileError``.
  public func write(to folder: String) throws(LDIFFileError) -> Summary {
    let path = folder + "/directory.ldif"
    let writer = try LDIFWriter(path: path)
    var content = SampleContent(parameters, writer, path: path)
    try content.write()
    try writer.close()
    return content.summary
  }

  /// Writes a change file that fits the content: titles and a department change, two people come,
  /// one goes, one leaves a group, and an organizational unit gets another name.
  ///
  /// - Parameters:
  ///   - path: The file; give files names that sort in the order of their numbers.
  ///   - number: Which change this is, from 1; each touches other people.
  /// - Returns: How many records were written.
  /// - Throws: ``LDIFFileError``.
  @discardableResult
  public func writeChanges(to path: String, number: Int = 1) throws(LDIFFileError) -> Int {
    let writer = try LDIFWriter(path: path)
    var changes = SampleChanges(parameters, writer, number: number)
    try changes.write()
    try writer.close()
    return changes.count
  }
}
