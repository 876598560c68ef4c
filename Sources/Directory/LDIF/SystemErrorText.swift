#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The system's words for the error number `code`.
func systemErrorText(_ code: Int32) -> String {
  String(cString: strerror(code))
}

/// Closes a descriptor where a type's own `close` hides the system's.
func closeDescriptor(_ descriptor: Int32) -> Int32 { close(descriptor) }
