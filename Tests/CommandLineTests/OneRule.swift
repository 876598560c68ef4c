extension Bench {
  /// As little as an engine works by: one rule in force.
  static let oneRule = """
    [[rule]]
    name = "In"
    direction = "inbound"
    connector = "contoso.test"
    source = "user"
    target = "person"
    link = "Provision"
    precedence = 100
    join = [ { conditions = [ { source = "objectGUID", target = "sourceAnchor" } ] } ]
    flow = [ { target = "sourceAnchor", direct = "objectGUID" } ]

    """
}
