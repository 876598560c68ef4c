import Directory

/// What a search asks for (RFC 4511 §4.5.1).
struct LDAPSearch: Sendable {
  /// How deep it goes.
  enum Scope: Sendable { case base, oneLevel, subtree }

  /// The name from which it starts; empty is the server's root.
  var base: String
  /// How deep it goes.
  var scope: Scope
  /// Which objects are wanted, in the form of RFC 4515.
  var filter: String
  /// Which attributes; empty means all user attributes.
  var attributes: [String]
  /// Only names of attributes, no values.
  var namesOnly = false
  /// The most entries that are wanted; 0 leaves it to the server.
  var sizeLimit = 0
  /// What else the server is told.
  var controls: [ServerControl]
  /// Whether each entry's controls are wanted, as for RFC 4533; they cost time.
  var readsEntryControls = false
  /// The attribute whose values come as ``SearchEntry/secrets``, in memory that is overwritten; it is
  /// to be one of ``attributes``.
  var secret: AttributeName?

  init(
    base: String, scope: Scope = .subtree, filter: String = "(objectClass=*)",
    attributes: [String] = [], controls: [ServerControl] = []
  ) {
    self.base = base
    self.scope = scope
    self.filter = filter
    self.attributes = attributes
    self.controls = controls
  }
}

/// A search that a server was sent, and that goes on with what changes later.
struct StandingSearch: Sendable {
  /// The message's number on its connection.
  let message: Int32
  /// What is read of its entries.
  let reading: EntryReading
}

/// A control (RFC 4511 §4.1.11), of a request or an answer.
struct ServerControl: Hashable, Sendable {
  /// What it is, as dotted numbers.
  var oid: String
  /// Whether a server that does not know it must refuse the request.
  var isCritical: Bool
  /// Its content, as BER; nil if it has none.
  var value: [UInt8]?

  init(_ oid: String, isCritical: Bool = false, value: [UInt8]? = nil) {
    self.oid = oid
    self.isCritical = isCritical
    self.value = value
  }
}

/// What a search brings, in the order in which the server sends it.
enum SearchMessage: Sendable {
  /// An entry.
  case entry(SearchEntry)
  /// The URLs of other servers that hold a part of what was searched.
  case reference([String])
  /// A message in between (RFC 4511 §4.13).
  case intermediate(oid: String, value: [UInt8]?, controls: [ServerControl])
  /// The end, with any result code; nothing comes after it.
  case done(LDAPResult)
}

/// The end of an operation (RFC 4511 §4.1.9).
struct LDAPResult: Hashable, Sendable {
  /// The result code; 0 is success.
  var code: Int32
  /// The last object above the wanted one that exists, for `noSuchObject`.
  var matchedDN = ""
  /// The server's own words.
  var diagnostic = ""
  /// Where else to ask.
  var referrals: [String] = []
  /// Controls of the answer.
  var controls: [ServerControl] = []

  /// The first control with this OID.
  func control(_ oid: String) -> ServerControl? { controls.first { $0.oid == oid } }
}
