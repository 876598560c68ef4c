import Testing

@testable import SyncExpressions
