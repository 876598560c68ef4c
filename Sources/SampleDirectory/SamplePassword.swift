public import Directory
import Secrets

/// The passwords of a sample directory: everyone knows them, so that signing in can be tried.
public enum SamplePassword {
  /// The attribute that holds the NT hash, as Samba's schema names it.
  public static let attribute: AttributeName = "sambaNTPassword"
  /// The attribute that tells when the password was set ([MS-ADA3] §2.175).
  public static let changedAttribute: AttributeName = "pwdLastSet"

  /// The password of the account that is called `account`, as the sample begins, or as the change
  /// file `change` sets it.
  public static func text(of account: String, change: Int = 0) -> String {
    "Sample-" + account + (change == 0 ? "" : "-" + String(change))
  }

  /// The hash of a password in 32 hexadecimal digits.
  static func hash(_ password: String) -> String {
    PasswordHash.ntHash(of: password).withBytes { bytes in
      let digits = Array("0123456789ABCDEF".utf8)
      return String(
        decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
  }

  /// The moment at which the sample's passwords, or those of a change file, were set: midnight of 1
  /// November 2026, and an hour later for each file; in hundreds of nanoseconds since 1601
  /// ([MS-DTYP] §2.3.3).
  static func changed(change: Int = 0) -> String {
    let seconds: Int64 = 1_793_491_200 + Int64(change) * 3600
    return String((seconds + 11_644_473_600) * 10_000_000)
  }
}
