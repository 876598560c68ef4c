public import Configuration
import Directory

extension RuleExample {
  /// The examples in `text`.
  ///
  /// - Parameter file: The name of the text for the places.
  /// - Throws: ``ConfigurationError`` with the place of the first mistake.
  public static func parse(
    _ text: String, file: String
  ) throws(ConfigurationError) -> [RuleExample] {
    try examples(in: try TOMLTable.parse(text, file: file))
  }

  /// The examples in the file at path `file`.
  ///
  /// - Throws: ``ConfigurationError`` with the place of the first mistake.
  public static func load(file: String) throws(ConfigurationError) -> [RuleExample] {
    try examples(in: try TOMLTable.load(file: file))
  }

  private static func examples(
    in table: TOMLTable
  ) throws(ConfigurationError) -> [RuleExample] {
    try table.rejectUnknown(allowed: ["test"])
    var examples: [RuleExample] = []
    for test in try table.tables("test") { examples.append(try RuleExample(test)) }
    return examples
  }

  private init(_ table: TOMLTable) throws(ConfigurationError) {
    try table.rejectUnknown(allowed: ["name", "entry", "expect"])
    name = try table.string("name")
    place = table.place
    entries = []
    for entry in try table.tables("entry") { entries.append(try Entry(entry)) }
    guard !entries.isEmpty else {
      throw ConfigurationError(
        place: place, message: "The example \"\(name)\" has no entry",
        hint: "add [[test.entry]] with connector, type and attributes")
    }
    let expect = try table.table("expect")
    try expect.rejectUnknown(allowed: ["filtered", "error", "type", "metaverse", "target"])
    guard !expect.entries.isEmpty else {
      throw ConfigurationError(
        place: expect.place, message: "The example \"\(name)\" expects nothing",
        hint: "add filtered, error, type, metaverse or target")
    }
    isFiltered = expect["filtered"] == nil ? nil : try expect.boolean("filtered")
    error = try expect.optionalString("error")
    metaverseType = try expect.optionalString("type")
    metaverse =
      try expect.optionalTable("metaverse").map { table throws(ConfigurationError) in
        try ExampleValues.expected(table)
      } ?? [:]
    for target in try expect.tables("target") { targets.append(try Target(target)) }
    if error != nil, expect.keys.count > 1 {
      throw ConfigurationError(
        place: expect.place(of: "error"),
        message:
          "The example \"\(name)\" expects an error and something else, which an object with "
          + "an error does not come to", hint: "keep one of them, or make two examples")
    }
  }
}

extension RuleExample.Entry {
  init(_ table: TOMLTable) throws(ConfigurationError) {
    try table.rejectUnknown(allowed: ["connector", "type", "dn", "attributes"])
    connector = try table.string("connector")
    type = try table.string("type")
    dn = try table.optionalString("dn") ?? ""
    let values = try table.optionalTable("attributes").map { table throws(ConfigurationError) in
      try ExampleValues.expected(table)
    }
    attributes = AttributeSet((values ?? [:]).map { Attribute($0.key, $0.value) })
  }
}

extension RuleExample.Target {
  init(_ table: TOMLTable) throws(ConfigurationError) {
    try table.rejectUnknown(allowed: ["connector", "type", "there", "exactly", "attributes"])
    connector = try table.string("connector")
    type = try table.optionalString("type")
    isThere = try table.boolean("there", default: true)
    isExact = try table.boolean("exactly", default: false)
    attributes =
      try table.optionalTable("attributes").map { table throws(ConfigurationError) in
        try ExampleValues.expected(table)
      } ?? [:]
    place = table.place
  }
}

/// Values as examples write them.
enum ExampleValues {
  /// The attributes of `table` with their values; an empty list is no value.
  static func expected(
    _ table: TOMLTable
  ) throws(ConfigurationError) -> [AttributeName: [AttributeValue]] {
    var values: [AttributeName: [AttributeValue]] = [:]
    for entry in table.entries {
      var list: [AttributeValue] = []
      if case .array(let items) = entry.value.kind {
        for item in items { list.append(try value(item, entry.key)) }
      } else {
        list = [try value(entry.value, entry.key)]
      }
      let name = AttributeName(entry.key)
      guard values.updateValue(AttributeSet.canonical(list), forKey: name) == nil else {
        throw ConfigurationError(
          place: entry.place, message: "\(entry.key) is there twice", hint: "keep one of them")
      }
    }
    return values
  }

  private static func value(
    _ value: TOMLValue, _ key: String
  ) throws(ConfigurationError) -> AttributeValue {
    switch value.kind {
    case .string(let text): return .string(text)
    case .integer(let number): return .integer(number)
    case .boolean(let flag): return .boolean(flag)
    case .table(let table): return try special(table, key)
    default:
      throw value.mismatch(
        key, expected: "a text, a whole number, true, false, or { base64 = \"…\" }")
    }
  }

  private static let specials = ["base64", "hex", "guid", "sid", "reference"]

  private static func special(
    _ table: TOMLTable, _ key: String
  ) throws(ConfigurationError) -> AttributeValue {
    try table.rejectUnknown(allowed: specials)
    guard let kind = table.keys.first, table.keys.count == 1 else {
      throw ConfigurationError(
        place: table.place,
        message: "The value of \(key) says how it is written more than once, "
          + "or not at all", hint: "write one of: " + specials.joined(separator: ", "))
    }
    let text = try table.string(kind)
    let bytes: [UInt8]?
    switch kind {
    case "reference": return .reference(text)
    case "base64":
      if case .binary(let decoded)? = AttributeValue.string(text).converted(to: .binary) {
        bytes = decoded
      } else {
        bytes = nil
      }
    case "hex": bytes = Hexadecimal.decode(text)
    case "guid": bytes = GUID(text).map(\.bytes)
    default: bytes = SID(text).map(\.bytes)
    }
    guard let bytes else {
      throw ConfigurationError(
        place: table.place(of: kind), message: "\"\(text)\" is no \(kind)", hint: "correct it")
    }
    return .binary(bytes)
  }
}
