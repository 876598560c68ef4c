import CCurl

/// The transfers under way and the idle handles, on the loop's thread.
struct CurlTransfers {
  private let multi: UnsafeMutableRawPointer
  private let settings: HTTPClient.Settings
  private var running: [Int: (transfer: Transfer, handle: UnsafeMutableRawPointer)] = [:]
  private var idle: [UnsafeMutableRawPointer] = []

  init(multi: UnsafeMutableRawPointer, settings: HTTPClient.Settings) {
    self.multi = multi
    self.settings = settings
    let connections = settings.connectionsPerHost
    ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections)
    ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, max(connections, 4))
  }

  mutating func start(_ transfer: Transfer) {
    transfer.maxResponseSize = settings.maxResponseSize
    guard let handle = idle.popLast() ?? curl_easy_init() else {
      transfer.finish(.failure(HTTPError(.malformedRequest, "no memory for a transfer")))
      return
    }
    configure(handle, for: transfer)
    running[transfer.id] = (transfer, handle)
    let code = curl_multi_add_handle(multi, handle)
    guard code == CURLM_OK else {
      running[transfer.id] = nil
      idle.append(handle)
      transfer.finish(
        .failure(HTTPError(.malformedRequest, String(cString: curl_multi_strerror(code)))))
      return
    }
  }

  /// Ends the transfer `id` as cancelled; nothing if it is not under way.
  mutating func cancel(_ id: Int) {
    guard let (transfer, _) = running[id] else { return }
    release(id)
    transfer.finish(
      .failure(HTTPError(transfer.timesSent > 0 ? .cancelled : .cancelledUnsent, "")))
  }

  /// Does what can be done without waiting, and ends what is finished.
  mutating func perform() {
    var active: Int32 = 0
    curl_multi_perform(multi, &active)
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else {
        continue
      }
      let code = ccurl_message_result(message)
      var context: UnsafeMutableRawPointer?
      ccurl_get_pointer(handle, CURLINFO_PRIVATE, &context)
      guard let context else { continue }
      finish(Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue(), handle, code)
    }
  }

  /// Ends everything.
  mutating func close() {
    for id in Array(running.keys) { cancel(id) }
    for handle in idle { curl_easy_cleanup(handle) }
    idle = []
  }

  private mutating func finish(
    _ transfer: Transfer, _ handle: UnsafeMutableRawPointer, _ code: CURLcode
  ) {
    var status = 0
    ccurl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    release(transfer.id)
    if code == CURLE_OK {
      transfer.succeed(status: status)
    } else {
      transfer.finish(.failure(HTTPError(code, of: transfer)))
    }
  }

  private mutating func release(_ id: Int) {
    guard let (_, handle) = running.removeValue(forKey: id) else { return }
    curl_multi_remove_handle(multi, handle)
    // The handle must forget the transfer's memory before that goes; connections stay open.
    curl_easy_reset(handle)
    idle.append(handle)
  }
}

extension CurlTransfers {
  private func configure(_ handle: UnsafeMutableRawPointer, for transfer: Transfer) {
    let request = transfer.request
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    ccurl_set_text(handle, CURLOPT_URL, request.url)
    ccurl_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
    ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
    ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(settings.connectTimeout))
    ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeout))
    ccurl_set_text(handle, CURLOPT_ACCEPT_ENCODING, "")
    if let file = settings.caFile { ccurl_set_text(handle, CURLOPT_CAINFO, file) }
    if HTTPURL.isLoopback(request.url) { ccurl_set_text(handle, CURLOPT_NOPROXY, "*") }
    setBody(handle, request)
    for (name, value) in request.headers {
      transfer.headerList = curl_slist_append(transfer.headerList, name + ": " + value)
    }
    // Without this, libcurl asks for leave (100 Continue) before a body over 1 MiB and waits.
    transfer.headerList = curl_slist_append(transfer.headerList, "Expect:")
    ccurl_set_list(handle, CURLOPT_HTTPHEADER, transfer.headerList)
    ccurl_set_pointer(handle, CURLOPT_PRIVATE, context)
    ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, transfer.words)
    setCallbacks(handle, context)
  }

  private func setBody(_ handle: UnsafeMutableRawPointer, _ request: HTTPRequest) {
    if let body = request.body {
      ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(body.count))
      body.withUnsafeBytes { bytes in
        // An empty body needs an address, too.
        if let address = bytes.baseAddress {
          _ = ccurl_set_bytes(handle, CURLOPT_COPYPOSTFIELDS, address)
        } else {
          _ = ccurl_set_text(handle, CURLOPT_COPYPOSTFIELDS, "")
        }
      }
    }
    ccurl_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
  }

  private func setCallbacks(
    _ handle: UnsafeMutableRawPointer, _ context: UnsafeMutableRawPointer
  ) {
    ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
    ccurl_set_sink(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
      CurlTransfers.take(data, size &* count, context) { $0.receive($1) }
    }
    ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context)
    ccurl_set_sink(handle, CURLOPT_HEADERFUNCTION) { data, size, count, context in
      CurlTransfers.take(data, size &* count, context) { $0.receive(headerLine: $1) }
    }
    ccurl_set_pointer(handle, CURLOPT_PREREQDATA, context)
    ccurl_set_before_request(handle) { context, _, _, _, _ in
      guard let context else { return CURL_PREREQFUNC_ABORT }
      let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
      return transfer.mayBeSent() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
  }

  /// Passes received bytes on; answers as libcurl wants it: the count, or 0 to end the transfer.
  private static func take(
    _ data: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
    _ receive: (Transfer, UnsafeBufferPointer<UInt8>) -> Bool
  ) -> Int {
    guard let data, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let isTaken = data.withMemoryRebound(to: UInt8.self, capacity: count) {
      receive(transfer, UnsafeBufferPointer(start: $0, count: count))
    }
    return isTaken ? count : 0
  }

  private static func milliseconds(_ seconds: Double) -> Int {
    Int(min(max(seconds, 0.001), 1_000_000) * 1000)
  }
}

extension HTTPError {
  /// What libcurl's `code` says about the fate of `transfer`.
  fileprivate init(_ code: CURLcode, of transfer: Transfer) {
    let said = String(cString: transfer.words)
    let words = said.isEmpty ? String(cString: curl_easy_strerror(code)) : said
    switch code {
    case _ where transfer.isTooLarge:
      self.init(.tooLarge, "more than \(transfer.maxResponseSize) bytes")
    case _ where transfer.wasRefusedToRepeat:
      self.init(.unanswered, "the server closed the connection without an answer")
    case _ where transfer.timesSent > 0:
      self.init(.unanswered, words)
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
      self.init(.tls, words)
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_FUNCTION_ARGUMENT:
      self.init(.malformedRequest, words)
    default:
      self.init(.couldNotConnect, words)
    }
  }
}
