import Testing

@testable import EntraConfiguration
