import GRDB
import JSON

/// Carries out one operation that was accepted before.
struct ProvisioningRun {
  /// What it came to.
  struct Outcome {
    var action: String
    var status = "success"
    /// The id of the user; empty if there is none.
    var id = ""
    var code = ""
    var reason = ""
  }

  let job: ProvisioningJob
  let context: WriteContext
  let values: ValueReader

  /// Makes or changes the user that `data` means.
  func apply(_ data: JSONObject) -> Outcome {
    let external = data["externalId"]?.string ?? ""
    var action = "create"
    do {
      return try context.atomically {
        let found = try users(external)
        guard found.count <= 1 else {
          return Outcome(
            action: "other", status: "failure", code: "DuplicateTargetEntries",
            reason: "Several users have \(external) in \(job.match.rawValue).")
        }
        if !found.isEmpty { action = "update" }
        return try found.first.map { try update($0, data) } ?? create(external, data)
      }
    } catch let error as GraphError {
      return failed(action, error)
    } catch let error as SCIMError {
      return failed(action, GraphError(error, type: .user))
    } catch {
      return Outcome(
        action: action, status: "failure", code: "InternalServerError", reason: "\(error)")
    }
  }

  private func failed(_ action: String, _ error: GraphError) -> Outcome {
    let code = error.details.first?.code ?? error.code
    return Outcome(
      action: action, status: "failure", code: "AzureActiveDirectory" + code,
      reason: error.message)
  }

  private func users(_ external: String) throws -> [StoredResource] {
    let search = GraphSearch(
      .user, filter: .compare(job.match.rawValue, .eq, .string(external)))
    // What is compared without case may be another's.
    return try search.page(try context.database, after: nil, limit: 3).found.filter {
      GraphType.user.property(job.match.rawValue)?.place.value(in: $0.body) == .string(external)
    }
  }

  private var writer: GraphWriter { GraphWriter(type: .user, context: context, values: values) }

  private func create(_ external: String, _ data: JSONObject) throws -> Outcome {
    var input = ProvisioningMapping.properties(data)
    input.members.removeAll { $0.value == .null }
    input[job.match.rawValue] = .string(external)
    let name = input["userPrincipalName"]?.string ?? ""
    // The mapping that a new job has: names by the rest, a password that nobody knows.
    if input["mailNickname"] == nil {
      input["mailNickname"] = .string(String(name.prefix { $0 != "@" }))
    }
    if input["displayName"] == nil { input["displayName"] = .string(name) }
    if input["accountEnabled"] == nil { input["accountEnabled"] = true }
    input["passwordProfile"] = ["password": .string("aA1!" + Tenant.makeToken())]
    let user = try writer.create(input)
    return try withManager(Outcome(action: "create", id: user.id), data)
  }

  private func update(_ old: StoredResource, _ data: JSONObject) throws -> Outcome {
    var input = ProvisioningMapping.properties(data)
    input.members.removeAll { member in
      let shown =
        GraphType.user.property(member.name)
        .flatMap { GraphRenderer.value(of: $0, old) } ?? .null
      return shown == member.value
    }
    var outcome = Outcome(action: "update", id: old.id)
    if input["accountEnabled"] == false { outcome.action = "disable" }
    if !input.members.isEmpty { try writer.update(old.id, input) }
    return try withManager(outcome, data)
  }

  private func withManager(_ outcome: Outcome, _ data: JSONObject) throws -> Outcome {
    guard let external = ProvisioningMapping.manager(data) else { return outcome }
    var outcome = outcome
    let manager = external.isEmpty ? nil : try users(external).first
    if external.isEmpty || manager != nil {
      // What is so already is left alone.
      let user = try ResourceTable.fetch(try context.database, .user, id: outcome.id)
      let shown = try user.flatMap { try GraphService.manager(try context.database, of: $0) }
      if shown?["id"]?.string != manager?.id {
        try writer.setManager(manager?.id, of: outcome.id)
      }
    } else {
      outcome.status = "warning"
      outcome.code = "UnresolvedReference"
      outcome.reason = "No user has \(external), the manager, in \(job.match.rawValue)."
    }
    return outcome
  }
}
