/// The version that the programs tell about themselves.
enum Version {
  static let text = "0.1.0"
}
