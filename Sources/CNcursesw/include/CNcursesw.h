// ncursesw for Swift: what the importer leaves out (computed macros, globals, variadics) as inline
// functions. The wide API is visible only with this macro set before the include.
#pragma once
#define NCURSES_WIDECHAR 1
#include <langinfo.h>
#include <locale.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

// Hidden from Swift's Glibc module, which is built without _XOPEN_SOURCE.
extern int wcwidth(wchar_t c);

// Screen and globals.
static inline SCREEN *nc_newterm(const char *name) { return newterm(name, stdout, stdin); }
static inline WINDOW *nc_stdscr(void) { return stdscr; }
static inline WINDOW *nc_curscr(void) { return curscr; }
static inline int nc_lines(void) { return LINES; }
static inline int nc_columns(void) { return COLS; }
static inline int nc_colors(void) { return COLORS; }
static inline int nc_color_pairs(void) { return COLOR_PAIRS; }

// Locale and width.
static inline int nc_locale_is_utf8(void) {
  setlocale(LC_ALL, "");
  return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}
static inline int nc_width(unsigned int c) { return wcwidth((wchar_t)c); }

// Attributes.
static inline attr_t nc_a_bold(void) { return A_BOLD; }
static inline attr_t nc_a_dim(void) { return A_DIM; }
static inline attr_t nc_a_italic(void) { return A_ITALIC; }
static inline attr_t nc_a_underline(void) { return A_UNDERLINE; }
static inline attr_t nc_a_reverse(void) { return A_REVERSE; }

// Keys and mouse. No motion: it floods slow lines.
static inline int nc_key_f(int n) { return KEY_F(n); }
static inline mmask_t nc_mouse_mask(void) {
  return BUTTON1_PRESSED | BUTTON3_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED;
}
static inline mmask_t nc_button1(void) { return BUTTON1_PRESSED; }
static inline mmask_t nc_button3(void) { return BUTTON3_PRESSED; }
static inline mmask_t nc_wheel_up(void) { return BUTTON4_PRESSED; }
static inline mmask_t nc_wheel_down(void) { return BUTTON5_PRESSED; }

// Terminfo: NULL when the terminal lacks the capability.
static inline const char *nc_string(const char *capability) {
  char *value = tigetstr((char *)capability);
  return value == (char *)-1 ? NULL : value;
}
static inline int nc_is_direct_color(void) {
  return tigetflag((char *)"RGB") > 0 || tigetnum((char *)"RGB") > 0 || nc_string("RGB") != NULL;
}

// Cells. The pair goes through opts, so that more than 32767 of them work.
static inline void nc_cell(cchar_t *out, const wchar_t *characters, attr_t attributes, int pair) {
  setcchar(out, characters, attributes, (short)(pair > 32767 ? 32767 : pair), &pair);
}
static inline int nc_put(WINDOW *window, int row, int column, const cchar_t *cells, int count) {
  return wmove(window, row, column) == ERR ? ERR : wadd_wchnstr(window, cells, count);
}
