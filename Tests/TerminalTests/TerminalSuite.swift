import Testing

/// Everything that runs a program on a pseudo terminal, one after another: times are measured.
@Suite("Terminal", .serialized) struct TerminalSuite {}
