import Directory
import SyncStore

/// What the target refused for a mail address that another object has: told only once all else was
/// sent, since that other one may have given it up by then, and whoever lacks an address is better
/// there without it than not at all.
final class RefusedAddresses {
  /// One of them.
  struct Entry {
    var request: ExportStep.Request
    var outcome: ExportOutcome
  }

  private var entries: [Entry] = []
  /// Addresses that objects gave up, as they are compared.
  private var freed: Set<String> = []
  /// Whether all else was sent, so that refusals are told at once.
  var isOver = false

  /// So many have a cause of their own, which is not to be told late.
  private static let most = 500

  /// Keeps a refusal for later; false if it is none of an address.
  func keep(_ outcome: ExportOutcome, of request: ExportStep.Request) -> Bool {
    guard !isOver, entries.count < Self.most, case .failed(let failure) = outcome,
      request.address(refusedBy: failure) != nil
    else { return false }
    entries.append(Entry(request: request, outcome: outcome))
    return true
  }

  /// Notes what the target took.
  func note(_ outcome: ExportOutcome, of request: ExportStep.Request) {
    switch outcome {
    case .done, .partly, .removed: freed.formUnion(request.addressesGivenUp)
    case .accepted, .failed, .unknown: break
    }
  }

  /// Whether an object has given up the address for which an entry was refused.
  func isFree(_ entry: Entry) -> Bool {
    guard case .failed(let failure) = entry.outcome,
      let address = entry.request.address(refusedBy: failure)
    else { return false }
    return freed.contains(address.value.comparableAddress)
  }

  /// The next one, which is taken out; nil at the end.
  func take() -> Entry? { entries.isEmpty ? nil : entries.removeFirst() }
}

extension ExportStep {
  /// Addresses of one object that may be another's.
  private static let mostAddresses = 20

  /// Sends again what was refused for an address, as it is if the address was given up since, else
  /// without it.
  ///
  /// The address is tried again with the next export, and told until then.
  func settleAddresses() async throws {
    addresses.isOver = true
    try context.checkStop()
    while let entry = addresses.take() {
      try await settle(entry)
      try context.checkStop()
    }
    try context.checkErrorLimit("were refused")
  }

  /// Tells what was kept, which is final where the step ends.
  func tellAddresses() throws {
    addresses.isOver = true
    try store.transaction { tx in
      var tally = CounterTally()
      while let entry = addresses.take() {
        try keep(entry.outcome, of: entry.request, tx, &tally)
      }
      try tx.add(tally, step: context.step)
    }
  }

  private func settle(_ entry: RefusedAddresses.Entry) async throws {
    let types = connector.engine.connector.capabilities.wholeTypes
    guard !types.contains(entry.request.operation.objectType) else {
      return try take([entry.outcome], of: [entry.request])
    }
    var request = entry.request
    var outcome = entry.outcome
    if addresses.isFree(entry) { outcome = try await sendAlone(request) }
    var refusals: [ObjectFailure] = []
    while case .failed(let failure) = outcome, refusals.count < Self.mostAddresses,
      let address = request.address(refusedBy: failure)
    {
      refusals.append(failure)
      guard let rest = request.without(address) else {
        outcome = .failed(Self.united(refusals) ?? failure)
        refusals = []
        break
      }
      request = rest
      outcome = try await sendAlone(request)
    }
    try take([Self.outcome(outcome, of: request, lacking: refusals)], of: [request])
  }

  private func sendAlone(_ request: Request) async throws -> ExportOutcome {
    try store.transaction { try $0.markSending([request.id]) }
    let outcomes = try await connector.engine.connector.export([request.operation])
    return outcomes.first ?? .unknown(reason: "the connector gave no outcome")
  }

  private static func united(_ failures: [ObjectFailure]) -> ObjectFailure? {
    guard var failure = failures.first else { return nil }
    for more in failures.dropFirst() where !failure.message.contains(more.message) {
      failure.message += " Besides: " + more.message
    }
    return failure
  }

