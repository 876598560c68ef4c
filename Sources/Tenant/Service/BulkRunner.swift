import JSON

/// Carries out the operations of a Bulk request in one transaction, each in a savepoint of its own.
struct BulkRunner {
  let writer: ResourceWriter
  let base: String
  /// After how many operations to stop, for tests of clients; nil for all.
  let stopAfter: Int?

  // How far the work is.
  private struct Progress {
    var answers: [JSONValue?]
    var errors = 0
    var done = 0
    // Names of resources of this request to their ids; nil if they could not be made.
    var ids: [String: String?] = [:]
  }

  /// The answers in the order of the operations; those that were not tried have none.
  ///
  /// An operation that refers to a resource of the request that comes later waits for it. Those that
  /// wait for each other are made without the references first, and with them then, all or none
  /// (RFC 7644 §3.7.1).
  ///
  /// - Throws: only if the store fails; nothing is kept then.
  func run(_ bulk: BulkRequest) throws -> [JSONValue] {
    var progress = Progress(answers: Array(repeating: nil, count: bulk.operations.count))
    let made = Set(bulk.operations.filter { $0.method == "POST" }.compactMap(\.bulkID))
    var waiting = Array(bulk.operations.indices)
    while !waiting.isEmpty {
      var later: [Int] = []
      for index in waiting {
        guard !isOver(progress, bulk) else { return progress.answers.compactMap { $0 } }
        let operation = bulk.operations[index]
        let open = operation.references.filter { made.contains($0) && progress.ids[$0] == nil }
        if open.isEmpty {
          try perform(operation, at: index, &progress)
        } else {
          later.append(index)
        }
      }
      if later.count == waiting.count {
        for circle in BulkCircles.circles(later, of: bulk.operations) {
          guard !isOver(progress, bulk) else { break }
          try performCircle(circle, bulk, &progress)
        }
        later = []
      }
      waiting = later
    }
    return progress.answers.compactMap { $0 }
  }

  private func isOver(_ progress: Progress, _ bulk: BulkRequest) -> Bool {
    if let limit = bulk.failOnErrors, progress.errors >= limit { return true }
    if let stopAfter, progress.done >= stopAfter { return true }
    return false
  }

  private func perform(
    _ operation: BulkRequest.Operation, at index: Int, _ progress: inout Progress
  ) throws {
    progress.done += 1
    do {
      let ids = progress.ids
      let outcome = try writer.context.atomically { try execute(operation, ids) }
      if let name = operation.bulkID, let id = outcome?.resource.id { progress.ids[name] = id }
      let status = operation.method == "POST" ? 201 : outcome == nil ? 204 : 200
      progress.answers[index] = answer(operation, status: status, outcome: outcome)
    } catch let error as SCIMError {
      if let name = operation.bulkID { progress.ids.updateValue(nil, forKey: name) }
      progress.errors += 1
      progress.answers[index] = answer(operation, status: error.status, error: error)
    }
  }

  // Operations of a circle, or a single one that waited for such.
  private func performCircle(
    _ circle: [Int], _ bulk: BulkRequest, _ progress: inout Progress
  ) throws {
    let operations = circle.map { bulk.operations[$0] }
    let names = Set(operations.filter { $0.method == "POST" }.compactMap(\.bulkID))
    guard circle.count > 1 || !operations[0].references.isDisjoint(with: names) else {
      return try perform(operations[0], at: circle[0], &progress)
    }
    progress.done += circle.count
    var ids = progress.ids
    var place = 0
    do {
      let outcomes = try writer.context.atomically {
        var made: [String] = []
        for (index, operation) in operations.enumerated() {
          place = index
          var bare = operation
          bare.data = BulkCircles.without(names, operation.data)
          bare.references.subtract(names)
          guard let id = try execute(bare, ids)?.resource.id else { continue }
          if let name = operation.bulkID { ids[name] = id }
          made.append(id)
        }
        return try zip(operations, made).enumerated().map { index, item in
          place = index
          var whole = item.0
          (whole.method, whole.path, whole.version) = ("PUT", "\(whole.path)/\(item.1)", nil)
          return try execute(whole, ids)
        }
      }
      progress.ids = ids
      for (index, outcome) in zip(circle, outcomes) {
        progress.answers[index] = answer(bulk.operations[index], status: 201, outcome: outcome)
      }
    } catch let error as SCIMError {
      refuse(circle, failed: place, error, bulk, &progress)
    }
  }

