import Foundation

/// Whether a host may use approved cryptography only (FIPS 140-3).
public enum FIPSMode {
  /// Whether the kernel says so, or `LOCKSTEP_FIPS` is 1.
  public static var isOn: Bool {
    if ProcessInfo.processInfo.environment["LOCKSTEP_FIPS"] == "1" { return true }
    return isOn(kernel: "/proc/sys/crypto/fips_enabled")
  }

  static func isOn(kernel file: String) -> Bool {
    guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return false }
    return text.trimmingCharacters(in: .whitespacesAndNewlines) == "1"
  }
}
