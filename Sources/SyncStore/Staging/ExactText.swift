/// A text that is equal to others of the same bytes alone, as the store compares them.
///
/// To Swift, letters that are composed are the same as letters with their marks behind them.
struct ExactText: Hashable {
  let text: String

  init(_ text: String) { self.text = text }

  static func == (a: ExactText, b: ExactText) -> Bool {
    // Most texts are of letters that have but one form, and compared at once.
    a.text == b.text && a.text.utf8.elementsEqual(b.text.utf8)
  }

  func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
