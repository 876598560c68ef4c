import Directory

/// What an operation refers to and is not in the directory: it is left out, and the rest is sent.
struct LostReferences: Sendable {
  /// The changes with what is lost of them; of a replacement all that it was to be.
  private(set) var changes: [ExportPlan.Change] = []

  var isEmpty: Bool { changes.isEmpty }

  /// Notes that of `change` these values are lost.
  mutating func note(_ lost: [AttributeValue], of change: ExportPlan.Change) {
    var change = change
    if change.operation != .replace { change.values = lost }
    changes.append(change)
  }

  /// Why they were not sent.
  var failure: ObjectFailure {
    let anchors = changes.flatMap(\.values).compactMap { value -> String? in
      if case .reference(let anchor) = value { anchor } else { nil }
    }
    let name = changes.first?.name
    let more = anchors.count > 1 ? ", and \(anchors.count - 1) more" : ""
    return ObjectFailure(
      .dnAttributesFailure, code: "not sent",
      message: "\(name?.text ?? "") refers to an object that is not in the directory\(more)",
      attribute: name?.text, value: anchors.first)
  }

  /// The outcome of the operation, of which all else came to `outcome`.
  func outcome(_ outcome: ExportOutcome, of plan: ExportPlan) -> ExportOutcome {
    switch outcome {
    case .done(let anchor):
      guard let anchor = anchor ?? plan.operation.anchor else { return .failed(failure) }
      return .partly(PartialExport(anchor: anchor, failure: failure, lacking: lacking))
    case .partly(var part):
      part.lacking += lacking
      return .partly(part)
    // A group that must have a member lacks the one that is lost.
    case .failed(let refusal): return .failed(refusal.type == .schemaViolation ? failure : refusal)
    case .accepted, .unknown, .removed: return outcome
    }
  }

  private var lacking: [AttributeChange] {
    changes.map { change in
      switch change.operation {
      case .add: AttributeChange(change.name, .update(added: change.values, removed: []))
      case .delete: AttributeChange(change.name, .update(added: [], removed: change.values))
      case .replace: AttributeChange(change.name, .replace(change.values))
      }
    }
  }
}

extension ExportPlan {
  /// The plan without references that `anchors` does not know; a replacement by nothing else is none.
  func without(unknownTo anchors: AnchorDirectory) -> ExportPlan {
    func known(_ changes: [Change]) -> [Change] {
      changes.compactMap { change in
        var known = change
        known.values.removeAll { value in
          if case .reference(let anchor) = value { anchors[anchor] == nil } else { false }
        }
        return known.values.isEmpty && !change.values.isEmpty ? nil : known
      }
    }
    var plan = self
    switch work {
    case .add(let changes): plan.work = .add(known(changes))
    case .modify(let name, let changes): plan.work = .modify(newName: name, known(changes))
    case .delete: break
    }
    return plan
  }

  /// Whether nothing is left to be sent.
  var isVoid: Bool { if case .modify(nil, let changes) = work { changes.isEmpty } else { false } }
}