  /// What became of a request that was sent without the addresses for which it was refused.
  private static func outcome(
    _ outcome: ExportOutcome, of request: Request, lacking refusals: [ObjectFailure]
  ) -> ExportOutcome {
    guard var failure = united(refusals) else { return outcome }
    switch outcome {
    case .done(let anchor):
      guard let anchor = anchor ?? request.operation.anchor else { return outcome }
      failure.message += " (all else was taken)"
      return .partly(PartialExport(anchor: anchor, failure: failure, lacking: []))
    case .partly(var part):
      failure.message += " Besides: " + part.failure.message
      part.failure = failure
      return .partly(part)
    case .accepted, .failed, .unknown, .removed: return outcome
    }
  }
}

extension ExportStep.Request {
  /// A mail address in an attribute of which no two objects may have one value.
  typealias Address = (attribute: AttributeName, value: AttributeValue)

  /// The address for which the target refuses it; nil if it is none, or is not told.
  func address(refusedBy failure: ObjectFailure) -> Address? {
    guard failure.type == .attributeValueMustBeUnique || failure.isOfAnother,
      let told = failure.value?.lowercased(),
      let name = failure.attribute.map({ AttributeName($0) }), name.isOfAddresses
    else { return nil }
    return newValues(of: name).first { $0.text.lowercased() == told }.map { (name, $0) }
  }

  private func newValues(of name: AttributeName) -> [AttributeValue] {
    switch operation.kind {
    case .add(let attributes): return attributes[name]
    case .modify(let changes):
      guard case .replace(let values)? = changes.first(where: { $0.name == name })?.operation else {
        return []
      }
      return values
    case .delete: return []
    }
  }

  /// The addresses that the object has at the target and loses by this, as they are compared.
  fileprivate var addressesGivenUp: Set<String> {
    let image = item.object.image ?? AttributeSet()
    var addresses: Set<String> = []
    for attribute in image.attributes where attribute.name.isOfAddresses {
      let kept: [AttributeValue]
      switch operation.kind {
      case .delete: kept = []
      case .modify(let changes) where changes.contains { $0.name == attribute.name }:
        kept = newValues(of: attribute.name)
      case .add, .modify: continue
      }
      addresses.formUnion(
        Set(attribute.values.map(\.comparableAddress))
          .subtracting(kept.map(\.comparableAddress)))
    }
    return addresses
  }

  /// The request without an address; nil if nothing is left of it.
  fileprivate func without(_ address: Address) -> Self? {
    var rest = self
    switch operation.kind {
    case .add(let attributes):
      rest.operation.kind = .add(
        AttributeSet(
          attributes.attributes.compactMap { attribute in
            guard attribute.name == address.attribute else { return attribute }
            let values = attribute.values.filter { $0 != address.value }
            return values.isEmpty ? nil : Attribute(attribute.name, values)
          }))
    case .modify(let changes):
      let image = item.object.image ?? AttributeSet()
      rest.operation.kind = .modify(
        changes.compactMap { change in
          guard change.name == address.attribute, case .replace(let all) = change.operation else {
            return change
          }
          let values = all.filter { $0 != address.value }
          return values == image[change.name]
            ? nil : AttributeChange(change.name, .replace(values))
        })
      if rest.isEmpty { return nil }
    case .delete: return nil
    }
    return rest
  }
}

extension AttributeName {
  /// Whether it is where Microsoft's directories keep mail addresses, each of which is one object's.
  ///
  /// What is sent to Entra ID as `mail` becomes one of the proxy addresses there.
  fileprivate var isOfAddresses: Bool {
    key == "mail" || key == "proxyaddresses" || key.hasSuffix(":proxyaddresses")
  }
}

extension AttributeValue {
  /// The address as it is compared: a proxy address and a mail address may be the same.
  fileprivate var comparableAddress: String {
    let text = text.lowercased()
    return text.hasPrefix("smtp:") ? String(text.dropFirst(5)) : text
  }
}
