public import Directory
import PasswordSync

extension PasswordChannelSetup {
  /// Tries both ends as they are now; no password is sent, and nothing is kept.
  ///
  /// A first batch of accounts is read, and the target is shown that somebody is there.
  public func check() async -> [ConnectionFinding] {
    var findings: [ConnectionFinding] = []
    if isFIPS() {
      findings.append(
        ConnectionFinding(
          isGood: allowsFIPS,
          text: allowsFIPS
            ? "This host is in FIPS mode, and allow_in_fips lets passwords be synchronized nevertheless"
            : "This host is in FIPS mode: no password is synchronized",
          hint: allowsFIPS
            ? "" : "Set allow_in_fips = true under [password_sync] to do it nevertheless"))
    }
    if !isFIPS() || allowsFIPS { findings += await checkSource() }
    findings.append(await checkTarget())
    return findings
  }

  private func checkSource() async -> [ConnectionFinding] {
    let batch: PasswordHashBatch
    do {
      batch = try await source.changes(since: nil)
    } catch {
      await source.close()
      return [finding(error)]
    }
    await source.close()
    let readable = batch.accounts.count { $0.hash != nil }
    let problems = batch.accounts.filter { $0.hash == nil && !$0.problem.isEmpty }
    var findings: [ConnectionFinding] = []
    if readable > 0 || problems.isEmpty {
      let more = batch.hasMore && batch.isMoreCertain ? ", and there are more" : ""
      let without = batch.accounts.count - readable - problems.count
      let rest = without == 0 ? "" : "; \(without) have no password"
      findings.append(
        ConnectionFinding(
          isGood: readable > 0 || batch.hasMore,
          text: "Hashes of passwords in \(source.domain): those of \(readable) accounts were read"
            + more + rest,
          hint: readable > 0 || batch.hasMore
            ? ""
            : "See that the source has accounts with passwords, and that the account may read them"
        ))
    }
    if let first = problems.first {
      findings.append(
        ConnectionFinding(
          isGood: false,
          text:
            "Hashes of passwords in \(source.domain): those of \(problems.count) accounts could "
            + "not be read, the first of \(first.name.dn): \(first.problem)",
          hint: "Their passwords stay as they are at the target until that is mended"))
    }
    return findings
  }

  private func checkTarget() async -> ConnectionFinding {
    do {
      try await target.ping()
      return ConnectionFinding(isGood: true, text: "\(targetConnector) takes passwords")
    } catch {
      return finding(error)
    }
  }

  private func finding(_ error: any Error) -> ConnectionFinding {
    switch error {
    case let failure as PasswordSourceFailure:
      ConnectionFinding(
        isGood: false, text: "Hashes of passwords in \(source.domain): " + failure.message,
        hint: failure.hint)
    case let failure as PasswordTargetFailure:
      ConnectionFinding(
        isGood: false, text: "\(targetConnector) takes no passwords: " + failure.message,
        hint: failure.hint)
    default: ConnectionFinding(isGood: false, text: String(describing: error))
    }
  }
}
