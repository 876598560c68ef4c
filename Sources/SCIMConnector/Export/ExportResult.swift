import Directory
import HTTP

/// What one try to carry out a plan has come to.
enum ExportResult: Sendable {
  /// This is the outcome.
  case settled(ExportOutcome)
  /// The server did not take it, and has not carried it out: it may be sent in another way.
  case tryAlone(ExportPlan)
  /// No answer: it was perhaps carried out.
  case findOut(ExportPlan)
  /// The server is away or refuses everybody; `wasSent` tells whether it may have been carried out.
  case serverGone(RequestError, wasSent: Bool)
}
