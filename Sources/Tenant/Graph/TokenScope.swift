/// What a token is asked for.
enum TokenScope {
  /// Where Graph is in Microsoft's clouds (learn.microsoft.com, "National cloud deployments"), and its
  /// id as an application.
  private static let graph: Set<String> = [
    "graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn", "00000003-0000-0000-c000-000000000000",
  ]
  /// Below which names Microsoft's other services are.
  private static let clouds = [
    "microsoft.com", "microsoft.us", "microsoftonline.com", "azure.com", "azure.net", "azure.us",
    "azure.cn", "chinacloudapi.cn", "windows.net", "office.com", "office365.com", "outlook.com",
    "sharepoint.com", "powerbi.com",
  ]

  /// The resource that `scope` names if it is another of Microsoft's services than Graph; nil else.
  ///
  /// A tenant has many names: any that is not theirs is taken for one of them.
  static func stranger(_ scope: String) -> String? {
    let resource = scope.hasSuffix("/.default") ? scope.dropLast(9) : scope[...]
    let start = resource.firstRange(of: "://")?.upperBound ?? resource.startIndex
    let host = resource[start...].prefix { $0 != "/" && $0 != ":" }.lowercased()
    guard !graph.contains(host), clouds.contains(where: { host == $0 || host.hasSuffix("." + $0) })
    else { return nil }
    return String(resource.prefix(128))
  }
}
