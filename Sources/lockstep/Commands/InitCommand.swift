import ArgumentParser
import Configuration
import Foundation
import RuleTools
import SyncRules
import Workspace

/// The command `lockstep init`.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Makes a workspace for directories of your own.",
    discussion: """
      Writes lockstep.toml, the standard rules and examples for them, and says what is to be done \
      next. Nothing is connected to, and a workspace that is there stays as it is.

        lockstep init --source contoso.com --server ldaps://dc1.contoso.com --user svc@contoso.com
        lockstep init … --target contoso.onmicrosoft.com --application 0000-…
        lockstep init … --target cloud --url https://cloud.example/scim/v2
      """)

  @OptionGroup var place: WorkspaceOptions
  @Option(help: "The source's name: for Active Directory the domain's DNS name.")
  var source: String
  @Option(help: "The DNS name of the source's domain, where the source is not called by it.")
  var domain: String?
  @Option(help: "An LDAP server, as ldaps://dc1.contoso.com; may be given several times.")
  var server: [String] = []
  @Option(help: "The account that reads the directory: a DN, or what else the server takes.")
  var user: String?
  @Option(help: "A file of PEM certificates to trust instead of the system's.")
  var caFile: String?
  @Flag(
    name: .customLong("start-tls"), help: "Encrypt the connection to ldap:// addresses by StartTLS."
  )
  var startTLS = false
  @Option(
    help: """
      LDIF files instead of a server: a file, or a folder of them; with entryUUID or objectGUID, by which the \
      standard rules find people (ldapsearch … '*' '+').
      """)
  var content: String?
  @Option(help: "The target's name: for Microsoft Entra ID a domain of the tenant.")
  var target = "tenant"
  @Option(help: "The application that signs in to Microsoft Entra ID, by its id.")
  var application: String?
  @Option(help: "The base URL of a target that speaks SCIM 2.0.")
  var url: String?
  @Flag(
    name: .customLong("lockstep-tenant"),
    help: """
      The target at --url is a tenant of Lockstep's on another machine, and gets what its extensions \
      hold as well.
      """)
  var isLockstepTenant = false
  @Flag(
    help: """
      Synchronize passwords, too, by replication from the domain's controllers, to a tenant on this \
      machine; Microsoft Entra ID takes them from Microsoft's own programs alone.
      """)
  var passwords = false

  func validate() throws {
    guard server.isEmpty != (content == nil) else {
      throw ValidationError("Name either LDAP servers with --server, or LDIF files with --content.")
    }
    guard content != nil || user != nil else {
      throw ValidationError("--server needs --user: the account that reads the directory.")
    }
    guard content == nil || (user == nil && caFile == nil && !startTLS) else {
      throw ValidationError("--user, --ca-file and --start-tls belong to --server.")
    }
    guard application == nil || url == nil else {
      throw ValidationError("--application is for Microsoft Entra ID, --url for SCIM: not both.")
    }
    guard !isLockstepTenant || url != nil else {
      throw ValidationError("--lockstep-tenant belongs to --url.")
    }
  }

  func run() throws {
    let creation = WorkspaceCreation(folder: try place.folder)
    guard !creation.exists else {
      throw WorkspaceError(
        .usage, message: "\(creation.folder) is a workspace already, and stays as it is",
        hint: "Change its lockstep.toml, or name another folder with --workspace"
          + (creation.hasRules ? "" : "; 'lockstep rules standard' puts the standard rules there"))
    }
    var draft = makeDraft(in: creation.folder)
    draft.parameters = try parameters(hasRules: creation.hasRules)
    draft.usesStartTLS = startTLS
    let text = try Self.text(of: draft)
    let names: StandardRules.TargetNames =
      isGraph ? .graph : url == nil || isLockstepTenant ? .scim : .service
    let rules = StandardRules.text(for: names).replacing("%Source%", with: source)
      .replacing("%Target%", with: target)
    let kept = try creation.make(
      configuration: text, rules: rules,
      examples: StandardExamples.text(source: source, target: target, names: names),
      token: draft.target == .embedded ? WorkspaceCreation.makeToken() : nil)
    for line in try advice(draft, kept: kept) { StandardStreams.say(SafeText.line(line)) }
  }

  /// What would stand in the file is an option here.
  private static func text(of draft: WorkspaceDraft) throws(WorkspaceError) -> String {
    do {
      return try draft.text()
    } catch {
      var error = error
      error.hint = error.hint.replacing("start_tls = true", with: "give --start-tls")
      throw error
    }
  }

  /// What rules ask for and the source's name does not tell.
  private func parameters(hasRules: Bool) throws -> [String: String] {
    let known = RuleParameters.derived(connector: domain ?? source)
    guard known["Domain.FQDN"] == nil else {
      return domain == nil ? [:] : known.filter { $0.key != "Connector.ID" }
    }
    if let domain {
      throw WorkspaceError(
        .usage, message: "\"\(domain)\" is no DNS name of a domain",
        hint: "Write it like --domain contoso.com")
    }
    // Nobody knows what rules ask for that are there already.
    if hasRules { return [:] }
    throw WorkspaceError(
      .usage,
      message: "The standard rules ask for a DNS domain (%Domain.FQDN%), and \"\(source)\" is none",
      hint: "Name the source's domain with --domain contoso.com, or call the source by it")
  }

  private func makeDraft(in workspace: String) -> WorkspaceDraft {
    let folder = FileManager.default.currentDirectoryPath
    func absolute(_ path: String) -> String {
      WorkspaceLocation.relative(WorkspaceLocation.absolute(path, in: folder), to: workspace)
    }
    return WorkspaceDraft(
      sourceName: source,
      source: content.map { .ldif(content: absolute($0)) }
        ?? .ldap(servers: server, user: user ?? "", caFile: caFile.map(absolute)),
      targetName: target,
      target: application.map { .graph(tenant: target, application: $0) }
        ?? url.map { .scim(url: $0) } ?? .embedded,
      sendsPasswords: passwords)
  }

  private var isGraph: Bool { application != nil }

  private func advice(_ draft: WorkspaceDraft, kept: [String]) throws -> [String] {
    let folder = try place.folder
    let option = place.workspace == nil ? "" : " --workspace " + ShellText.quoted(folder)
    let rules = WorkspaceLocation.join(folder, "rules")
    let made =
      "Made \(WorkspaceLocation.join(folder, "lockstep.toml"))"
      + (kept.contains(rules) ? "." : ", and the standard rules with examples in rules/.")
    let stays = kept.map { path in
      path == rules
        ? "The rules that are in \(rules) stay as they are; no standard rules were put beside them."
        : "\(path) was there, and stays as it is."
    }
    let limits =
      isGraph && !kept.contains(rules)
      ? [
        "The rules bring people and security groups. Contacts, distribution groups and mail addresses "
          + "of groups stay here, since Microsoft Graph lets nobody write them."
      ] : []
    var steps = draft.secretFiles.map {
      "put \($0.content) into \(WorkspaceLocation.join(folder, $0.name)), readable by you only "
        + "(chmod 600)"
    }
    if content != nil {
      steps.append(
        "see that the files tell entryUUID or objectGUID, by which the standard rules find people: "
          + "ldapsearch tells them for '*' '+' behind the filter, ldifde by itself")
    }
    steps += [
      "try configuration, rights and connections: lockstep check\(option)",
      "see what the first cycle would do, with nothing sent: lockstep initial --dry-run\(option)",
      "do it: lockstep initial\(option)",
      "open the console: lockstep\(option)",
    ]
    return [made] + stays + limits + ["Next:"]
      + steps.enumerated().map { "  \($0.offset + 1). \($0.element)" }
  }
}
