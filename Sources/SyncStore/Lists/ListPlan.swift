import Directory

/// How the numbers of a list's rows are found, in SQL.
struct ListPlan {
  /// The query; its rows are numbers of rows.
  var sql: String
  /// Its arguments.
  var arguments: [(any SQLBindable)?]
  /// What SQL can't tell of a row: whether the object of this number passes; nil if SQL tells all.
  var passes: ((Int64) throws -> Bool)?

  init(_ source: ListSource, _ arrangement: ListArrangement, _ tx: StoreTransaction) throws {
    let base = try Base(source, tx)
    var parts = base.conditions
    arguments = base.arguments
    let fields = ListField.of(source)
    for term in arrangement.terms {
      let (sql, bound) = Self.condition(term, fields)
      parts.append(sql)
      arguments += bound
    }
    let order =
      arrangement.sort.flatMap { sort in
        fields.first { $0.name == sort.field }.map { field in
          let way = sort.isDescending ? "DESC" : "ASC"
          return field.order == base.id
            ? "\(field.order) \(way)" : "\(field.order) \(way), \(base.id) \(way)"
        }
      } ?? base.order
    sql = "SELECT \(base.id) FROM \(base.table) WHERE " + parts.joined(separator: " AND ")
    sql += " ORDER BY " + order
    passes = base.passes
  }

  /// A list as it is without any arrangement.
  private struct Base {
    var table: String
    var id: String
    var order: String
    var conditions: [String] = []
    var arguments: [(any SQLBindable)?] = []
    var passes: ((Int64) throws -> Bool)?

    init(_ source: ListSource, _ tx: StoreTransaction) throws {
      switch source {
      case .operations(let filter):
        (table, id, order) = (try StoreReader.steps(tx) + " s", "s.id", "s.id DESC")
        let (sql, bound) = StoreReader.condition(filter)
        // The condition speaks of these by the names that lists with more columns give them.
        if !filter.text.isEmpty || !filter.without.isEmpty {
          table += " JOIN run r ON r.id = s.run_id JOIN connector c ON c.id = s.connector_id"
        }
        conditions = [sql]
        arguments = bound
      case .errors(let step):
        (table, id, order) = ("step_error e", "e.id", "e.id")
        conditions = ["e.step_id = ?"]
        arguments = [step]
      case .openErrors(let kind):
        table = "step_error e JOIN connector c ON c.id = e.connector_id"
        (id, order) = ("e.id", "e.id")
        conditions = [StoreReader.isOpen]
        if let kind {
          let (sql, bound) = StoreReader.condition(kind)
          conditions.append(sql)
          arguments = bound
        }
      case .changes(let step, let group, let counter):
        (table, id, order) = ("step_change h", "h.id", "h.id")
        let (sql, bound) = StoreReader.condition(counter: counter, group)
        conditions = ["h.step_id = ?", sql]
        arguments = [step] + bound
      case .objects(let connector, let scope):
        (table, id, order) = ("cs_object o", "o.id", "o.id")
        conditions = [
          StoreReader.connectorID(scope) + " = (SELECT id FROM connector WHERE name = ?)",
          StoreReader.condition(scope),
          try StoreReader.isListed(scope, of: connector, tx) ? "1" : "0",
        ]
        arguments = [connector]
      case .held(let group):
        table =
          "cause c JOIN export_cause x ON x.cause_id = c.id JOIN cs_object o ON o.id = x.object_id"
        (id, order) = ("o.id", "o.id")
        conditions = ["c.id = ?", StoreReader.isHeldInGroup]
        arguments = [group]
      case .users(let state, let isStale):
        (table, id, order) = ("cs_object o", "o.id", "o.display COLLATE NOCASE, o.id")
        conditions = [StoreReader.isUser]
        if let state {
          conditions.append(StoreReader.userState + " = ?")
          arguments.append(state.rawValue)
        }
        if isStale {
          order = "o.last_sync, o.id"
          conditions.append(StoreReader.userIsStale)
          arguments.append(try StoreReader.staleLimit(tx))
        }
      case .events(let filter):
        (table, id, order) = ("event v", "v.id", "v.id DESC")
        let (sql, bound) = StoreReader.condition(filter)
        conditions = [sql]
        arguments = bound
      case .metaverse(let query):
        (table, id, order) = ("mv_object m", "m.id", "m.display COLLATE NOCASE, m.id")
        let (sql, bound) = try StoreReader.condition(query, tx)
        conditions = [sql]
        arguments = bound
        let check = StoreReader.Check(query)
        // SQLite knows only the cases of ASCII letters.
        if !query.clauses.isEmpty || query.name.utf8.contains(where: { $0 >= 0x80 }) {
          passes = { try StoreReader.passes($0, check, tx) }
        }
      case .passwords(let filter):
        (table, id, order) = (StoreReader.passwordTable, "p.id", "p.id")
        conditions = [StoreReader.passwordIsActive, filter.condition]
      case .passwordBatches:
        (table, id, order) = ("password_batch b", "b.id", "b.id DESC")
        conditions = ["1"]
      }
    }
  }

  // MARK: Terms

  private static func condition(
    _ term: ListTerm, _ fields: [ListField]
  ) -> (sql: String, arguments: [(any SQLBindable)?]) {
    let asked = fields.filter { field in
      term.field.map { $0 == field.name } ?? (field.search != .none && field.kind == .text)
    }
    let parts = asked.compactMap { field in
      var term = term
      if term.field == nil, term.comparison == .contains, field.search == .whole {
        term.comparison = .equals
      }
      return condition(term, on: field)
    }
    // A field that the list does not have holds nothing that could pass.
    let sql = parts.isEmpty ? "0" : parts.map(\.sql).joined(separator: " OR ")
    return ((term.isNegated ? "NOT (" : "(") + sql + ")", parts.map(\.argument))
  }

  private static func condition(
    _ term: ListTerm, on field: ListField
  ) -> (sql: String, argument: any SQLBindable)? {
    switch (term.comparison, term.operand, field.kind) {
    case (.matches, .text(let text), .text):
      return (ListFunctions.passes("COALESCE(\(field.sql), '')", term.comparison), text)
    case (.contains, .text(let text), .text), (.equals, .text(let text), .text),
      (.begins, .text(let text), .text):
      let sql = ListFunctions.passes("COALESCE(\(field.sql), '')", term.comparison)
      return (sql, text.lowercased())
    case (_, .number(let number), .number):
      return ("COALESCE(\(field.sql), 0) \(sign(term.comparison)) ?", number)
    case (_, .moment(let moment), .moment):
      return ("COALESCE(\(field.sql), 0) \(sign(term.comparison)) ?", moment.milliseconds)
    case (_, .text(let text), .text):
      return ("COALESCE(\(field.sql), '') COLLATE NOCASE \(sign(term.comparison)) ?", text)
    default: return nil
    }
  }

  private static func sign(_ comparison: ListTerm.Comparison) -> String {
    switch comparison {
    case .contains, .equals, .begins, .matches: "="
    case .greater: ">"
    case .atLeast: ">="
    case .less: "<"
    case .atMost: "<="
    }
  }
}
