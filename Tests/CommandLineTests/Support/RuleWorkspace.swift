import Foundation

extension Bench {
  func put(_ text: String, at name: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder + "/" + name))
  }

  func read(_ name: String) -> String {
    (try? String(contentsOfFile: folder + "/" + name, encoding: .utf8)) ?? ""
  }

  func names(_ name: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder + "/" + name).sorted()
  }
}

extension RuleCommandTests {
  /// A workspace without any object, and an exported configuration of two rules.
  func withWorkspace(_ body: (Bench) throws -> Void) throws {
    try Bench.use { bench in
      for name in ["rules", "directory", "export/SynchronizationRules", "export/Connectors"] {
        try FileManager.default.createDirectory(
          atPath: bench.folder + "/" + name, withIntermediateDirectories: true)
      }
      try bench.put(configuration, at: "lockstep.toml")
      try bench.put("version: 1\n", at: "directory/people.ldif")
      try bench.put("token-of-a-test-0123456789\n", at: "tenant.token")
      chmod(bench.folder + "/tenant.token", 0o600)
      try bench.put(connector("d1", "forest.example", "AD", ""), at: "export/Connectors/a.xml")
      try bench.put(
        connector("c1", "cloud", "Extensible2", "Windows Azure Active Directory (Microsoft)"),
        at: "export/Connectors/b.xml")
      try bench.put(inbound, at: "export/SynchronizationRules/in.xml")
      try bench.put(outbound, at: "export/SynchronizationRules/out.xml")
      try body(bench)
    }
  }

  var configuration: String {
    """
    [tenant]
    port = 0

    [[connector]]
    name = "here"
    type = "ldif"
    role = "source"
    content = "directory"

    [[connector]]
    name = "there"
    type = "scim"
    role = "target"
    url = "embedded"

    """
  }

  func connector(_ id: String, _ name: String, _ category: String, _ subtype: String)
    -> String
  {
    """
    <ma-data><id>{\(id)}</id><name>\(name)</name><category>\(category)</category>
    <subtype>\(subtype)</subtype><private-configuration><own><parameter-values>
    <parameter name="Domain.FQDN" intrinsic="1">forest.example</parameter>
    <parameter name="password" intrinsic="1" encrypted="1">AAAA</parameter>
    </parameter-values></own></private-configuration></ma-data>
    """
  }

  func rule(
    _ name: String, _ direction: String, _ connector: String, _ source: String, _ target: String,
    _ precedence: Int, _ mappings: String, _ join: (String, String)
  ) -> String {
    """
    <synchronizationRule><id>{\(name.lowercased())}</id><name>\(name)</name>
    <direction>\(direction)</direction><disabled>False</disabled><connector>{\(connector)}</connector>
    <sourceObjectType>\(source)</sourceObjectType><targetObjectType>\(target)</targetObjectType>
    <linkType>Provision</linkType><precedence>\(precedence)</precedence>
    <attribute-mappings>\(mappings)</attribute-mappings>
    <relationshipCriteria><conditions><condition><csAttribute>\(join.0)</csAttribute>
    <ilmAttribute>\(join.1)</ilmAttribute></condition></conditions></relationshipCriteria>
    </synchronizationRule>
    """
  }

  var inbound: String {
    rule(
      "People", "Inbound", "d1", "user", "person", 100,
      """
      <mapping><dest>sourceAnchor</dest><src><attr>objectGUID</attr></src>
      <expression>ConvertToBase64([objectGUID])</expression></mapping>
      <mapping><dest>userPrincipalName</dest><src><attr>sAMAccountName</attr></src>
      <expression>[sAMAccountName] &amp; "@" &amp; %Domain.FQDN%</expression></mapping>
      """, ("objectGUID", "sourceAnchor"))
  }

  var outbound: String {
    rule(
      "To the cloud", "Outbound", "c1", "person", "user", 120,
      """
      <mapping><dest>sourceAnchor</dest><src><attr>sourceAnchor</attr></src></mapping>
      <mapping><dest>userPrincipalName</dest><src><attr>userPrincipalName</attr></src></mapping>
      """, ("sourceAnchor", "sourceAnchor"))
  }
}