  private func refuse(
    _ circle: [Int], failed: Int, _ error: SCIMError, _ bulk: BulkRequest,
    _ progress: inout Progress
  ) {
    let name = bulk.operations[circle[failed]].bulkID ?? ""
    let other = SCIMError(
      409, nil,
      "The operation refers to bulkId \(name), which refers back to it and was not made: "
        + error.detail)
    for (position, index) in circle.enumerated() {
      let operation = bulk.operations[index]
      if let name = operation.bulkID { progress.ids.updateValue(nil, forKey: name) }
      progress.errors += 1
      let told = position == failed ? error : other
      progress.answers[index] = answer(operation, status: told.status, error: told)
    }
  }

  private func execute(_ operation: BulkRequest.Operation, _ ids: [String: String?]) throws
    -> ResourceWriter.Outcome?
  {
    if let fault = operation.fault { throw fault }
    let parts = operation.path.split(separator: "/").map(String.init)
    guard let type = parts.first.flatMap({ ResourceType.at($0) }),
      parts.count == (operation.method == "POST" ? 1 : 2)
    else {
      throw SCIMError(404, nil, "\(operation.method) has nothing at '\(operation.path)'.")
    }
    let data =
      try operation.references.isEmpty
      ? operation.data : resolved(.object(operation.data), ids).object ?? JSONObject()
    let id = try parts.count == 2 ? resolved(.string(parts[1]), ids).string ?? "" : ""
    switch operation.method {
    case "POST": return try writer.create(type, data)
    case "PUT": return try writer.replace(type, id, data, ifMatch: operation.version)
    case "PATCH":
      let patch = try Patch(data, for: type, isStrict: writer.values.isStrict)
      return try writer.patch(type, id, patch, ifMatch: operation.version)
    default:
      try writer.delete(type, id, ifMatch: operation.version)
      return nil
    }
  }

  private func resolved(_ value: JSONValue, _ ids: [String: String?]) throws -> JSONValue {
    switch value {
    case .string(let text):
      guard let name = BulkRequest.name(in: text) else { return value }
      switch ids[name] {
      case .some(.some(let id)): return .string(id)
      case .some(nil):
        throw SCIMError(409, nil, "'\(text)' was not made: its own operation failed.")
      case nil:
        throw SCIMError.invalidValue("bulkId", "no operation of this request has '\(text)'.")
      }
    case .array(let elements): return .array(try elements.map { try resolved($0, ids) })
    case .object(var object):
      for index in object.members.indices {
        object.members[index].value = try resolved(object.members[index].value, ids)
      }
      return .object(object)
    default: return value
    }
  }

  private func answer(
    _ operation: BulkRequest.Operation, status: Int, outcome: ResourceWriter.Outcome? = nil,
    error: SCIMError? = nil
  ) -> JSONValue {
    var object = JSONObject()
    if let resource = outcome?.resource {
      object["location"] = .string("\(base)/\(resource.type.endpoint)/\(resource.id)")
    } else if operation.method != "POST" {
      let path = operation.path.hasPrefix("/") ? operation.path : "/" + operation.path
      object["location"] = .string(base + path)
    }
    object["method"] = .string(operation.method)
    if let bulkID = operation.bulkID { object["bulkId"] = .string(bulkID) }
    if let resource = outcome?.resource { object["version"] = .string(resource.etag) }
    object["status"] = .string(String(status))
    if let error { object["response"] = error.json }
    return .object(object)
  }
}
