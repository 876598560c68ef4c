/// A job of API-driven provisioning: where users are uploaded to, and how one is found again.
public struct ProvisioningJob: Hashable, Sendable {
  /// The property of a user that holds `externalId`.
  public enum Match: String, Hashable, Sendable {
    case employeeID = "employeeId"
    case immutableID = "onPremisesImmutableId"
  }

  /// The object id of the application's service principal.
  public var servicePrincipal: String
  /// The job's id.
  public var id: String
  /// By what users are found.
  public var match: Match

  /// A job of these parts.
  public init(servicePrincipal: String, id: String, match: Match = .immutableID) {
    self.servicePrincipal = servicePrincipal
    self.id = id
    self.match = match
  }

  /// The job that a tenant has unless told otherwise.
  public static let standard = ProvisioningJob(
    servicePrincipal: "6c6f636b-7374-4570-8000-70726f766973", id: "API2AAD.lockstep")
}
