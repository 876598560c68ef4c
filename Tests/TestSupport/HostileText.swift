/// Texts by which programs stumble: each is a value like any other to a directory.
package enum HostileText {
  /// What such texts are made of: signs that languages and protocols give a meaning, controls, and
  /// characters that join with, turn or hide their neighbours.
  package static let pieces = [
    "a", "B", "0", " ", "\t", "\n", "\r\n", "\0", "\u{1B}[31m", "\u{7F}", "'", "\"", "\\", "%", "_",
    "*", "?", "#", ",", "=", "+", ";", "<", ">", "(", ")", "[", "]", "{", "}", "/", "$", "-", "é",
    "\u{301}", "ß", "İ", "ı", "日本", "ﬀ", "\u{200B}", "\u{200D}", "\u{202E}", "\u{2066}",
    "\u{FEFF}", "\u{FFFD}", "\u{FFFF}", "\u{E0041}", "😀", "👩‍👩‍👧", "🇩🇪", "مرحبا",
  ]

  /// Names that are different ones, though some look the same.
  package static let names = [
    "plain", "with space", " leading", "trailing ", "nul\0inside", "nul\0", "line\nbreak",
    "tab\tinside", "quote's", "\"quoted\"", "back\\slash", "100%", "under_score", "star*", "a,b=c",
    "café", "cafe\u{301}x", "STRASSE", "straße", "İstanbul", "日本語", "😀", "👩‍👩‍👧", "مرحبا",
    "\u{202E}turned", "zero\u{200B}width", "'; DROP TABLE cs_object; --", "\u{FFFD}",
  ]
}
