import Directory
import HTTP
import JSON

/// Many a service lists active people only, and gives each of the others to who asks for them.
extension SCIMImportReader {
  /// Those of `objects` that the server has all the same.
  func look(for objects: [UnshownObject]) async throws -> ImportBatch? {
    do {
      return try await found(objects)
    } catch let error as RequestError {
      throw error.failure(url: client.settings.baseURL, isStart: false)
    }
  }

  private func found(_ objects: [UnshownObject]) async throws -> ImportBatch {
    var batch = ImportBatch(changes: [])
    for object in objects {
      guard let type = kinds.first(where: { $0.objectType == object.objectType }) else { continue }
      let query = server.wanted(type).map { [("attributes", $0)] } ?? []
      let path = SCIMClient.path(type, object.anchor.text)
      let response = try await client.send("GET", path, query: query)
      guard response.isSuccess else {
        // These say that it is gone, or that nobody can be asked for by id: the lists are believed.
        if ![400, 404, 405, 410, 501].contains(response.status) {
          batch.doubt =
            "GET \(type.endpoint)/… for what it does not list was answered with HTTP status "
            + "\(response.status)"
        }
        continue
      }
      // What is no object of that id tells nothing.
      guard let json = try? response.json(),
        json["id"]?.id?.lowercased() == object.anchor.text.lowercased()
      else { continue }
      let reader = ListReader(server: server, type: type, among: kinds)
      do throws(DiscoveryError) {
        var entry = try reader.entry(json, location: client.settings.baseURL + path)
        entry.anchor = object.anchor
        batch.changes.append(.entry(entry))
      } catch {
        var error = error
        error.anchor = object.anchor
        batch.errors.append(error)
      }
    }
    // The server's own number leaves them out, too.
    let count = batch.changes.count + batch.errors.count
    guard count > 0 else { return batch }
    next.unread -= count
    if canResume { batch.watermark = next.watermark }
    return try await withKnownReferences(batch)
  }
}
