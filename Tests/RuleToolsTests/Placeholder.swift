import Testing

@testable import RuleTools
