public import Directory
import HTTP

/// How users are sent by Microsoft Entra's API-driven provisioning (learn.microsoft.com, "API-driven
/// inbound provisioning concepts").
///
/// The tenant takes requests into a queue and carries them out later, by the mapping of attributes of
/// its provisioning job. It creates and changes users and disables them; it has no way to delete one,
/// nor does it know groups: both go by Graph.
public struct BulkUploadSettings: Hashable, Sendable {
  /// The property of a user by which the job finds the one that `externalId` means.
  public enum Match: String, Hashable, Sendable, CaseIterable {
    /// What Entra matches by unless told otherwise; it holds 16 characters at most.
    case employeeID = "employeeId"
    /// The source anchor of users who are kept in step.
    case immutableID = "onPremisesImmutableId"
  }

  /// The object id of the provisioning application's service principal.
  public var servicePrincipal: String
  /// The id of the provisioning job, such as `API2AAD.…`.
  public var job: String
  /// By what the job matches `externalId`, which is the source anchor.
  public var match: Match
  /// Where the job takes attributes from, other than those of ``SCIMUserMapping``: a path such as
  /// `urn:contoso:employee:JobCode`.
  public var paths: [AttributeName: String]
  /// How long the tenant may take until an import has to show what it accepted, in seconds.
  public var patience: Double

  /// Users in one request (learn.microsoft.com, "bulkUpload resource type").
  static let batchSize = 50

  /// Settings for one job.
  public init(
    servicePrincipal: String, job: String, match: Match = .immutableID,
    paths: [AttributeName: String] = [:], patience: Double = 7200
  ) {
    self.servicePrincipal = servicePrincipal
    self.job = job
    self.match = match
    self.paths = paths
    self.patience = patience
  }

  /// The path of the job.
  var path: String {
    "/servicePrincipals/\(HTTPURL.encode(servicePrincipal))/synchronization/jobs/"
      + HTTPURL.encode(job)
  }

  /// That there is no such job, and what to do about it.
  var absence: String {
    "There is no provisioning job \(job) of the service principal \(servicePrincipal)"
  }
  var absenceHint: String {
    "Correct service_principal and job of the target's bulk_upload in lockstep.toml; the "
      + "application's page in the Entra admin center shows both under Provisioning."
  }

  /// Where an attribute of a user goes; nil if it has no place there.
  func place(_ name: AttributeName) -> SCIMPlace? {
    if let path = paths[name] { return SCIMPlace(extensionPath: path) }
    return name == implied ? nil : SCIMUserMapping.places[name]
  }

  /// The attribute that the job fills from `externalId`, so that nothing else may.
  private var implied: AttributeName? { match == .employeeID ? "employeeId" : nil }

  /// The attributes of users that can't be sent this way.
  var unplaced: [AttributeName] {
    GraphObjectType.user.attributes.filter { !$0.isReadOnly && place($0.name) == nil }.map(\.name)
  }
}
