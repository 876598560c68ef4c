#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What accounts are called.
public enum AccountName {
  /// The name of the account with this number; the number, as sudo(8) takes it, where it has none.
  public static func of(_ number: UInt32) -> String {
    var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
    var buffer = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(number, &entry, &buffer, buffer.count, &found) == 0, found != nil,
      let name = entry.pw_name
    else { return "#\(number)" }
    return String(cString: name)
  }
}
